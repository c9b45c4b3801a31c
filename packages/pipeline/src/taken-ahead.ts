import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { z } from "zod";
import type { LogBatch } from "./component.ts";
import { recordAttribute } from "./record-source.ts";
import type { StorageClient } from "./storage.ts";

/**
 * Records that were delivered or set aside although the checkpoint stands before them, since one before them is not
 * settled. They are written down when a pass ends in order, so that the next one does not send them again.
 *
 * Kept by record, so that it holds for other filters and batch sizes, too. It is never more than a pass has read beyond
 * its checkpoint. In doubt a record is sent again: when reading does not go on from the very entry where the checkpoint
 * stood (after another `start_from` all is wanted again), when two entries have the same uid, after a crash.
 */
export interface TakenAhead {
  /** To be told of everything that is read, before it is grouped. */
  read(batch: LogBatch): void;
  /** How this record, which has been read, was dealt with in an earlier pass. Undefined: not at all. */
  get(record: ReadableLogRecord): DealtWith | undefined;
  /** The checkpoint has moved over the first `position` entries of this pass. */
  release(position: number): void;
  /** The pass has ended. Resolves when it is stored how these records were dealt with; settled ones may be among them. */
  keep(records: ReadonlyMap<ReadableLogRecord, DealtWith>): Promise<void>;
  /** Everything that there is to read is settled. */
  clear(): Promise<void>;
}

/** As in `Settlement`. */
export type DealtWith = "delivered" | "parked" | "dropped";

const key = "taken-ahead";

/** `from`: the first entry that was not settled. `uids`: delivered ones. */
const storedValue = z.object({
  from: z.unknown(),
  uids: z.array(z.unknown()),
  asides: z.array(z.tuple([z.unknown(), z.enum(["parked", "dropped"])])).default([]),
});

function mapOf(stored: z.output<typeof storedValue> | undefined): Map<unknown, DealtWith> {
  const delivered = stored?.uids.map((uid) => [uid, "delivered"] as const) ?? [];
  return new Map<unknown, DealtWith>([...delivered, ...(stored?.asides ?? [])]);
}

export async function loadTakenAhead(storage: StorageClient): Promise<TakenAhead> {
  const text = await storage.get(key);
  const stored = parse(text);
  let isStored = text !== undefined;
  // Of earlier passes: what has not come by yet, and what has.
  const awaited = mapOf(stored);
  const known = new Map<unknown, DealtWith>();
  /** Uids of the entries that are read and not settled, oldest first. */
  const unsettled: unknown[] = [];
  let settled = 0;
  let hasBegun = false;

  function read(uid: unknown): void {
    if (!hasBegun && uid !== stored?.from) awaited.clear();
    hasBegun = true;
    unsettled.push(uid);
    const dealtWith = awaited.get(uid);
    awaited.delete(uid);
    if (dealtWith === undefined) known.delete(uid);
    else known.set(uid, dealtWith);
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
    get: (record) => known.get(uidOf(record)),
    release(position) {
      for (const uid of unsettled.splice(0, position - settled)) known.delete(uid);
      settled = position;
    },
    async keep(records) {
      if (!hasBegun) return;
      const behind = namesOfOne(unsettled);
      const all = new Map(known);
      for (const [record, dealtWith] of records) all.set(uidOf(record), dealtWith);
      for (const uid of all.keys()) if (!behind.has(uid)) all.delete(uid);
      for (const [uid, dealtWith] of awaited) all.set(uid, dealtWith);
      if (all.size === 0) return clear();
      isStored = true;
      await storage.set(key, JSON.stringify({ from: unsettled[0], ...byKind(all) }));
    },
    clear,
  };
}

const uidOf = (record: ReadableLogRecord): unknown => recordAttribute(record, "log.record.uid");

function namesOfOne(uids: readonly unknown[]): Set<unknown> {
  const all = new Set<unknown>();
  const repeated = new Set<unknown>([undefined]);
  for (const uid of uids) (all.has(uid) ? repeated : all).add(uid);
  return all.difference(repeated);
}

function byKind(all: ReadonlyMap<unknown, DealtWith>): { uids: unknown[]; asides?: unknown[] } {
  const uids = [...all].flatMap(([uid, dealtWith]) => (dealtWith === "delivered" ? [uid] : []));
  const asides = [...all].filter(([, dealtWith]) => dealtWith !== "delivered");
  return { uids, ...(asides.length > 0 && { asides }) };
}

/** What cannot be read is as good as nothing: it costs repeats. */
function parse(text: string | undefined): z.infer<typeof storedValue> | undefined {
  try {
    return storedValue.parse(JSON.parse(text ?? ""));
  } catch {
    return undefined;
  }
}
