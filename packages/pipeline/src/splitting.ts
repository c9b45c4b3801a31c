import type { Exporter, ExportOptions, LogBatch } from "./component.ts";
import { BatchTooLargeError, RecordsRejectedError } from "./errors.ts";
import { recordUid } from "./record-source.ts";
import { divide, naming } from "./retrying.ts";
import { asSentence } from "./sentence.ts";

/**
 * Sends a batch in parts when the destination does not take it whole. Too large: in halves, and the size from which on
 * it was too much is kept for the batches that follow. Refused: in halves until the refused records stand alone; all others
 * are delivered, and the call rejects with a `RecordsRejectedError` that holds just the refused ones.
 */
export function splitting(exporter: Exporter): Exporter {
  let refusedSize = Number.POSITIVE_INFINITY;

  /** @param failure of the whole batch; undefined: it is known to be too large */
  async function sendInParts(
    batch: LogBatch,
    options: ExportOptions,
    failure?: { error: unknown },
  ): Promise<void> {
    const outcome: Outcome = { tooLarge: [], largestTaken: 0, rejected: [], taken: new Set() };
    const sending = { ...options, outcome, refusedSize };
    const sent = failure
      ? goOnAfter(failure.error, exporter, { ...sending, batch })
      : sendHalves(exporter, batch, sending);
    await sent.catch((error: unknown) => {
      const left = batch.filter((record) => !outcome.taken.has(record));
      throw naming(left, { of: batch, error });
    });
    // Fewer than were taken elsewhere were too large because of a giant record, which says nothing about the others.
    const telling = outcome.tooLarge.filter((size) => size > outcome.largestTaken);
    if (outcome.largestTaken > 0) refusedSize = Math.min(refusedSize, ...telling);
    if (outcome.rejected.length > 0) throw named(outcome.rejected);
  }

  return {
    async export(batch, options) {
      if (batch.length >= refusedSize) return await sendInParts(batch, options);
      try {
        await exporter.export(batch, options);
      } catch (error) {
        await sendInParts(batch, options, { error });
      }
    },
    [Symbol.asyncDispose]: () => exporter[Symbol.asyncDispose](),
  };
}

interface Outcome {
  /** Sizes that the destination found too large. */
  readonly tooLarge: number[];
  largestTaken: number;
  readonly rejected: RecordsRejectedError[];
  /** What the destination has taken in parts. */
  readonly taken: Set<LogBatch[number]>;
}

type SendOptions = ExportOptions & { readonly outcome: Outcome; readonly refusedSize: number };

async function send(exporter: Exporter, batch: LogBatch, options: SendOptions): Promise<void> {
  const { outcome, signal } = options;
  // Parts are always halves of halves: the same ones whether the size was known before or is found out, so that they
  // keep their ids after a restart.
  if (batch.length >= options.refusedSize) return sendHalves(exporter, batch, options);
  try {
    await exporter.export(batch, { signal });
    outcome.largestTaken = Math.max(outcome.largestTaken, batch.length);
    note(batch, outcome);
  } catch (error) {
    await goOnAfter(error, exporter, { ...options, batch });
  }
}

/** Sends what the destination would not take as it was in smaller parts. */
async function goOnAfter(
  error: unknown,
  exporter: Exporter,
  { batch, ...options }: SendOptions & { readonly batch: LogBatch },
): Promise<void> {
  const { outcome } = options;
  if (error instanceof BatchTooLargeError) {
    if (batch.length === 1) {
      outcome.rejected.push(refused(batch, error));
      return;
    }
    outcome.tooLarge.push(batch.length);
    return sendHalves(exporter, batch, options);
  }
  const { taken, left } = divide(batch, error);
  note(taken, outcome);
  if (!(error instanceof RecordsRejectedError)) throw error;
  // Halves of what was sent at the most, whatever the error says: so this comes to an end.
  if (left.length > 1) return sendHalves(exporter, left, options);
  outcome.rejected.push(refused(left, error));
}

function note(records: LogBatch, { taken }: Outcome): void {
  for (const record of records) taken.add(record);
}

async function sendHalves(exporter: Exporter, batch: LogBatch, options: SendOptions): Promise<void> {
  const middle = Math.ceil(batch.length / 2);
  await send(exporter, batch.slice(0, middle), options);
  await send(exporter, batch.slice(middle), options);
}

function refused(records: LogBatch, error: BatchTooLargeError | RecordsRejectedError): RecordsRejectedError {
  return new RecordsRejectedError(error.message, { cause: error, remedy: error.remedy, records });
}

/** One error for all, whose message says which records they are. */
function named(errors: readonly RecordsRejectedError[]): RecordsRejectedError {
  const records = errors.flatMap((error) => error.records);
  const ids = records.map(recordUid);
  const shown =
    ids.length > maxNamed
      ? `${ids.slice(0, maxNamed).join(", ")} and ${ids.length - maxNamed} more`
      : ids.join(", ");
  const [first] = errors;
  return new RecordsRejectedError(`${asSentence(first?.message ?? "")} Refused: ${shown}.`, {
    cause: first?.cause,
    remedy: first?.remedy,
    records,
  });
}

/** Ids in a message; the error itself holds all records. */
const maxNamed = 5;
