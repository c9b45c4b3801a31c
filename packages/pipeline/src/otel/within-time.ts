import type { Clock } from "../clock.ts";
import { untilAborted } from "../until-aborted.ts";

/** Something was not done in the time that it was given. */
export class TimeUpError extends Error {
  override readonly name = "TimeUpError";
}

export interface WithinTimeOptions {
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

/**
 * Settles as the work does. Rejects with a `TimeUpError` when it takes longer than `timeoutMs`, with the signal's reason
 * when that aborts; the work is then left to itself and its outcome is not looked at any more.
 */
export async function withinTime<T>(
  work: Promise<T>,
  { timeoutMs, clock, signal }: WithinTimeOptions,
): Promise<T> {
  const settled = new AbortController();
  const timeUp = clock.sleep(timeoutMs, { signal: settled.signal }).then(() => {
    throw new TimeUpError(`Not done within ${timeoutMs} ms.`);
  });
  try {
    const inTime = Promise.race([work, timeUp]);
    return await (signal ? untilAborted(inTime, signal) : inTime);
  } finally {
    settled.abort();
  }
}
