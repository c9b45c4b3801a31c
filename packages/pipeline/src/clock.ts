import { setTimeout as delay } from "node:timers/promises";

/** Time that matters comes from here, so that a test can hold it still. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Waits for `ms`. Rejects with the signal's reason when it aborts first. */
  sleep(ms: number, options: { signal?: AbortSignal | undefined }): Promise<void>;
}

/** Node's timers end at once when they are asked for more: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
const longestTimerMs = 2_147_483_647;

export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, { signal }) {
    try {
      for (let left = ms; left > 0; left -= longestTimerMs) {
        await delay(Math.min(left, longestTimerMs), undefined, signal ? { signal } : {});
      }
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  },
};
