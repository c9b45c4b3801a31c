import type { RateLimit } from "./tenant-options.ts";

export interface RateLimiter {
  /** Takes a request's share. False: there is none left. */
  take(): boolean;
  /** As they stand now, or as if nothing were left. */
  headers(options?: { usedUp: boolean }): Record<string, string>;
}

/** A token bucket that fills by the tenant's clock. */
export function rateLimiter({ burst, perSecond }: RateLimit, now: () => number): RateLimiter {
  let tokens = burst;
  let filledAt = now();

  function fill(): void {
    const at = now();
    tokens = Math.min(burst, tokens + (Math.max(0, at - filledAt) / 1000) * perSecond);
    filledAt = at;
  }

  return {
    take() {
      fill();
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
    headers({ usedUp } = { usedUp: false }) {
      fill();
      // When the next share arrives, not when all have: https://auth0.com/docs/troubleshoot/customer-support/operational-policies/rate-limit-policy/rate-limit-use-cases
      const nextTokenMs = tokens >= burst ? 0 : ((1 - (tokens % 1)) / perSecond) * 1000;
      return {
        "x-ratelimit-limit": String(burst),
        "x-ratelimit-remaining": usedUp ? "0" : String(Math.floor(tokens)),
        "x-ratelimit-reset": String(Math.ceil((filledAt + nextTokenMs) / 1000)),
      };
    },
  };
}
