import type { LogRecordExporter } from "@opentelemetry/sdk-logs";
import { concurrencyOf } from "../adaptive-concurrency.ts";
import { type Clock, systemClock } from "../clock.ts";
import type { DeliveryPolicy, Exporter, LogBatch } from "../component.ts";
import { defaultDelivery } from "../delivery-settings.ts";
import { limiting } from "../limiting.ts";
import { silentLogger } from "../logger.ts";
import { type RetryNotice, retrying } from "../retrying.ts";
import { splitting } from "../splitting.ts";
import { openTelemetryApi } from "./on-demand.ts";
import { withUid } from "./record-uid.ts";
import { urgentClock } from "./urgent-clock.ts";
import { TimeUpError, withinTime } from "./within-time.ts";

/** A program must come to its end, whatever its log exporter meets. Milliseconds. */
const defaultMaxElapsedMs = 30_000;
const shutdownTimeoutMs = 30_000;
/** Beyond that: nothing that is still to be sent waits for it. */
const disposalTimeoutMs = 5000;

/** As many as a `BatchLogRecordProcessor` holds records; only a processor without a queue comes to have so many. */
const maxPendingExports = 2048;

type ResultCallback = Parameters<LogRecordExporter["export"]>[1];

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
 * - **`shutdown`** has everything that waits for its next attempt sent again at once, goes on until all is delivered or
 *   has failed, for at most 30 seconds, and disposes of the exporter, for at most five. It rejects when the disposal
 *   fails or takes longer. An export after it fails.
 *
 * @param delivery how to feed the exporter
 */
export function toLogRecordExporter(
  exporter: Exporter,
  delivery: DeliveryPolicy = defaultDelivery,
  { clock = systemClock }: { readonly clock?: Clock | undefined } = {},
): LogRecordExporter {
  const giveUp = new AbortController();
  const waits = urgentClock(clock);
  const sender = senderTo(exporter, delivery, waits);
  const pending = new Set<Promise<void>>();
  let closed: Promise<void> | undefined;

  async function flush(): Promise<void> {
    await Promise.allSettled(pending);
  }

  async function shutDown(): Promise<void> {
    waits.hurry(clock.now() + shutdownTimeoutMs);
    await withinTime(flush(), { clock, timeoutMs: shutdownTimeoutMs }).catch(() =>
      giveUp.abort(new Error("The shutdown did not wait longer.")),
    );
    await flush();
    const disposal = Promise.try(() => exporter[Symbol.asyncDispose]());
    await withinTime(disposal, { clock, timeoutMs: disposalTimeoutMs }).catch((error) => {
      throw error instanceof TimeUpError
        ? new Error("The exporter does not close.", { cause: error })
        : error;
    });
  }

  return {
    export(logs, resultCallback) {
      const refusal = refusalOf({ isClosed: closed !== undefined, pending: pending.size });
      if (refusal) return tell(resultCallback, failure(refusal));
      const told = sendAll(sender, cut(logs.map(withUid), delivery.maxBatchSize), giveUp.signal)
        .then(() => success, failure)
        .then((result) => tell(resultCallback, result))
        .finally(() => pending.delete(told));
      pending.add(told);
    },
    forceFlush: flush,
    shutdown: () => (closed ??= shutDown()),
  };
}

/** The exporter with everything around it that a lane has. Nobody stops it: the signal of a call ends its retries. */
function senderTo(made: Exporter, delivery: DeliveryPolicy, clock: Clock): Exporter {
  const { retry } = delivery;
  const { maxElapsedMs = defaultMaxElapsedMs } = retry;
  const { exporter, limit } = concurrencyOf(made, delivery, { id: "", clock, logger: silentLogger });
  return splitting(
    retrying(limiting(exporter, limit), {
      policy: { ...retry, maxElapsedMs },
      clock,
      stop: new AbortController().signal,
      onRetry: tellRetry,
      onRecovered() {},
    }),
  );
}

/** What goes wrong in the callback is its author's business, and no reason for an unhandled rejection. */
function tell(resultCallback: ResultCallback, result: Parameters<ResultCallback>[0]): void {
  Promise.try(resultCallback, result).catch((error: unknown) =>
    openTelemetryApi().diag.error("The callback of a log export failed.", error),
  );
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
  const { diag } = openTelemetryApi();
  diag.warn(`${error.message} Attempt ${attempt} failed, the next one follows in ${seconds} s.`);
}
