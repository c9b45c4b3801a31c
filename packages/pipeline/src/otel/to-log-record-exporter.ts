import { diag } from "@opentelemetry/api";
import type { LogRecordExporter } from "@opentelemetry/sdk-logs";
import { type Clock, systemClock } from "../clock.ts";
import type { DeliveryPolicy, Exporter, LogBatch } from "../component.ts";
import { defaultDelivery } from "../delivery-settings.ts";
import { limiting } from "../limiting.ts";
import { type RetryNotice, retrying } from "../retrying.ts";
import { splitting } from "../splitting.ts";
import { withUid } from "./record-uid.ts";
import { withinTime } from "./within-time.ts";

/** A program must come to its end, whatever its log exporter meets. Milliseconds. */
const defaultMaxElapsedMs = 30_000;
const shutdownTimeoutMs = 30_000;

/** As many as a `BatchLogRecordProcessor` holds records; only a processor without a queue comes to have so many. */
const maxPendingExports = 2048;

/** `ExportResultCode` of @opentelemetry/core. */
const success = { code: 0 };
const failure = (error: Error) => ({ code: 1, error });

/**
 * Makes an exporter of loghook one of OpenTelemetry, for programs that have a `LoggerProvider`. Around it is what a lane
 * has around it: batches are cut to `maxBatchSize`, at most `concurrency` of them are under way, what is too large or
 * refused is split, and what was not taken is sent again.
 *
 * - **Retries end**: after `maxElapsedMs`, 30 seconds unless the policy says otherwise. The result is then `FAILED`, and
 *   the records are lost: an OpenTelemetry processor keeps nothing. What each wait was for, `diag` is told.
 * - **`FAILED`** comes with the error; where several batches failed, with an `AggregateError` of theirs.
 * - **Bounded**: while 2048 exports are pending, further ones fail at once.
 * - **Ids**: a record without the attribute `log.record.uid` gets one, the same in every attempt.
 * - **`forceFlush`** resolves when everything handed over so far is delivered or has failed.
 * - **`shutdown`** ends the waits between attempts, lets what is being sent come to its end, for at most 30 seconds, and
 *   disposes of the exporter. An export after it fails.
 *
 * @param delivery how to feed the exporter
 */
export function toLogRecordExporter(
  exporter: Exporter,
  delivery: DeliveryPolicy = defaultDelivery,
  { clock = systemClock }: { readonly clock?: Clock | undefined } = {},
): LogRecordExporter {
  const stop = new AbortController();
  const giveUp = new AbortController();
  const { maxElapsedMs = defaultMaxElapsedMs } = delivery.retry;
  const policy = { ...delivery.retry, maxElapsedMs };
  const limited = limiting(exporter, delivery.concurrency);
  const sender = splitting(
    retrying(limited, { policy, clock, stop: stop.signal, onRetry: tellRetry, onRecovered() {} }),
  );
  const pending = new Set<Promise<void>>();
  let closed: Promise<void> | undefined;

  async function flush(): Promise<void> {
    await Promise.allSettled(pending);
  }

  async function shutDown(): Promise<void> {
    stop.abort();
    const limits = { timeoutMs: shutdownTimeoutMs, clock, signal: giveUp.signal };
    await withinTime(flush(), limits).catch(() =>
      giveUp.abort(new Error("The shutdown did not wait longer.")),
    );
    await flush();
    await exporter[Symbol.asyncDispose]();
  }

  return {
    export(logs, resultCallback) {
      const refusal = refusalOf({ isClosed: closed !== undefined, pending: pending.size });
      if (refusal) return resultCallback(failure(refusal));
      const parts = cut(logs.map(withUid), delivery.maxBatchSize);
      const told = sendAll(sender, parts, giveUp.signal)
        .then(() => success, failure)
        .then(resultCallback)
        .finally(() => pending.delete(told));
      pending.add(told);
    },
    forceFlush: flush,
    shutdown: () => (closed ??= shutDown()),
  };
}

function refusalOf({ isClosed, pending }: { isClosed: boolean; pending: number }): Error | undefined {
  if (isClosed) return new Error("Nothing was exported after shutdown.");
  return pending < maxPendingExports ? undefined : new Error(`${pending} exports are pending already.`);
}

function cut(records: LogBatch, size: number): LogBatch[] {
  const count = Math.ceil(records.length / size);
  return Array.from({ length: count }, (_, index) => records.slice(index * size, (index + 1) * size));
}

/** Rejects when all parts have settled and one was not delivered. */
async function sendAll(sender: Exporter, parts: readonly LogBatch[], signal: AbortSignal): Promise<void> {
  const outcomes = await Promise.allSettled(parts.map((part) => sender.export(part, { signal })));
  const errors = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) {
    const message = `${errors.length} of ${parts.length} batches failed. ${errors[0].message}`;
    throw new AggregateError(errors, message);
  }
}

function tellRetry({ error, attempt, delayMs }: RetryNotice): void {
  const seconds = (delayMs / 1000).toFixed(1);
  diag.warn(`${error.message} Attempt ${attempt} failed, the next one follows in ${seconds} s.`);
}
