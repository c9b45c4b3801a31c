import type { RateLimit } from "./tenant-options.ts";

export interface RateLimiter {
  /** Takes a request's share. False: there is none left. */
  take(): boolean;
  /** As they stand now, or as if nothing were left. */
  headers(options?: { usedUp: boolean }): Record<string, string>;
}

/** A nanosecond: fractions that do not add up exactly must not cost a request that is due. */
const toleranceMs = 1e-6;

/** A token bucket that fills by the tenant's clock. What it holds follows from when it will be full again. */
export function rateLimiter({ burst, perSecond }: RateLimit, now: () => number): RateLimiter {
  const tokenMs = 1000 / perSecond;
  let fullAt = now();

  /** How long it takes to be full. Never longer than from empty, though the clock be set back. */
  function missingMs(at: number): number {
    fullAt = Math.min(fullAt, at + burst * tokenMs);
    return Math.max(fullAt - at, 0);
  }

  return {
    take() {
      const at = now();
      const missing = missingMs(at) + tokenMs;
      if (missing > burst * tokenMs + toleranceMs) return false;
      fullAt = at + missing;
      return true;
    },
    headers({ usedUp } = { usedUp: false }) {
      const at = now();
      const missing = missingMs(at);
      const left = Math.floor(burst - (missing - toleranceMs) / tokenMs);
      // When the next share arrives, not when all have: https://auth0.com/docs/troubleshoot/customer-support/operational-policies/rate-limit-policy/rate-limit-use-cases
      const nextTokenMs = left >= burst ? 0 : missing - (burst - left - 1) * tokenMs;
      return {
        "x-ratelimit-limit": String(burst),
        "x-ratelimit-remaining": usedUp ? "0" : String(left),
        "x-ratelimit-reset": String(Math.ceil((at + nextTokenMs - toleranceMs) / 1000)),
      };
    },
  };
}
