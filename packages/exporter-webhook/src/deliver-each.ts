import {
  DestinationRefusedError,
  type LogBatch,
  LoghookError,
  RecordsRejectedError,
  RetryableError,
} from "@loghook/pipeline";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import type { Turns } from "./turns.ts";

interface Failure {
  readonly record: ReadableLogRecord;
  readonly error: LoghookError;
}

/**
 * Delivers every record in a request of its own. Once the webhook has refused everybody or has asked to wait, no
 * further request is begun; the records that were left over count as not taken.
 *
 * Rejects with one error for all, see `combined`.
 */
export async function deliverEach(
  batch: LogBatch,
  turns: Turns,
  send: (record: ReadableLogRecord) => Promise<void>,
): Promise<void> {
  let halted: LoghookError | undefined;
  async function sendUnlessHalted(record: ReadableLogRecord): Promise<void> {
    if (halted) throw halted;
    try {
      await send(record);
    } catch (error) {
      // Here, within the turn, so that the next turn knows.
      if (haltsOthers(error)) halted ??= error;
      throw error;
    }
  }
  const outcomes = batch.map(async (record): Promise<Failure | undefined> => {
    try {
      await turns.take(() => sendUnlessHalted(record));
      return undefined;
    } catch (error) {
      if (error instanceof LoghookError) return { record, error };
      throw error;
    }
  });
  const failures = (await Promise.all(outcomes)).filter((failure) => failure !== undefined);
  if (failures.length > 0) throw combined(failures, batch.length);
}

function haltsOthers(error: unknown): error is LoghookError {
  return (
    error instanceof DestinationRefusedError ||
    (error instanceof RetryableError && error.retryAfterMs !== undefined)
  );
}

/**
 * One error for all failures, such that no record is lost, none is reported as taken that was not, and what was taken
 * is not sent again:
 *
 * 1. All failed records were rejected: `RecordsRejectedError` with them. The others were taken.
 * 2. The webhook refused everybody, and took nothing: `DestinationRefusedError`. It stands for the whole batch, since
 *    it cannot name records.
 * 3. Otherwise: `RetryableError` with every record that was not taken. Those that were rejected, or met a refusal, are
 *    among them; they come back in the next attempt without the others, and then end as 1 or 2.
 */
function combined(failures: readonly Failure[], sent: number): LoghookError {
  const [first] = failures as [Failure];
  if (sent === 1) return first.error;
  const records = failures.map(({ record }) => record);
  const errors = failures.map(({ error }) => error);
  const refusal = errors.find((error) => error instanceof DestinationRefusedError);
  const leading = refusal ?? errors.find((error) => error instanceof RetryableError) ?? first.error;
  const message = `${failures.length} of ${sent} records were not taken. ${leading.message}`;
  const options = { cause: leading, remedy: leading.remedy, retryAfterMs: longestWaitMs(errors) };
  if (errors.every((error) => error instanceof RecordsRejectedError)) {
    return new RecordsRejectedError(message, { ...options, records });
  }
  if (refusal && failures.length === sent) return new DestinationRefusedError(message, options);
  return new RetryableError(message, { ...options, records });
}

function longestWaitMs(errors: readonly LoghookError[]): number | undefined {
  const waits = errors.flatMap((error) =>
    error instanceof RetryableError || error instanceof DestinationRefusedError
      ? (error.retryAfterMs ?? [])
      : [],
  );
  return waits.length > 0 ? Math.max(...waits) : undefined;
}
