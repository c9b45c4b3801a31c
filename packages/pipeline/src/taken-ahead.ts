import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { z } from "zod";
import type { LogBatch } from "./component.ts";
import type { StorageClient } from "./storage.ts";

/**
 * Records that the destination has taken although the checkpoint stands before them, since one before them is not
 * settled. They are written down when a pass ends in order, so that the next one does not send them again.
 *
 * Kept by record, so that it holds for other filters and batch sizes, too. It is never more than a pass has read beyond
 * its checkpoint. In doubt a record is sent again: when reading does not go on from the very entry where the checkpoint
 * stood (after another `start_from` all is wanted again), when two entries have the same uid, after a crash.
 */
export interface TakenAhead {
  /** To be told of everything that is read, before it is grouped. */
  read(batch: LogBatch): void;
  /** Whether the destination took this record, which has been read, in an earlier pass. */
  has(record: ReadableLogRecord): boolean;
  /** The checkpoint has moved over the first `position` entries of this pass. */
  release(position: number): void;
  /** The pass has ended. Resolves when it is stored that these records were taken; settled ones may be among them. */
  keep(records: LogBatch): Promise<void>;
  /** Everything that there is to read is settled. */
  clear(): Promise<void>;
}

const key = "taken-ahead";

/** `from`: the first entry that was not settled. */
const storedValue = z.object({ from: z.unknown(), uids: z.array(z.unknown()) });

export async function loadTakenAhead(storage: StorageClient): Promise<TakenAhead> {
  const text = await storage.get(key);
  const stored = parse(text);
  let isStored = text !== undefined;
  // Of earlier passes: what has not come by yet, and what has.
  const awaited = new Set(stored?.uids);
  const known = new Set<unknown>();
  /** Uids of the entries that are read and not settled, oldest first. */
  const unsettled: unknown[] = [];
  let settled = 0;
  let hasBegun = false;

  function read(uid: unknown): void {
    if (!hasBegun && uid !== stored?.from) awaited.clear();
    hasBegun = true;
    unsettled.push(uid);
    if (awaited.delete(uid)) known.add(uid);
    else known.delete(uid);
  }

  async function clear(): Promise<void> {
    awaited.clear();
    known.clear();
    if (!isStored) return;
    isStored = false;
    await storage.delete(key);
  }

  return {
    read(batch) {
      for (const record of batch) read(uidOf(record));
    },
    has: (record) => known.has(uidOf(record)),
    release(position) {
      for (const uid of unsettled.splice(0, position - settled)) known.delete(uid);
      settled = position;
    },
    async keep(records) {
      if (!hasBegun) return;
      const taken = new Set([...known, ...records.map(uidOf)]);
      const uids = [...taken.intersection(namesOfOne(unsettled)), ...awaited];
      if (uids.length === 0) return clear();
      isStored = true;
      await storage.set(key, JSON.stringify({ from: unsettled[0], uids }));
    },
    clear,
  };
}

const uidOf = (record: ReadableLogRecord): unknown => record.attributes["log.record.uid"];

function namesOfOne(uids: readonly unknown[]): Set<unknown> {
  const all = new Set<unknown>();
  const repeated = new Set<unknown>([undefined]);
  for (const uid of uids) (all.has(uid) ? repeated : all).add(uid);
  return all.difference(repeated);
}

/** What cannot be read is as good as nothing: it costs repeats. */
function parse(text: string | undefined): z.infer<typeof storedValue> | undefined {
  try {
    return storedValue.parse(JSON.parse(text ?? ""));
  } catch {
    return undefined;
  }
}
