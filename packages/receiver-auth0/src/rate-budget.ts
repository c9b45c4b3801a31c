import { backoffMs, type Clock, parseRetryAfter, untilAborted } from "@loghook/pipeline";
import type { Answer } from "./tenant-client.ts";

/** The longest wait that is not asked for by a `Retry-After`: waits grow to this and no further. */
const longestWaitMs = 60_000;
const backoff = { initialIntervalMs: 1000, maxIntervalMs: longestWaitMs, maxElapsedMs: 0 };

export interface RateBudgetOptions {
  readonly clock: Clock;
  /** The part of what remains of the tenant's limit that we use, above 0 and at most 1. The rest is for others. */
  readonly maxShare: number;
}

export interface BudgetedSend {
  readonly signal: AbortSignal;
  /** Called when this request has to wait because the tenant asked to slow down. `until`: milliseconds since 1970. */
  onThrottled(until: number): void;
  /** Asked when its turn has come. False: it is not sent, and `send` rejects with a `NotNeededError`. Default: it is. */
  isNeeded?(): boolean;
}

/** What was to be asked for has become known while the request waited for its turn. */
export class NotNeededError extends Error {}

/** The pace of all requests to one limit of the tenant. */
export interface RateBudget {
  /** Waits for its turn, behind those who came before, sends, and sends again for as long as the answer is 429. */
  send(request: () => Promise<Answer>, options: BudgetedSend): Promise<Answer>;
}

/**
 * Spreads requests over the time until the limit is refilled, so that others find something left, and waits as told when
 * there is nothing left. Meant to be shared by all who send to the same tenant: one request is under way at a time, so
 * that many who send run into the limit no more often than one would.
 *
 * `x-ratelimit-reset` is the time at which further requests become possible, perhaps only one:
 * https://auth0.com/docs/troubleshoot/customer-support/operational-policies/rate-limit-policy/rate-limit-use-cases
 */
export function createRateBudget({ clock, maxShare }: RateBudgetOptions): RateBudget {
  let lastSentAt = Number.NEGATIVE_INFINITY;
  let spacingMs = 0;
  let closedUntil = 0;
  let closedMs = 0;
  let refusals = 0;
  let lastTurn: Promise<void> = Promise.resolve();
  const waiting = new Set<(until: number) => void>();

  /** The clock may have been set back: no wait is then longer than it was to be in the first place. */
  function closedMsLeft(): number {
    const now = clock.now();
    closedUntil = Math.min(closedUntil, now + closedMs);
    return closedUntil - now;
  }

  function waitMs(): number {
    const now = clock.now();
    lastSentAt = Math.min(lastSentAt, now);
    return Math.max(lastSentAt + spacingMs - now, closedMsLeft());
  }

  /** In the order of their coming, so that nobody is passed by who asks more often. */
  async function inTurn<T>({ signal, onThrottled }: BudgetedSend, act: () => Promise<T>): Promise<T> {
    const before = lastTurn;
    const mine = Promise.withResolvers<void>();
    lastTurn = before.then(() => mine.promise);
    const tell = (until: number): void => onThrottled(until);
    waiting.add(tell);
    try {
      if (closedMsLeft() > 0) tell(closedUntil);
      await untilAborted(before, signal);
      return await act();
    } finally {
      waiting.delete(tell);
      mine.resolve();
    }
  }

  async function pause(signal: AbortSignal): Promise<void> {
    for (let ms = waitMs(); ms > 0; ms = waitMs()) await clock.sleep(ms, { signal });
    lastSentAt = clock.now();
    // Over, wherever the clock is set from now on.
    closedUntil = 0;
  }

  function learn(answer: Answer): void {
    refusals = 0;
    const remaining = Number(answer.headers["x-ratelimit-remaining"] ?? Number.NaN);
    const untilResetMs = untilReset(answer, clock.now());
    if (Number.isNaN(remaining) || untilResetMs === undefined) spacingMs = 0;
    else spacingMs = Math.min(Math.floor(untilResetMs / (maxShare * Math.max(remaining, 1))), longestWaitMs);
  }

  function throttle(answer: Answer): void {
    const now = clock.now();
    const askedMs = parseRetryAfter(answer.headers["retry-after"], now) ?? untilReset(answer, now);
    refusals++;
    // Where the tenant does not say how long, or has said so and refuses again, waits grow: half fixed, half random.
    const ownMs = Math.min(backoff.initialIntervalMs / 2 + backoffMs(backoff, refusals), longestWaitMs);
    closedMs = refusals > 1 ? Math.max(askedMs ?? 0, ownMs) : (askedMs ?? ownMs);
    closedUntil = now + closedMs;
    if (closedMs > 0) for (const tell of waiting) tell(closedUntil);
  }

  return {
    send: (request, options) =>
      inTurn(options, async () => {
        if (options.isNeeded?.() === false) throw new NotNeededError("What was asked for is known by now.");
        for (;;) {
          await pause(options.signal);
          const answer = await request();
          if (answer.status !== 429) {
            learn(answer);
            return answer;
          }
          throttle(answer);
        }
      }),
  };
}

/** Milliseconds until the limit is refilled, at most a minute. Undefined: not said, or already over. */
function untilReset(answer: Answer, now: number): number | undefined {
  const resetAt = Number(answer.headers["x-ratelimit-reset"] ?? Number.NaN) * 1000;
  return resetAt > now ? Math.min(resetAt - now, longestWaitMs) : undefined;
}
