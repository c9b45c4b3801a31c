import {
  DestinationRefusedError,
  type LogBatch,
  LoghookError,
  RecordsRejectedError,
  RetryableError,
} from "@loghook/pipeline";

/**
 * Delivers every record in a request of its own, one after the other. A lane hands over one at a time; this is for who
 * hands over more.
 *
 * A rejected record does not hold up the others. Any other failure does, since it would meet the next one as well: what
 * is left then counts as not taken. All that was not taken is in one error, such that no record is lost and what was
 * taken is not sent again:
 *
 * 1. Only rejections: `RecordsRejectedError` with those records. The others were taken.
 * 2. Nothing was taken: the error of the first request, which stands for the whole batch.
 * 3. Otherwise: `RetryableError` with every record that was not taken. Those that were rejected are among them; they
 *    come back in the next attempt and then end as 1.
 */
export async function deliverEach(batch: LogBatch, send: (batch: LogBatch) => Promise<void>): Promise<void> {
  const rejections: RecordsRejectedError[] = [];
  for (const [index, record] of batch.entries()) {
    try {
      await send([record]);
    } catch (error) {
      if (!(error instanceof LoghookError)) throw error;
      if (!(error instanceof RecordsRejectedError)) {
        const notTaken = [...rejections.flatMap(({ records }) => records), ...batch.slice(index)];
        throw notTaken.length === batch.length ? error : stopped(error, notTaken, batch);
      }
      rejections.push(error);
    }
  }
  if (rejections.length > 0) throw rejected(rejections, batch);
}

function stopped(error: LoghookError, records: LogBatch, batch: LogBatch): RetryableError {
  const mayWait = error instanceof RetryableError || error instanceof DestinationRefusedError;
  const retryAfterMs = mayWait ? error.retryAfterMs : undefined;
  return new RetryableError(describe(error, records, batch), {
    cause: error,
    remedy: error.remedy,
    retryAfterMs,
    records,
  });
}

function rejected(rejections: readonly RecordsRejectedError[], batch: LogBatch): RecordsRejectedError {
  const [first] = rejections as [RecordsRejectedError];
  if (batch.length === 1) return first;
  const records = rejections.flatMap(({ records }) => records);
  const { remedy } = first;
  return new RecordsRejectedError(describe(first, records, batch), { cause: first, remedy, records });
}

function describe(error: LoghookError, records: LogBatch, batch: LogBatch): string {
  return `${records.length} of ${batch.length} records were not taken. ${error.message}`;
}
