import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import type { Clock } from "./clock.ts";
import type { DeliveryPolicy, Exporter, LogBatch } from "./component.ts";
import { defaultDelivery } from "./delivery-settings.ts";
import { BatchTooLargeError, DestinationRefusedError, RecordsRejectedError } from "./errors.ts";
import { recordUid } from "./record-source.ts";
import { recordToText } from "./record-text.ts";
import type { RefusalStreak } from "./refusal-streak.ts";
import { divide } from "./retrying.ts";
import { asSentence } from "./sentence.ts";
import type { ParkedRecords } from "./storage.ts";
import type { PipelineEvent } from "./telemetry.ts";

export interface ParkingOptions
  extends Pick<DeliveryPolicy, "onRejected" | "maxParked" | "maxRejectedInRow"> {
  readonly lane: string;
  readonly store: ParkedRecords;
  readonly streak: RefusalStreak;
  readonly clock: Clock;
  emit(event: PipelineEvent): void;
  /** Told of a record that is settled by not being delivered. */
  onSetAside(record: ReadableLogRecord, as: "parked" | "dropped"): void;
}

/**
 * Deals with records that the destination refuses also when they come alone, so that the others go on. Refused among
 * others is left to who sends fewer. Where a record may not be set aside it rejects with a `RecordsRejectedError`, which
 * fails the lane before it. What is delivered after all, such as after a changed `start_from`, is parked no longer.
 */
export function parking(exporter: Exporter, options: ParkingOptions): Exporter {
  const {
    onRejected = defaultDelivery.onRejected,
    maxRejectedInRow = defaultDelivery.maxRejectedInRow,
    streak,
  } = options;
  const refusals = new WeakMap<ReadableLogRecord, number>();
  /** Undefined: nobody has looked yet. */
  let parkedUids: Set<string> | undefined;

  /** Whether a delivery changes anything that is stored. */
  function isWorthNoting(taken: LogBatch): boolean {
    return taken.length > 0 && (streak.length > 0 || parkedUids === undefined || parkedUids.size > 0);
  }

  async function noteDelivery(taken: LogBatch): Promise<void> {
    const { lane, store } = options;
    try {
      await streak.end();
      parkedUids ??= new Set((await store.list({ lane })).map(({ uid }) => uid));
      const uids = taken.map(recordUid).filter((uid) => parkedUids?.has(uid));
      if (uids.length === 0) return;
      await store.remove(lane, uids);
      for (const uid of uids) parkedUids.delete(uid);
    } catch {
      // They are delivered, whatever the storage says. That it is broken, the checkpoint will tell.
    }
  }

  async function setAside(record: ReadableLogRecord, error: RecordsRejectedError): Promise<void> {
    if (onRejected === "block") throw blocked(error, [record]);
    if (maxRejectedInRow > 0 && streak.length >= maxRejectedInRow)
      throw refusesEverything(error, streak.length);
    if (onRejected === "park") await park(record, error);
    else options.emit({ type: "records.dropped", lane: options.lane, batch: [record], error });
    await streak.grow();
    options.onSetAside(record, onRejected === "park" ? "parked" : "dropped");
  }

  async function park(record: ReadableLogRecord, error: RecordsRejectedError): Promise<void> {
    const { lane, store, clock, maxParked = defaultDelivery.maxParked } = options;
    const parked = {
      lane,
      uid: recordUid(record),
      parkedAt: clock.now(),
      reason: beginningOf(error.message),
      remedy: error.remedy && beginningOf(error.remedy),
      answer: error.answer && beginningOf(error.answer),
      attempts: refusals.get(record) ?? 1,
      record: textOf(record, error),
    };
    if (!(await store.add(parked, { atMost: maxParked }))) throw full(error, { record, maxParked });
    parkedUids?.add(parked.uid);
    options.emit({
      type: "records.parked",
      lane,
      batch: [record],
      error,
      parked: await store.count(lane),
    });
  }

  return {
    async export(batch, exportOptions) {
      try {
        await exporter.export(batch, exportOptions);
      } catch (error) {
        const { taken, left } = divide(batch, error);
        if (isWorthNoting(taken)) await noteDelivery(taken);
        if (!isRefusal(error, batch)) throw error;
        for (const record of left) refusals.set(record, (refusals.get(record) ?? 0) + 1);
        const [record] = left;
        if (left.length > 1 || record === undefined) throw error;
        await setAside(record, asRejection(error, left));
        return;
      }
      if (isWorthNoting(batch)) await noteDelivery(batch);
    },
    [Symbol.asyncDispose]: () => exporter[Symbol.asyncDispose](),
  };
}

/** A record that is too large by itself is refused. */
function isRefusal(error: unknown, batch: LogBatch): error is RecordsRejectedError | BatchTooLargeError {
  return error instanceof RecordsRejectedError || (error instanceof BatchTooLargeError && batch.length === 1);
}

function asRejection(
  error: RecordsRejectedError | BatchTooLargeError,
  records: LogBatch,
): RecordsRejectedError {
  if (error instanceof RecordsRejectedError) return error;
  return new RecordsRejectedError(error.message, { cause: error, remedy: error.remedy, records });
}

function blocked(error: RecordsRejectedError, records: LogBatch): RecordsRejectedError {
  return new RecordsRejectedError(error.message, {
    cause: error,
    records,
    answer: error.answer,
    remedy: `${error.remedy ?? "Look at what the destination says of it."} With on_rejected: park the others would go on.`,
  });
}

function full(error: RecordsRejectedError, { record, maxParked }: FullStore): RecordsRejectedError {
  const message = `${asSentence(error.message)} It cannot be parked: the lane has parked ${maxParked} entries, which is max_parked.`;
  return new RecordsRejectedError(message, {
    cause: error,
    records: [record],
    answer: error.answer,
    remedy: "Look at them with `loghook parked`, send or discard them there, or raise max_parked.",
  });
}

function textOf(record: ReadableLogRecord, error: RecordsRejectedError): string {
  try {
    return recordToText(record);
  } catch (cause) {
    throw new RecordsRejectedError(
      `${asSentence(error.message)} It cannot be parked: no JSON can be written of it.`,
      {
        cause,
        records: [record],
        answer: error.answer,
        remedy: "Leave it out with a processor, or let its receiver give it out as JSON has it.",
      },
    );
  }
}

interface FullStore {
  readonly record: ReadableLogRecord;
  readonly maxParked: number;
}

function refusesEverything(error: RecordsRejectedError, inRow: number): DestinationRefusedError {
  return new DestinationRefusedError(
    `${asSentence(error.message)} It was the same with the ${inRow} entries before, each on its own: the destination seems to refuse everything.`,
    {
      cause: error,
      remedy:
        "Check what the destination expects. No more is set aside until it takes something again; where these entries " +
        "are at fault, raise max_rejected_in_row or leave their type out.",
    },
  );
}

/** Own exporters may say a lot, and it is kept with each record. */
const maxKeptCharacters = 4000;

function beginningOf(text: string): string {
  return text.length > maxKeptCharacters ? `${text.slice(0, maxKeptCharacters)}…` : text;
}
