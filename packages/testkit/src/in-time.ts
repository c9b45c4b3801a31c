import { untilAborted } from "@loghook/pipeline";
import type { TestContext } from "vitest";

/** The part of a test's time-out after which it fails with a reason, before vitest ends it without one. */
const share = 0.8;

/**
 * Settles as the promise does. One that should be there at once and is not fails the test.
 *
 * @param complaint what did not happen
 */
export async function inTime<T>(
  promise: Promise<T>,
  complaint: string,
  { task }: Pick<TestContext, "task">,
): Promise<T> {
  const limitMs = share * task.timeout;
  const limit = AbortSignal.timeout(limitMs);
  try {
    return await untilAborted(promise, limit);
  } catch (error) {
    throw error === limit.reason ? new Error(`${complaint}, ${limitMs / 1000} s later`) : error;
  }
}
