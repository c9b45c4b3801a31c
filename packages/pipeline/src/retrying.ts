import { z } from "zod";
import type { Clock } from "./clock.ts";
import type { Exporter, LogBatch } from "./component.ts";
import { duration, positiveDuration } from "./config/config-values.ts";
import {
  BatchTooLargeError,
  DestinationRefusedError,
  type LoghookError,
  RecordsRejectedError,
  RetryableError,
} from "./errors.ts";

/** How long to wait between attempts, and when to stop. All in milliseconds. */
export interface RetryPolicy {
  /** Upper bound of the first wait; doubled with each further attempt. */
  readonly initialIntervalMs: number;
  /** Upper bound of every wait, but for a longer `Retry-After`. A destination that refuses everything is asked again at this pace. */
  readonly maxIntervalMs: number;
  /** Give up this long after the first failure. 0: never. Undefined: never when following, five minutes in a run. */
  readonly maxElapsedMs: number | undefined;
}

/** The setting `retry_on_failure`, as the OpenTelemetry Collector names it. Parsed to a `RetryPolicy`. */
export function retryOnFailure() {
  return z
    .strictObject({
      initial_interval: positiveDuration()
        .prefault("1s")
        .describe("The longest first wait; doubled with each further attempt."),
      max_interval: positiveDuration()
        .prefault("60s")
        .describe("The longest wait, but for a longer `Retry-After`."),
      max_elapsed_time: duration()
        .optional()
        .describe(
          "Give up after this long; `0s` is never. Default: `5m` in runs (`--once`, `schedule`), else `0s`.",
        ),
    })
    .prefault({})
    .transform(
      (config): RetryPolicy => ({
        initialIntervalMs: config.initial_interval,
        maxIntervalMs: config.max_interval,
        maxElapsedMs: config.max_elapsed_time,
      }),
    );
}

/**
 * Exponential back-off with full jitter: anything from 0 up to the doubled interval, so that lanes that failed together
 * do not come back together (https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/).
 *
 * @param attempt 1 after the first failure
 */
export function backoffMs(policy: RetryPolicy, attempt: number): number {
  return Math.random() * Math.min(policy.maxIntervalMs, policy.initialIntervalMs * 2 ** (attempt - 1));
}

/** What is told before each wait. */
export interface RetryNotice {
  readonly error: LoghookError;
  readonly attempt: number;
  readonly delayMs: number;
  /** When this batch failed first. Milliseconds since 1970. */
  readonly since: number;
  /** When no further attempt will be made. Undefined: never. */
  readonly givesUpAt: number | undefined;
}

export interface RetryOptions {
  readonly policy: RetryPolicy & { readonly maxElapsedMs: number };
  readonly clock: Clock;
  /** Aborted when the lane stops: who is waiting gives up at once, who is sending may finish. */
  readonly stop: AbortSignal;
  onRetry(notice: RetryNotice): void;
  /** A batch that had to be sent again has been taken. */
  onRecovered(): void;
}

/**
 * What the destination took of a batch whose export failed, and what is left. The error may name records that are not of
 * this batch; where it names none that is, or something that nobody can know, none was taken: better to send twice than
 * to lose.
 */
export function divide(
  batch: LogBatch,
  error: unknown,
): { readonly taken: LogBatch; readonly left: LogBatch } {
  const namesRecords = isRetryable(error) || error instanceof RecordsRejectedError;
  const named = new Set<unknown>(namesRecords && Array.isArray(error.records) ? error.records : []);
  const uids = new Set([...named.difference(new Set(batch))].map(uidOf));
  const isLeft = (record: LogBatch[number]): boolean => named.has(record) || uids.has(uidOf(record));
  const left = batch.filter(isLeft);
  if (left.length === 0 || uids.has(undefined)) return { taken: [], left: batch };
  return { taken: batch.filter((record) => !isLeft(record)), left };
}

/** Of whatever an exporter takes for a record. */
function uidOf(record: unknown): unknown {
  return (record as Partial<LogBatch[number]> | null | undefined)?.attributes?.["log.record.uid"];
}

/** An error that was thrown for a part of the batch `of`, such that it says what is left of the whole. */
export function naming(left: LogBatch, { of, error }: { of: LogBatch; error: unknown }) {
  if (!isRetryable(error) || divide(of, error).left.length === left.length) return error;
  const { message, remedy, retryAfterMs } = error;
  const options = { cause: error, remedy, retryAfterMs, records: left };
  return error instanceof RetryableError
    ? new RetryableError(message, options)
    : new DestinationRefusedError(message, options);
}

function isRetryable(error: unknown): error is RetryableError | DestinationRefusedError {
  return error instanceof RetryableError || error instanceof DestinationRefusedError;
}

/**
 * Calls `export` again until the destination has taken everything, sending only what was not taken. Rejects with the
 * last error when the time is used up, when the lane stops, or when another attempt cannot help.
 */
export function retrying(exporter: Exporter, options: RetryOptions): Exporter {
  const { policy, clock, stop } = options;
  return {
    async export(batch, { signal }) {
      let since: number | undefined;
      let left: LogBatch = batch;
      for (let attempt = 1; ; attempt++) {
        try {
          await exporter.export(left, { signal });
          if (attempt > 1) options.onRecovered();
          return;
        } catch (error) {
          if (!isRetryable(error)) {
            // It deals with requests again, although it does not take this one.
            if (attempt > 1 && isRefusal(error)) options.onRecovered();
            throw error;
          }
          left = divide(left, error).left;
          // From the first failure on: before it, the batch may have waited for its turn.
          since ??= clock.now();
          const delayMs = nextDelayMs(error, policy, attempt);
          const outOfTime = policy.maxElapsedMs > 0 && clock.now() + delayMs - since > policy.maxElapsedMs;
          if (outOfTime || stop.aborted || signal.aborted) throw naming(left, { of: batch, error });
          options.onRetry({ error, attempt, delayMs, since, givesUpAt: givesUpAt(policy, since) });
          await clock.sleep(delayMs, { signal: AbortSignal.any([stop, signal]) }).catch(() => {
            throw naming(left, { of: batch, error });
          });
        }
      }
    },
    [Symbol.asyncDispose]: () => exporter[Symbol.asyncDispose](),
  };
}

function isRefusal(error: unknown): boolean {
  return error instanceof RecordsRejectedError || error instanceof BatchTooLargeError;
}

function givesUpAt({ maxElapsedMs }: RetryOptions["policy"], since: number): number | undefined {
  return maxElapsedMs > 0 ? since + maxElapsedMs : undefined;
}

/** Errors of calls that were not made because it was not time for them yet: when it is they are to be made, and not later. */
export const notMadeYet = new WeakSet<LoghookError>();

/** Errors of calls that, at the same time, are to be made after those that were not made yet. */
export const letsOthersGoFirst = new WeakSet<LoghookError>();

/** Longer than timers are inexact. */
const goFirstMs = 10;

/**
 * How long to wait before the next attempt.
 *
 * @param attempt 1 after the first failure
 */
export function nextDelayMs(
  error: RetryableError | DestinationRefusedError,
  policy: RetryPolicy,
  attempt: number,
): number {
  const { retryAfterMs = 0 } = error;
  if (notMadeYet.has(error)) return retryAfterMs;
  const ownDelayMs =
    error instanceof DestinationRefusedError ? policy.maxIntervalMs : backoffMs(policy, attempt);
  // An own component may have read it from a header that says nothing of the kind.
  const delayMs = Number.isFinite(retryAfterMs) ? Math.max(ownDelayMs, retryAfterMs) : ownDelayMs;
  return letsOthersGoFirst.has(error) ? delayMs + goFirstMs : delayMs;
}
