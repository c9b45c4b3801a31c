import { addAbortListener } from "node:events";

/**
 * Settles as the promise does, or rejects with the signal's reason as soon as it aborts. The promise is then left to
 * itself; its outcome is not looked at any more.
 */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  using _listener = addAbortListener(signal, () => aborted.reject(signal.reason));
  return await Promise.race([promise, aborted.promise]);
}
