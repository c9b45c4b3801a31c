import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { z } from "zod";
import type { LogBatch } from "./component.ts";
import { StorageError } from "./errors.ts";
import { recordAttribute } from "./record-source.ts";
import type { StorageClient } from "./storage.ts";
import { loadTakenAhead, type TakenAhead } from "./taken-ahead.ts";

/**
 * Where the batches in flight end, written down before they are sent.
 *
 * After a restart the same entries must be grouped the same way again: other records would make another `webhook-id`,
 * and who sorts out repeats by it could not. Grouping begins where a batch began, at the checkpoint, so that full batches
 * become the same by themselves; but a batch that went out before it was full would be joined by what has come
 * meanwhile, and one that was full might go out early this time. So every stored end is an end again, and as long as a
 * batch of before the restart may come by, nothing goes out early.
 */
export interface BatchCuts {
  /** Which records behind the first of those ends need not be sent again. */
  readonly taken: TakenAhead;
  /** Whether a batch ended at this record before the restart. `position`: as for `remember`. */
  endsAt(record: ReadableLogRecord, position: number): boolean;
  /** Batches of before the restart may still come by. */
  readonly areAwaited: boolean;
  /** Resolves when the end of this batch is stored. Undefined: nothing needs to be written down for it. */
  remember(batch: SentBatch): Promise<void> | undefined;
  /** The pass ends before these batches are settled. Resolves when their ends are stored, also those of full ones. */
  keep(batches: readonly SentBatch[]): Promise<void>;
  /** The checkpoint has moved over the first `position` entries of this pass: batches up to there will not be sent again. */
  release(position: number): void;
  /** Everything that there is to read is settled, so no cut is of use any more. */
  clear(): Promise<void>;
}

export interface SentBatch {
  readonly records: LogBatch;
  /** Entries read up to its end in this pass. */
  readonly position: number;
  readonly isFull: boolean;
}

const key = "batch-cuts";

/** Ends that are kept, the newest ones. More than can usually be in flight at once. */
const maxCuts = 1000;

/** Entries behind the checkpoint: what was sent before a restart is among them, since no lane reads further ahead. */
const maxAhead = 20_000;

/** An earlier version wrote the end of each batch, and nothing else. */
const storedCuts = z.union([
  z.array(z.unknown()).transform((ends) => ({ ends, full: false })),
  z.strictObject({ ends: z.array(z.unknown()), full: z.boolean() }),
]);

export async function loadBatchCuts(storage: StorageClient): Promise<BatchCuts> {
  const text = await storage.get(key);
  const stored = parse(text);
  const taken = await loadTakenAhead(storage);
  let isStored = text !== undefined;
  /** It is written down that full batches go out, or under way. */
  let fullIsStored = stored.full;
  /** What is under way. */
  let lastWrite: Promise<void> | undefined;
  let fullAreAwaited = stored.full;
  const awaited = new Set(stored.ends);
  const cuts = new Map<unknown, number>(stored.ends.map((uid) => [uid, Number.POSITIVE_INFINITY]));

  function write(): Promise<void> {
    while (cuts.size > maxCuts) cuts.delete(cuts.keys().next().value);
    isStored = true;
    const value = JSON.stringify({ ends: [...cuts.keys()], full: fullIsStored });
    const written = storage.set(key, value).then(() => {
      if (lastWrite === written) lastWrite = undefined;
    });
    lastWrite = written;
    return written;
  }

  return {
    taken,
    get areAwaited() {
      return awaited.size > 0 || fullAreAwaited;
    },
    endsAt(record, position) {
      if (position > maxAhead) fullAreAwaited = false;
      if (awaited.size === 0) return false;
      const uid = uidOf(record);
      if (!awaited.delete(uid)) return false;
      cuts.set(uid, position);
      return true;
    },
    remember({ records, position, isFull }) {
      const uid = endOf(records);
      const isKnown = isFull ? fullIsStored : cuts.has(uid);
      if (isFull) fullIsStored = true;
      else cuts.set(uid, position);
      // Not before the end of a batch before it is stored: without that one, this one would be grouped differently.
      return isKnown ? lastWrite : write();
    },
    async keep(batches) {
      const unknown = batches.filter(({ records }) => !cuts.has(endOf(records)));
      if (unknown.length === 0) return;
      for (const { records, position } of unknown) cuts.set(endOf(records), position);
      await write();
    },
    release(position) {
      for (const [uid, at] of cuts) if (at <= position) cuts.delete(uid);
      taken.release(position);
    },
    async clear() {
      cuts.clear();
      awaited.clear();
      fullIsStored = false;
      fullAreAwaited = false;
      await taken.clear();
      if (!isStored) return;
      isStored = false;
      await storage.delete(key);
    },
  };
}

const uidOf = (record: ReadableLogRecord): unknown => recordAttribute(record, "log.record.uid");

function endOf(records: LogBatch): unknown {
  const last = records.at(-1);
  return last && uidOf(last);
}

function parse(stored: string | undefined): z.output<typeof storedCuts> {
  if (stored === undefined) return { ends: [], full: false };
  try {
    return storedCuts.parse(JSON.parse(stored));
  } catch (cause) {
    throw new StorageError("What was kept of the batches in flight cannot be read.", {
      cause,
      remedy: "Put back a copy of the storage, or move it away and let start_from say where to begin.",
    });
  }
}
