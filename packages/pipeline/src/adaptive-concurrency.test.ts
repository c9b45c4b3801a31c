import { manualClock, memoryExporter, testBatch } from "@loghook/testkit";
import { describe, expect, test } from "vitest";
import { concurrencyOf } from "./adaptive-concurrency.ts";
import {
  defersBeyond,
  dropsBeyond,
  type Endpoint,
  failsByChance,
  from,
  longTail,
  moody,
  shallowKnee,
  takesPerSecond,
  unlimited,
  workers,
} from "./adaptive-endpoints.test-kit.ts";
import { simulate } from "./adaptive-simulation.test-kit.ts";
import {
  BatchTooLargeError,
  DestinationRefusedError,
  RecordsRejectedError,
  RetryableError,
} from "./errors.ts";
import { limiting } from "./limiting.ts";
import { silentLogger } from "./logger.ts";

const adaptiveConcurrency = { initial: 5, decreaseRatio: 0.9, rttDeviationScale: 2.5 };
const delivery = { concurrency: 64, adaptiveConcurrency };

interface Expected {
  readonly endpoint: string;
  readonly make: () => Endpoint;
  /** What the tenth and the ninetieth percentile of the limit are between. */
  readonly limit: readonly [low: number, high: number];
  /** What can be delivered at most, with 64 at once. */
  readonly possiblePerSecond: number;
  readonly leastShare: number;
  readonly mostRefused?: number;
}

describe("finds what an endpoint can take at once", () => {
  test.for<Expected>([
    {
      endpoint: "constant, 100 ms",
      make: () => unlimited(100),
      limit: [64, 64],
      possiblePerSecond: 640,
      leastShare: 0.97,
    },
    {
      endpoint: "jittery, 100 ms",
      make: () => unlimited(100, 0.3),
      limit: [50, 64],
      possiblePerSecond: 640,
      leastShare: 0.9,
    },
    {
      endpoint: "very jittery, 100 ms",
      make: () => unlimited(100, 0.8),
      limit: [40, 64],
      possiblePerSecond: 640,
      leastShare: 0.85,
    },
    {
      endpoint: "slow now and then",
      make: moody,
      limit: [30, 64],
      possiblePerSecond: 520,
      leastShare: 0.75,
    },
    {
      endpoint: "a long tail",
      make: () => longTail,
      limit: [45, 64],
      possiblePerSecond: 640,
      leastShare: 0.9,
    },
    {
      endpoint: "ten workers of 50 ms",
      make: () => workers(10, 50),
      limit: [9, 15],
      possiblePerSecond: 200,
      leastShare: 0.95,
    },
    {
      endpoint: "ten jittery workers of 50 ms",
      make: () => workers(10, 50, 0.5),
      limit: [9, 22],
      possiblePerSecond: 200,
      leastShare: 0.92,
    },
    {
      endpoint: "two jittery workers of 20 ms",
      make: () => workers(2, 20, 0.3),
      limit: [2, 10],
      possiblePerSecond: 100,
      leastShare: 0.92,
    },
    {
      endpoint: "thirty jittery workers of 50 ms",
      make: () => workers(30, 50, 0.3),
      limit: [26, 48],
      possiblePerSecond: 600,
      leastShare: 0.9,
    },
    {
      endpoint: "a shallow knee at ten",
      make: () => shallowKnee,
      limit: [9, 18],
      possiblePerSecond: 111,
      leastShare: 0.9,
    },
    {
      endpoint: "defers beyond ten",
      make: () => defersBeyond(10),
      limit: [7, 11],
      possiblePerSecond: 200,
      leastShare: 0.88,
      mostRefused: 0.06,
    },
    {
      endpoint: "defers beyond two",
      make: () => defersBeyond(2),
      limit: [1, 3],
      possiblePerSecond: 40,
      leastShare: 0.85,
      mostRefused: 0.1,
    },
    {
      endpoint: "drops beyond ten",
      make: () => dropsBeyond(10),
      limit: [5, 16],
      possiblePerSecond: 200,
      leastShare: 0.75,
      mostRefused: 0.01,
    },
    {
      endpoint: "429 beyond ten, with Retry-After",
      make: () => defersBeyond(10, 1000),
      limit: [8, 11],
      possiblePerSecond: 200,
      leastShare: 0.88,
      mostRefused: 0.005,
    },
    {
      endpoint: "429 beyond 100 a second, with Retry-After",
      make: () => takesPerSecond(100),
      limit: [3, 9],
      possiblePerSecond: 100,
      leastShare: 0.65,
      mostRefused: 0.02,
    },
    {
      endpoint: "fails once in a hundred calls",
      make: () => failsByChance(0.01),
      limit: [30, 64],
      possiblePerSecond: 1260,
      leastShare: 0.8,
      mostRefused: 0.02,
    },
  ])("$endpoint", async ({ make, limit: [low, high], possiblePerSecond, leastShare, mostRefused = 0 }) => {
    for (const seed of [1, 2]) {
      const found = await simulate(make(), { delivery, ms: 40_000, fromMs: 20_000, seed });
      expect(found.limitAt(0.1), `seed ${seed}`).toBeGreaterThanOrEqual(low);
      expect(found.limitAt(0.9), `seed ${seed}`).toBeLessThanOrEqual(high);
      expect(found.deliveredPerSecond / possiblePerSecond, `seed ${seed}`).toBeGreaterThan(leastShare);
      expect(found.refusedShare, `seed ${seed}`).toBeLessThanOrEqual(mostRefused);
    }
  });

  test("slow, 2 s: within two minutes it is at the most", async () => {
    const found = await simulate(unlimited(2000, 0.2), { delivery, ms: 150_000, fromMs: 120_000, seed: 1 });
    expect(found.limitAt(0.1)).toBeGreaterThanOrEqual(50);
  });

  test.for<[string, Endpoint, readonly [number, number]]>([
    [
      "becomes three times as slow whatever it is sent",
      from(20_000, unlimited(100, 0.1), unlimited(300, 0.1)),
      [50, 64],
    ],
    ["loses two thirds of its workers", from(20_000, workers(30, 50, 0.1), workers(10, 50, 0.1)), [9, 24]],
    ["gets three times as many workers", from(20_000, workers(10, 50, 0.1), workers(30, 50, 0.1)), [27, 45]],
    ["takes more than it did", from(20_000, defersBeyond(3), defersBeyond(30)), [24, 31]],
    ["takes less than it did", from(20_000, defersBeyond(30), defersBeyond(3)), [2, 4]],
    [
      "takes nothing for ten seconds",
      from(
        20_000,
        from(10_000, defersBeyond(20), () => ({ ms: 5, error: new RetryableError("503") })),
        defersBeyond(20),
      ),
      [14, 21],
    ],
  ])("follows an endpoint that %s", async ([, endpoint, [low, high]]) => {
    const found = await simulate(endpoint, { delivery, ms: 80_000, fromMs: 65_000, seed: 1 });
    expect(found.limitAt(0.5)).toBeGreaterThanOrEqual(low);
    expect(found.limitAt(0.5)).toBeLessThanOrEqual(high);
  });
});

const { signal } = new AbortController();
const batch = testBatch(2);

/** An exporter with ten calls at once at first, and what was logged of it. */
function setUp() {
  const clock = manualClock();
  const logged: object[] = [];
  const made = memoryExporter();
  const logger = { ...silentLogger, debug: (fields: object) => void logged.push(fields) };
  const { exporter, limit } = concurrencyOf(
    made,
    { concurrency: 20, adaptiveConcurrency: { ...adaptiveConcurrency, initial: 10 } },
    { id: "webhook", clock, logger },
  );
  const limited = limiting(exporter, limit);
  /** As many calls as there may be at once, all of which end in this way after 100 ms. */
  async function round(outcome: () => Error | undefined = () => undefined, given = signal): Promise<void> {
    const answer = Promise.withResolvers<void>();
    made.behaviour = async () => {
      await answer.promise;
      const error = outcome();
      if (error) throw error;
    };
    const calls = Array.from({ length: current() }, () => limited.export(batch, { signal: given }));
    clock.advance(100);
    answer.resolve();
    await Promise.allSettled(calls);
  }
  const current = (): number => (typeof limit === "number" ? limit : limit.current);
  return { clock, logged, made, limited, round, current };
}

test.for<[string, () => Error | undefined]>([
  ["success", () => undefined],
  ["refusal of records", () => new RecordsRejectedError("400", { records: batch })],
  ["refusal of the size", () => new BatchTooLargeError("413")],
])("a %s is an answer in its time: the limit is raised", async ([, outcome]) => {
  const { round, current } = setUp();
  await round(outcome);
  await round(outcome);
  expect(current()).toBe(15);
});

test("calls that are pushed back lower the limit, once for those that were made together", async () => {
  const { round, current } = setUp();
  await round(() => new RetryableError("503"));
  // By no more than half, since already the second of them was pushed back.
  expect(current()).toBe(5);
});

test.for<[string, () => Error | undefined]>([
  ["refusal of everything", () => new DestinationRefusedError("401")],
  ["bug", () => new TypeError("a bug")],
])("a %s says nothing: the limit stays", async ([, outcome]) => {
  const { round, current } = setUp();
  for (let n = 0; n < 5; n++) await round(outcome);
  expect(current()).toBe(10);
});

test("a call that is aborted says nothing", async () => {
  const { made, limited, current } = setUp();
  made.behaviour = (_batch, options) =>
    new Promise((_resolve, reject) =>
      options.signal.addEventListener("abort", () => reject(new RetryableError("Broken off."))),
    );
  for (let n = 0; n < 5; n++) {
    const stopped = new AbortController();
    const calls = Array.from({ length: 20 }, () => limited.export(batch, { signal: stopped.signal }));
    stopped.abort();
    await Promise.allSettled(calls);
  }
  expect(current()).toBe(10);
});

test("tells in the log when the limit has changed by a quarter", async () => {
  const { round, logged } = setUp();
  for (let n = 0; n < 3; n++) await round();
  expect(logged).toEqual([
    { exporter: "webhook", limit: 15, was: 10 },
    { exporter: "webhook", limit: 20, was: 15 },
  ]);
});

test("a number stays what it is, and nothing stands between", () => {
  const exporter = memoryExporter();
  const options = { id: "webhook", clock: manualClock(), logger: silentLogger };
  expect(concurrencyOf(exporter, { concurrency: 7 }, options)).toEqual({ exporter, limit: 7 });
});
