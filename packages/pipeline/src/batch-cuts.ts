import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { z } from "zod";
import type { LogBatch } from "./component.ts";
import { StorageError } from "./errors.ts";
import type { StorageClient } from "./storage.ts";
import { loadTakenAhead, type TakenAhead } from "./taken-ahead.ts";

/**
 * Where the batches in flight end, written down before they are sent.
 *
 * After a restart the same entries must be grouped the same way again: other records would make another `webhook-id`,
 * and who sorts out repeats by it could not. Grouping begins where a batch began, at the checkpoint; but a batch that
 * went out before it was full would be joined by what has come meanwhile, and one that was full might go out early this
 * time. So every stored end is an end again, and until they have all come by, nothing goes out early.
 */
export interface BatchCuts {
  /** Which records behind the first of those ends need not be sent again. */
  readonly taken: TakenAhead;
  /** Whether a batch ended at this record before the restart. `position`: as for `remember`. */
  endsAt(record: ReadableLogRecord, position: number): boolean;
  /** Ends of before the restart are still to come by. */
  readonly areAwaited: boolean;
  /** Resolves when the end of this batch is stored. `position`: entries read up to there in this pass. */
  remember(batch: LogBatch, position: number): Promise<void>;
  /** The checkpoint has moved over the first `position` entries of this pass: batches up to there will not be sent again. */
  release(position: number): void;
  /** Everything that there is to read is settled, so no cut is of use any more. */
  clear(): Promise<void>;
}

const key = "batch-cuts";

/** Ends that are kept, the newest ones. More than can usually be in flight at once. */
const maxCuts = 1000;

export async function loadBatchCuts(storage: StorageClient): Promise<BatchCuts> {
  const uids = parse(await storage.get(key));
  const taken = await loadTakenAhead(storage);
  let isStored = uids.length > 0;
  const awaited = new Set(uids);
  const cuts = new Map<unknown, number>(uids.map((uid) => [uid, Number.POSITIVE_INFINITY]));
  return {
    taken,
    get areAwaited() {
      return awaited.size > 0;
    },
    endsAt(record, position) {
      const uid = record.attributes["log.record.uid"];
      if (!awaited.delete(uid)) return false;
      cuts.set(uid, position);
      return true;
    },
    async remember(batch, position) {
      const uid = batch.at(-1)?.attributes["log.record.uid"];
      const isKnown = cuts.has(uid);
      cuts.set(uid, position);
      if (isKnown) return;
      while (cuts.size > maxCuts) cuts.delete(cuts.keys().next().value);
      isStored = true;
      await storage.set(key, JSON.stringify([...cuts.keys()]));
    },
    release(position) {
      for (const [uid, at] of cuts) if (at <= position) cuts.delete(uid);
      taken.release(position);
    },
    async clear() {
      cuts.clear();
      awaited.clear();
      await taken.clear();
      if (!isStored) return;
      isStored = false;
      await storage.delete(key);
    },
  };
}

function parse(stored: string | undefined): unknown[] {
  if (stored === undefined) return [];
  try {
    return z.array(z.unknown()).parse(JSON.parse(stored));
  } catch (cause) {
    throw new StorageError("What was kept of the batches in flight cannot be read.", {
      cause,
      remedy: "Put back a copy of the storage, or move it away and let start_from say where to begin.",
    });
  }
}
