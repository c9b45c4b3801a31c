import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import type { BatchCuts, SentBatch } from "./batch-cuts.ts";
import type { Clock } from "./clock.ts";
import type { Delivery, LogBatch } from "./component.ts";
import { divide } from "./retrying.ts";
import type { Settlements } from "./settlements.ts";

/** A place in the source: everything up to the `count`-th record of `delivery`. */
interface Point {
  readonly delivery: Delivery;
  readonly count: number;
  /** Entries read from the beginning of the pass up to here. */
  readonly entries: number;
}

/** A delivery of which not all records are grouped yet. */
interface Reading {
  readonly delivery: Delivery;
  readonly kept: LogBatch;
  /** Of the kept records, in the delivery. */
  readonly places: readonly number[];
  /** How many of the kept records are grouped. */
  begun: number;
  /** Entries that were read in this pass before it. */
  readonly entriesBefore: number;
}

/** Records that are sent together. `point` is where the checkpoint may go once they and all before them are settled. */
interface Batch {
  readonly records: ReadableLogRecord[];
  point: Point;
  /** No more records can join. */
  isClosed: boolean;
  settled: boolean;
  /** What the destination took of it: all, once it is settled; perhaps some, when it failed. */
  taken: LogBatch;
}

export interface InFlightOptions {
  readonly maxBatchSize: number;
  /** Kept records that may wait for the destination. Reading stops at this many. */
  readonly maxPendingRecords: number;
  /** Ends of batches that were sent before a restart, and what was taken of them. */
  readonly cuts: BatchCuts;
  readonly settlements: Pick<Settlements, "note" | "setAside" | "asideOf">;
  readonly clock: Clock;
  /** Resolves and rejects as `Exporter.export` does. Never called with more than `maxBatchSize` records. */
  send(records: LogBatch): Promise<void>;
  /** The checkpoint has moved over `count` more entries; `waiting` are read and not settled. */
  onSettled(count: number, waiting: number): void;
  /** Called once, with what broke first: a batch that cannot be delivered, or a checkpoint that cannot be stored. */
  onFailure(error: unknown): void;
}

/** What has been read and is not settled yet, oldest first. */
export interface InFlight {
  /** Takes a delivery and those of its records that go on. */
  add(delivery: Delivery, kept: LogBatch): void;
  /** Sends what is still being grouped. */
  flush(): void;
  /** Resolves when there is room for another delivery, or nothing to wait for after a failure. */
  room(): Promise<void>;
  /**
   * Ends the grouping, and resolves when everything that was sent has ended, well or badly, and the checkpoint is where
   * it may be. What was taken beyond the checkpoint is then stored, and not sent again by the next pass. To be called
   * once, after the last `add`.
   */
  idle(): Promise<void>;
  /** Entries read and not settled. */
  readonly waiting: number;
}

const none: LogBatch = [];

/** A batch that is not full goes out after this time, even when the receiver does not say that it is caught up. */
const lingerMs = 1000;

/** Entries that may be read beyond the checkpoint, however few of them are kept. */
const maxWaitingEntries = 10_000;

/**
 * Groups kept records to batches of `maxBatchSize`, lets them be sent side by side, and moves the checkpoint over the
 * longest run of settled entries from the beginning: never over one that is still on its way.
 */
export function createInFlight(options: InFlightOptions): InFlight {
  const { maxBatchSize, cuts, settlements, clock } = options;
  const queue: Batch[] = [];
  /** Read, and not begun to send: oldest first. */
  const backlog: Reading[] = [];
  let flushIsDue = false;
  let pendingRecords = 0;
  let entriesRead = 0;
  let entriesSettled = 0;
  let sending = 0;
  let failed = false;
  let ended = false;
  let caughtUp = false;
  let nextPoint: Point | undefined;
  let committing: Promise<void> | undefined;
  /** Ends the waiting of a batch that is not full. */
  let lingering: AbortController | undefined;
  let progress: PromiseWithResolvers<void> | undefined;

  function add(delivery: Delivery, kept: LogBatch): void {
    if (failed) return;
    caughtUp = delivery.caughtUp;
    cuts.taken.read(delivery.batch);
    const places = placesOf(kept, delivery.batch);
    backlog.push({ delivery, kept, places, begun: 0, entriesBefore: entriesRead });
    entriesRead += delivery.batch.length;
    beginMore();
  }

  /** Groups what has been read, as long as not too much is under way. */
  function beginMore(): void {
    while (backlog[0] && !failed && !ended) {
      const [oldest] = backlog;
      while (oldest.begun < oldest.kept.length) {
        if (pendingRecords >= options.maxPendingRecords) return;
        begin(oldest);
        oldest.begun += 1;
      }
      backlog.shift();
      const { delivery, entriesBefore } = oldest;
      const count = delivery.batch.length;
      markEnd({ delivery, count, entries: entriesBefore + count });
    }
    if (flushIsDue) flush();
    const last = queue.at(-1);
    if (last && !last.isClosed && !cuts.areAwaited) linger(last);
  }

  function begin({ delivery, kept, places, begun, entriesBefore }: Reading): void {
    const record = kept[begun] as ReadableLogRecord;
    const count = places[begun] as number;
    const point = { delivery, count, entries: entriesBefore + count };
    const isEnd = cuts.endsAt(record, point.entries);
    const dealtWith = cuts.taken.get(record);
    if (dealtWith !== undefined) {
      if (dealtWith !== "delivered") settlements.setAside(record, dealtWith);
      if (isEnd) closeLast();
      return;
    }
    const batch = join(record, point);
    pendingRecords += 1;
    if (batch.records.length === maxBatchSize || isEnd) close(batch);
  }

  function join(record: ReadableLogRecord, point: Point): Batch {
    const last = queue.at(-1);
    if (last && !last.isClosed) {
      last.records.push(record);
      last.point = point;
      return last;
    }
    const batch: Batch = { records: [record], point, settled: false, taken: none, isClosed: false };
    queue.push(batch);
    return batch;
  }

  // What follows the last kept record was left out by the processors: it is settled as soon as that record is.
  function markEnd(point: Point): void {
    const last = queue.at(-1);
    if (last) last.point = point;
    else commit(point);
  }

  function linger(batch: Batch): void {
    if (lingering) return;
    lingering = new AbortController();
    clock.sleep(lingerMs, { signal: lingering.signal }).then(
      () => close(batch),
      () => {},
    );
  }

  /** All but the newest batch are closed already. */
  function close(batch: Batch): void {
    if (batch.isClosed) return;
    batch.isClosed = true;
    lingering?.abort();
    lingering = undefined;
    if (failed || ended) return;
    sending += 1;
    void send(batch);
  }

  async function send(batch: Batch): Promise<void> {
    const { length } = batch.records;
    try {
      // Records that go alone are the same batches whatever happens.
      const stored = maxBatchSize > 1 ? cuts.remember(asSent(batch)) : undefined;
      if (stored) await stored;
      await options.send(batch.records);
      batch.settled = true;
      batch.taken = batch.records;
      pendingRecords -= length;
      advance();
      beginMore();
    } catch (error) {
      batch.taken = divide(batch.records, error).taken;
      fail(error);
    }
    sending -= 1;
    tellProgress();
  }

  function asSent({ records, point }: Batch): SentBatch {
    return { records, position: point.entries, isFull: records.length === maxBatchSize };
  }

  function advance(): void {
    let point: Point | undefined;
    while (queue[0]?.settled) point = queue.shift()?.point;
    if (point) commit(point);
  }

  function commit(point: Point): void {
    nextPoint = point;
    committing ??= commitLatest();
  }

  // While one commit is being written others become due; the newest of them stands for all.
  async function commitLatest(): Promise<void> {
    try {
      while (nextPoint) {
        const point = nextPoint;
        nextPoint = undefined;
        // Before the checkpoint, so that it never gets ahead of the ledger.
        settlements.note(point.entries);
        await point.delivery.ack(point.count);
        const count = point.entries - entriesSettled;
        entriesSettled = point.entries;
        cuts.release(point.entries);
        if (caughtUp && entriesSettled === entriesRead) await cuts.clear();
        options.onSettled(count, entriesRead - entriesSettled);
      }
    } catch (error) {
      fail(error);
    }
    committing = undefined;
    tellProgress();
  }

  function fail(error: unknown): void {
    if (failed) return;
    failed = true;
    options.onFailure(error);
  }

  function tellProgress(): void {
    if (!failed && !ended && isFull() && sending > 0) return;
    progress?.resolve();
    progress = undefined;
  }

  function nextProgress(): Promise<void> {
    progress ??= Promise.withResolvers();
    return progress.promise;
  }

  function flush(): void {
    flushIsDue = backlog.length > 0;
    if (!flushIsDue) closeLast();
  }

  function closeLast(): void {
    const last = queue.at(-1);
    if (last) close(last);
  }

  return {
    add,
    flush,
    get waiting() {
      return entriesRead - entriesSettled;
    },
    async room() {
      while (!failed && isFull()) {
        if (sending === 0) closeLast();
        await nextProgress();
      }
    },
    async idle() {
      ended = true;
      // What is still being grouped was never sent. It is left to the next pass, and nothing may send it later.
      const sent = queue.filter(({ isClosed }) => isClosed);
      closeLast();
      while (sending > 0 || committing) await nextProgress();
      const taken = queue
        .flatMap((batch) => batch.taken)
        .map((record) => [record, settlements.asideOf(record) ?? "delivered"] as const);
      await cuts.keep(sent.filter((batch) => queue.includes(batch)).map(asSent)).catch(fail);
      await cuts.taken.keep(new Map(taken)).catch(fail);
    },
  };

  function isFull(): boolean {
    return pendingRecords >= options.maxPendingRecords || entriesRead - entriesSettled >= maxWaitingEntries;
  }
}

/**
 * Each kept record's place in the batch that was read, counted from 1: of the same object, or of the one that it is a
 * changed copy of, by `log.record.uid`. Nobody knows what a record that cannot be found settles, so the checkpoint does
 * not go into the batch before the last such record is settled: until then, places are 0.
 */
function placesOf(kept: LogBatch, read: LogBatch): number[] {
  let count = 0;
  const places = kept.map((record) => {
    const at = findFrom(count, record, read);
    if (at === -1) return 0;
    count = at + 1;
    return count;
  });
  return places.fill(0, 0, places.lastIndexOf(0) + 1);
}

function findFrom(start: number, record: ReadableLogRecord, read: LogBatch): number {
  // Nearly always the next one.
  if (read[start] === record) return start;
  const uid = record.attributes["log.record.uid"];
  for (let at = start; at < read.length; at++) {
    if (read[at] === record || read[at]?.attributes["log.record.uid"] === uid) return at;
  }
  return -1;
}
