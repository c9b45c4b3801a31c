import type { LogBatch } from "./component.ts";
import { describeValue } from "./config/config-values.ts";
import { ComponentError } from "./errors.ts";

type LogRecord = LogBatch[number];

export interface ProcessedOptions {
  /** What the processor was given. */
  readonly given: LogBatch;
  /** The processor, as the beginning of a sentence. */
  readonly owner: string;
}

/**
 * What a processor made of a batch, when it keeps to its contract. The checkpoint moves by the places that records had
 * in what was read, so that a list in another order would move it over records that were never sent.
 *
 * @throws {ComponentError} naming the processor and the first thing that it did wrong
 */
export function checkProcessed(returned: unknown, { given, owner }: ProcessedOptions): LogBatch {
  const fault = faultIn(returned, given);
  if (fault === undefined) return returned as LogBatch;
  throw new ComponentError(`${owner} returned ${fault}.`, {
    remedy:
      "A processor returns a list of records that it was given, in the order given, or changed copies of them that keep log.record.uid.",
  });
}

function faultIn(returned: unknown, given: LogBatch): string | undefined {
  if (!Array.isArray(returned)) {
    const found = isObject(returned) ? "an object" : describeValue(returned);
    return `${found} instead of a list of records`;
  }
  let next = 0;
  for (let index = 0; index < returned.length; index++) {
    const record: unknown = returned[index];
    // Nearly always: then nothing is looked into.
    if (record !== undefined && record === given[next]) {
      next += 1;
      continue;
    }
    if (!isRecord(record)) return "a list with something in it that is no record";
    const place = placeOf(record, given, next);
    if (place === -1) return misplaced(record, { given, before: returned.slice(0, index) });
    next = place + 1;
  }
  return undefined;
}

function misplaced(
  record: LogRecord,
  { given, before }: { readonly given: LogBatch; readonly before: LogBatch },
): string {
  const uid = describeValue(uidOf(record));
  if (placeOf(record, before, 0) !== -1) return `the record ${uid} twice`;
  if (placeOf(record, given, 0) !== -1) return `the record ${uid} after records that come later`;
  if (uidOf(record) === undefined) return "a changed copy of a record without its log.record.uid";
  return `the record ${uid}, which it was not given`;
}

/** From `start` on, where the record itself is, or the one that it is a changed copy of. -1 where there is neither. */
function placeOf(record: LogRecord, batch: LogBatch, start: number): number {
  const uid = uidOf(record);
  for (let place = start; place < batch.length; place++) {
    const other = batch[place] as LogRecord;
    if (other === record || (uid !== undefined && uidOf(other) === uid)) return place;
  }
  return -1;
}

function uidOf(record: LogRecord): unknown {
  return record.attributes["log.record.uid"];
}

/** Whether something can be taken for a record at all: everybody who handles one looks into its attributes. */
export function isRecord(value: unknown): value is LogRecord {
  return isObject(value) && "attributes" in value && isObject(value.attributes);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
