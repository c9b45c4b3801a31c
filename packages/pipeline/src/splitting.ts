import type { Exporter, ExportOptions, LogBatch } from "./component.ts";
import { BatchTooLargeError, RecordsRejectedError } from "./errors.ts";

/**
 * Sends a batch in parts when the destination does not take it whole. Too large: in halves, and the largest size that
 * then worked is kept for the batches that follow. Refused: in halves until the refused records stand alone; all others
 * are delivered, and the call rejects with a `RecordsRejectedError` that holds just the refused ones.
 */
export function splitting(exporter: Exporter): Exporter {
  let workingSize = Number.POSITIVE_INFINITY;
  return {
    async export(batch, options) {
      const outcome = { tooLarge: false, largestTaken: 0, rejected: [] as RecordsRejectedError[] };
      for (const part of chunks(batch, workingSize)) await send(exporter, part, { ...options, outcome });
      if (outcome.tooLarge && outcome.largestTaken > 0)
        workingSize = Math.min(workingSize, outcome.largestTaken);
      if (outcome.rejected.length > 0) throw named(outcome.rejected);
    },
    [Symbol.asyncDispose]: () => exporter[Symbol.asyncDispose](),
  };
}

interface Outcome {
  tooLarge: boolean;
  largestTaken: number;
  readonly rejected: RecordsRejectedError[];
}

type SendOptions = ExportOptions & { readonly outcome: Outcome };

async function send(exporter: Exporter, batch: LogBatch, options: SendOptions): Promise<void> {
  const { outcome, signal } = options;
  try {
    await exporter.export(batch, { signal });
    outcome.largestTaken = Math.max(outcome.largestTaken, batch.length);
  } catch (error) {
    if (error instanceof BatchTooLargeError) {
      if (batch.length === 1) {
        outcome.rejected.push(tooLargeAlone(error, batch));
        return;
      }
      outcome.tooLarge = true;
      return sendHalves(exporter, batch, options);
    }
    if (!(error instanceof RecordsRejectedError)) throw error;
    if (error.records.length > 1) return sendHalves(exporter, error.records, options);
    outcome.rejected.push(error);
  }
}

async function sendHalves(exporter: Exporter, batch: LogBatch, options: SendOptions): Promise<void> {
  for (const half of chunks(batch, Math.ceil(batch.length / 2))) await send(exporter, half, options);
}

function* chunks(batch: LogBatch, size: number): Generator<LogBatch> {
  if (batch.length <= size) return yield batch;
  for (let start = 0; start < batch.length; start += size) yield batch.slice(start, start + size);
}

function tooLargeAlone(error: BatchTooLargeError, records: LogBatch): RecordsRejectedError {
  return new RecordsRejectedError(error.message, { cause: error, remedy: error.remedy, records });
}

/** One error for all, whose message says which records they are. */
function named(errors: readonly RecordsRejectedError[]): RecordsRejectedError {
  const records = errors.flatMap((error) => error.records);
  const ids = records.map((record) => String(record.attributes["log.record.uid"]));
  const shown =
    ids.length > maxNamed
      ? `${ids.slice(0, maxNamed).join(", ")} and ${ids.length - maxNamed} more`
      : ids.join(", ");
  const [first] = errors;
  return new RecordsRejectedError(`${first?.message} Refused: ${shown}.`, {
    cause: first,
    remedy: first?.remedy,
    records,
  });
}

/** Ids in a message; the error itself holds all records. */
const maxNamed = 5;
