import { backoffMs, type Clock, parseRetryAfter } from "@loghook/pipeline";
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
  /** Called when the tenant has asked to slow down, with the wait that follows. */
  onThrottled(delayMs: number): void;
}

/** The pace of all requests to one limit of the tenant. */
export interface RateBudget {
  /** Waits for its turn, sends, and sends again for as long as the answer is 429. */
  send(request: () => Promise<Answer>, options: BudgetedSend): Promise<Answer>;
}

/**
 * Spreads requests over the time until the limit is refilled, so that others find something left, and waits as told when
 * there is nothing left. Meant to be shared by all who send to the same tenant.
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

  /** The clock may have been set back: no wait is then longer than it was to be in the first place. */
  function waitMs(): number {
    const now = clock.now();
    lastSentAt = Math.min(lastSentAt, now);
    closedUntil = Math.min(closedUntil, now + closedMs);
    return Math.max(lastSentAt + spacingMs, closedUntil) - now;
  }

  async function turn(signal: AbortSignal): Promise<void> {
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

  function throttle(answer: Answer): number | undefined {
    const now = clock.now();
    const askedMs = parseRetryAfter(answer.headers["retry-after"], now) ?? untilReset(answer, now);
    // Requests that were under way together are refused together, and that is one refusal.
    if (closedUntil <= now) refusals++;
    // Where the tenant does not say how long, or has said so and refuses again, waits grow: half fixed, half random.
    const ownMs = Math.min(backoff.initialIntervalMs / 2 + backoffMs(backoff, refusals), longestWaitMs);
    const delayMs = refusals > 1 ? Math.max(askedMs ?? 0, ownMs) : (askedMs ?? ownMs);
    if (now + delayMs <= closedUntil) return undefined;
    closedUntil = now + delayMs;
    closedMs = delayMs;
    return delayMs;
  }

  return {
    async send(request, { signal, onThrottled }) {
      for (;;) {
        await turn(signal);
        const answer = await request();
        if (answer.status !== 429) {
          learn(answer);
          return answer;
        }
        const delayMs = throttle(answer);
        if (delayMs !== undefined) onThrottled(delayMs);
      }
    },
  };
}

/** Milliseconds until the limit is refilled, at most a minute. Undefined: not said, or already over. */
function untilReset(answer: Answer, now: number): number | undefined {
  const resetAt = Number(answer.headers["x-ratelimit-reset"] ?? Number.NaN) * 1000;
  return resetAt > now ? Math.min(resetAt - now, longestWaitMs) : undefined;
}
