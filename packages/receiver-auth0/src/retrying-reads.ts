import { backoffMs, type ComponentSettings, RetryableError, type RetryPolicy } from "@loghook/pipeline";
import type { BudgetedSend } from "./rate-budget.ts";

export interface RetryingReadsOptions extends Pick<ComponentSettings, "clock" | "logger" | "emit"> {
  readonly lane: string;
  readonly domain: string;
  readonly policy: RetryPolicy;
  /** True: where the policy does not say, never give up. */
  readonly follow: boolean;
}

/** Calls until it works, or the signal aborts. */
export type RetryingReads = <T>(
  read: (options: BudgetedSend) => Promise<T>,
  signal: AbortSignal,
) => Promise<T>;

/** How long a run goes on trying where the config does not say. */
const defaultRunElapsedMs = 300_000;

/**
 * Repeats what fails with a `RetryableError`, with growing pauses. Rejects with one when the time of the policy is used
 * up; waits for the rate limit do not count, since they are no failures. Rejects at once with any other error.
 */
export function createRetryingReads(options: RetryingReadsOptions): RetryingReads {
  const { lane, domain, policy, follow, clock, logger, emit } = options;
  const maxElapsedMs = policy.maxElapsedMs ?? (follow ? 0 : defaultRunElapsedMs);

  return async (read, signal) => {
    let since: number | undefined;
    let throttledMs = 0;
    const onThrottled = (delayMs: number): void => {
      throttledMs += delayMs;
      logger.debug({ lane, domain, delayMs }, "The tenant asked to slow down.");
      emit({ type: "receiver.throttled", lane, delayMs });
    };
    for (let attempt = 1; ; attempt++) {
      try {
        const result = await read({ signal, onThrottled });
        if (since !== undefined) emit({ type: "retry.succeeded", lane, stage: "receiver" });
        return result;
      } catch (error) {
        if (!(error instanceof RetryableError) || signal.aborted) throw error;
        if (since === undefined) {
          since = clock.now();
          throttledMs = 0;
        }
        const delayMs = Math.max(backoffMs(policy, attempt), error.retryAfterMs ?? 0);
        const elapsedMs = clock.now() + delayMs - since - throttledMs;
        if (maxElapsedMs > 0 && elapsedMs > maxElapsedMs) throw gaveUp(error, domain, since);
        logger.debug(
          { lane, domain, attempt, delayMs, reason: error.message },
          "Reading failed, will retry.",
        );
        emit({ type: "retry.scheduled", lane, stage: "receiver", error, attempt, delayMs, since });
        await clock.sleep(delayMs, { signal });
      }
    }
  };
}

function gaveUp(error: RetryableError, domain: string, since: number): RetryableError {
  const message = `The log of ${domain} could not be read since ${new Date(since).toISOString()}. ${error.message}`;
  return new RetryableError(message, {
    cause: error,
    remedy: error.remedy,
    retryAfterMs: error.retryAfterMs,
  });
}
