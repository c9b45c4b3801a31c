import { type ComponentSettings, RetryableError, type RetryPolicy, whenAborted } from "@loghook/pipeline";
import type { PatientRead, ReadFailure } from "./shared-reads.ts";

export interface LaneReadsOptions extends Pick<ComponentSettings, "clock" | "logger" | "emit"> {
  readonly lane: string;
  readonly domain: string;
  readonly policy: RetryPolicy;
  /** True: where the policy does not say, never give up. */
  readonly follow: boolean;
}

/** Reads for one lane. */
export type LaneReads = <T>(read: (options: PatientRead) => Promise<T>, signal: AbortSignal) => Promise<T>;

/** How long a run goes on trying where the config does not say. */
const defaultRunElapsedMs = 300_000;

/**
 * Tells what a lane has to wait for, and gives up for it, with a `RetryableError`, when the time of the policy is used
 * up. Waits for the rate limit do not count, since they are no failures.
 */
export function createLaneReads(options: LaneReadsOptions): LaneReads {
  const { lane, domain, policy, follow, clock, logger, emit } = options;
  const maxElapsedMs = policy.maxElapsedMs ?? (follow ? 0 : defaultRunElapsedMs);

  return async (read, signal) => {
    const patience = new AbortController();
    let since: number | undefined;
    let throttledMs = 0;

    function onThrottled(until: number): void {
      const delayMs = until - clock.now();
      // Who comes late is told of it, too.
      if (delayMs <= 0) return;
      throttledMs += delayMs;
      logger.debug({ lane, delayMs }, "The tenant asked to slow down.");
      emit({ type: "receiver.throttled", lane, delayMs });
    }

    function onFailure({ error, attempt, retryAt }: ReadFailure): void {
      if (since === undefined) {
        since = clock.now();
        throttledMs = 0;
      }
      if (maxElapsedMs > 0 && retryAt - since - throttledMs > maxElapsedMs) {
        patience.abort(gaveUp(error, domain, since));
        return;
      }
      const delayMs = Math.max(retryAt - clock.now(), 0);
      logger.debug({ lane, attempt, delayMs, reason: error.message }, "Reading failed, will retry.");
      emit({ type: "retry.scheduled", lane, stage: "receiver", error, attempt, delayMs, since });
    }

    const forget = whenAborted(signal, (reason) => patience.abort(reason));
    try {
      const result = await read({ signal: patience.signal, onThrottled, onFailure });
      if (since !== undefined) emit({ type: "retry.succeeded", lane, stage: "receiver" });
      return result;
    } finally {
      forget();
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
