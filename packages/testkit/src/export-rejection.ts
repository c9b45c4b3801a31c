import {
  BatchTooLargeError,
  DestinationRefusedError,
  type LogBatch,
  RecordsRejectedError,
  RetryableError,
} from "@loghook/pipeline";
import { expect } from "vitest";

export function uidsOf(batch: LogBatch): unknown[] {
  return batch.map((record) => record.attributes["log.record.uid"]);
}

/** What the call rejects with. A call that resolves fails the test. */
export function rejectionOf(exported: Promise<void>, though: string): Promise<unknown> {
  return exported.then(
    () => {
      throw new Error(`export() resolved, ${though}.`);
    },
    (error: unknown) => error,
  );
}

const nextActs = [RetryableError, BatchTooLargeError, RecordsRejectedError, DestinationRefusedError];

/** The records that an error leaves to the caller. Fails the test on an error that the caller can do nothing with. */
export function notTaken(error: unknown, batch: LogBatch): LogBatch {
  const isKnown = nextActs.some((kind) => error instanceof kind);
  const names = nextActs.map(({ name }) => name).join(", ");
  expect(isKnown, `export() may reject with ${names}, not with this: ${String(error)}`).toBe(true);
  const { records = batch } = error as { readonly records?: LogBatch };
  const strangers = records.filter((record) => !batch.includes(record));
  expect(uidsOf(strangers), "the error names records that are not the very ones of the batch").toEqual([]);
  return records;
}
