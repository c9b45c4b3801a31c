import { setImmediate as turn } from "node:timers/promises";
import { concurrencyOf } from "./adaptive-concurrency.ts";
import { type Endpoint, seededRandom } from "./adaptive-endpoints.test-kit.ts";
import { breaking } from "./circuit.ts";
import type { Clock } from "./clock.ts";
import type { DeliveryPolicy, Exporter } from "./component.ts";
import { RetryableError } from "./errors.ts";
import { limiting } from "./limiting.ts";
import { silentLogger } from "./logger.ts";
import { retrying } from "./retrying.ts";

/** A clock on which time passes from one event to the next, with nobody waiting. */
function simulatedClock() {
  const timers: { readonly at: number; wake(): void }[] = [];
  let now = 0;
  const clock: Clock = {
    now: () => now,
    sleep(ms) {
      const at = now + ms;
      return new Promise((wake) => {
        timers.splice(timers.findLastIndex((timer) => timer.at <= at) + 1, 0, { at, wake });
      });
    },
  };
  return {
    ...clock,
    async passUntil(end: number): Promise<void> {
      await turn();
      for (let next = timers[0]; next !== undefined && next.at <= end; next = timers[0]) {
        timers.shift();
        now = next.at;
        next.wake();
        await turn();
      }
      now = end;
    },
  };
}

export interface SimulationOptions {
  readonly delivery: Pick<DeliveryPolicy, "concurrency" | "adaptiveConcurrency">;
  readonly ms: number;
  /** What is before does not count. Default 0. */
  readonly fromMs?: number;
  readonly seed: number;
}

export interface Simulated {
  /** The limit at a share of the time: 0.5 is the median. */
  limitAt(quantile: number): number;
  readonly lastLimit: number;
  readonly deliveredPerSecond: number;
  /** The share of calls that were pushed back. */
  readonly refusedShare: number;
}

const policy = { initialIntervalMs: 1000, maxIntervalMs: 60_000, maxElapsedMs: 0 };
const everyMs = 100;

/** Sends to an endpoint as much as a lane may, through everything that stands between the two. */
export async function simulate(endpoint: Endpoint, options: SimulationOptions): Promise<Simulated> {
  const { delivery, ms, fromMs = 0, seed } = options;
  const random = seededRandom(seed);
  using _seeded = seededMath(random);
  const clock = simulatedClock();
  const { exporter: counted, counts } = counting(endpoint, { clock, random, fromMs });
  const { exporter, limit } = concurrencyOf(counted, delivery, {
    id: "webhook",
    clock,
    logger: silentLogger,
  });
  const guarded = limiting(breaking(exporter, { id: "webhook", policy, clock, emit() {} }), limit);
  const ended = new AbortController();
  const { signal } = ended;
  const lane = retrying(guarded, { policy, clock, stop: signal, onRetry() {}, onRecovered() {} });
  const failed = Promise.withResolvers<never>();
  const send = async (): Promise<void> => {
    while (!signal.aborted) await lane.export([], { signal });
  };
  for (let n = 0; n <= delivery.concurrency; n++) void send().catch(failed.reject);
  const limits: number[] = [];
  const current = (): number => (typeof limit === "number" ? limit : limit.current);
  for (let at = everyMs; at <= ms; at += everyMs) {
    await Promise.race([clock.passUntil(at), failed.promise]);
    if (at > fromMs) limits.push(current());
  }
  failed.promise.catch(() => {});
  ended.abort();
  limits.sort((one, other) => one - other);
  return {
    limitAt: (quantile) => limits[Math.floor(quantile * (limits.length - 1))] ?? Number.NaN,
    lastLimit: current(),
    deliveredPerSecond: counts.delivered / ((ms - fromMs) / 1000),
    refusedShare: counts.refused / (counts.delivered + counts.refused),
  };
}

/** The endpoint as an exporter. */
function counting(
  endpoint: Endpoint,
  { clock, random, fromMs }: { clock: Clock; random: () => number; fromMs: number },
) {
  const counts = { delivered: 0, refused: 0 };
  let inFlight = 0;
  const exporter: Exporter = {
    async export() {
      inFlight += 1;
      const { ms, error, isDropped = false } = endpoint({ inFlight, now: clock.now(), random });
      if (isDropped) inFlight -= 1;
      await clock.sleep(ms, {});
      if (!isDropped) inFlight -= 1;
      if (clock.now() > fromMs) counts[error ? "refused" : "delivered"] += 1;
      if (error) throw new RetryableError(error.message, { retryAfterMs: error.retryAfterMs });
    },
    async [Symbol.asyncDispose]() {},
  };
  return { exporter, counts };
}

/** The waits between attempts are random. */
function seededMath(random: () => number): Disposable {
  const { random: own } = Math;
  Math.random = random;
  return {
    [Symbol.dispose]() {
      Math.random = own;
    },
  };
}
