import type { LogRecordExporter } from "@opentelemetry/sdk-logs";
import { type Clock, systemClock } from "../clock.ts";
import type { Exporter, LogBatch } from "../component.ts";
import { RecordsRejectedError, RetryableError } from "../errors.ts";
import { type Logger, silentLogger } from "../logger.ts";
import { classifyExportFailure } from "./export-failure.ts";
import { withPlainNumbers } from "./plain-numbers.ts";
import { TimeUpError, withinTime } from "./within-time.ts";

export interface FromLogRecordExporterOptions {
  /** For messages. Default: the name of the exporter's class. */
  readonly name?: string | undefined;
  /**
   * The longest that an export may take, in milliseconds; then its records count as not delivered. Default 30000. Longer
   * than the exporter's own time-out, please, see below.
   */
  readonly timeoutMs?: number | undefined;
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Told when the exporter does not shut down in order. Default: nobody is. */
  readonly logger?: Logger | undefined;
}

const defaultTimeoutMs = 30_000;

/** The longest that disposal waits for `shutdown`. Nothing that was acknowledged depends on it. */
const shutdownTimeoutMs = 5000;

/** `ExportResultCode.SUCCESS` of @opentelemetry/core. */
const successCode = 0;

/**
 * Makes an OpenTelemetry log exporter a destination.
 *
 * - **Delivered** is what the exporter calls back `SUCCESS` for. The records of a partial success are among it: the
 *   official exporters tell OpenTelemetry's `diag` of rejected ones, and nobody else.
 * - **A failure**, called back or thrown, becomes the error that names the caller's next act, by its HTTP or gRPC status.
 *   One that says nothing is a `RetryableError`.
 * - **Retries**: the official exporters over HTTP try again by themselves, for as long as their own `timeoutMillis`
 *   (10 seconds) allows. To us that is one call. Ours begin when it has failed; so `timeoutMs` must be the longer one, or
 *   records are sent again that the exporter is still trying to send.
 * - **An aborted signal** rejects at once. The exporter cannot be told; what it is sending may arrive all the same, and
 *   its late answer is not heard.
 * - **Numbers** that OpenTelemetry cannot hold arrive as texts, see `withPlainNumbers`.
 * - **A record that cannot be written** (a circle in it, or deeper than the stack) is rejected, without a call where that
 *   shows beforehand.
 *
 * Disposing of it calls the exporter's `shutdown`, once, and waits at most five seconds for it.
 */
export function fromLogRecordExporter(
  exporter: LogRecordExporter,
  options: FromLogRecordExporterOptions = {},
): Exporter {
  const { timeoutMs = defaultTimeoutMs, clock = systemClock, logger = silentLogger } = options;
  const name = options.name ?? classNameOf(exporter);
  let closed: Promise<void> | undefined;

  async function shutDown(): Promise<void> {
    const { signal } = new AbortController();
    try {
      const work = Promise.try(() => exporter.shutdown());
      await withinTime(work, { timeoutMs: shutdownTimeoutMs, clock, signal });
    } catch (error) {
      logger.warn({ error, exporter: name }, "The exporter did not shut down in order.");
    }
  }

  return {
    async export(batch, { signal }) {
      signal.throwIfAborted();
      if (batch.length === 0) return;
      if (closed) throw new RetryableError(`${name} got nothing, because it is shut down.`);
      const logs = withPlainNumbersAll(batch);
      try {
        await withinTime(exportAll(exporter, logs), { timeoutMs, clock, signal });
      } catch (failure) {
        signal.throwIfAborted();
        if (failure instanceof TimeUpError) throw noAnswer(name, timeoutMs);
        throw classifyExportFailure(failure, { name, batch, logs });
      }
    },
    [Symbol.asyncDispose]: () => (closed ??= shutDown()),
  };
}

function classNameOf(exporter: LogRecordExporter): string {
  const name = exporter.constructor?.name;
  return name && name !== "Object" ? name : "The log exporter";
}

/** @throws {RecordsRejectedError} when one of them cannot be gone through: a circle in it, or deeper than the stack */
function withPlainNumbersAll(batch: LogBatch): LogBatch {
  try {
    return batch.map(withPlainNumbers);
  } catch (cause) {
    // Whichever of the records it is, the caller finds out by sending fewer.
    throw new RecordsRejectedError("A record cannot be written by an OpenTelemetry exporter.", {
      cause,
      records: batch,
    });
  }
}

/** Only the first that is said counts: a second callback, or an error after a callback, changes nothing. */
function exportAll(exporter: LogRecordExporter, logs: LogBatch): Promise<void> {
  return new Promise((resolve, reject) => {
    const returned: unknown = exporter.export([...logs], (result) => {
      if (result?.code === successCode) resolve();
      else reject(result?.error ?? new Error("it did not say why"));
    });
    // The interface knows no promise here, but an async function is soon written, and nobody else would look at it.
    Promise.resolve(returned).catch(reject);
  });
}

function noAnswer(name: string, timeoutMs: number): RetryableError {
  return new RetryableError(`${name} did not say within ${timeoutMs / 1000} seconds whether it succeeded.`, {
    remedy: "If the destination needs longer, raise the timeout.",
  });
}
