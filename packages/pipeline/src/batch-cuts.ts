import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import type { LogBatch } from "./component.ts";
import type { StorageClient } from "./storage.ts";

/**
 * Where batches ended that went out before they were full.
 *
 * A full batch is grouped the same way again after a restart, because grouping begins at the checkpoint. One that went
 * out early, since nothing newer was there, would be joined by what has come meanwhile: other records, so another
 * `webhook-id`, and a receiver that sorts out repeats by it could not. So its end is written down before it is sent.
 */
export interface BatchCuts {
  /** Whether a batch ended at this record before the restart. */
  endsAt(record: ReadableLogRecord): boolean;
  /** Resolves when the end of this batch is stored. `position`: entries read up to there in this pass. */
  remember(batch: LogBatch, position: number): Promise<void>;
  /** The checkpoint has moved over the first `position` entries of this pass: batches up to there will not be sent again. */
  release(position: number): void;
}

const key = "batch-cuts";

/** Ends that are kept, the newest ones. More than can usually be in flight at once. */
const maxCuts = 1000;

export async function loadBatchCuts(storage: StorageClient): Promise<BatchCuts> {
  const stored = await storage.get(key);
  const uids = stored === undefined ? [] : (JSON.parse(stored) as unknown[]);
  // Where a cut of an earlier pass lies is known when its record comes by; until then it is kept.
  const cuts = new Map<unknown, number>(uids.map((uid) => [uid, Number.POSITIVE_INFINITY]));
  return {
    endsAt: (record) => cuts.size > 0 && cuts.has(record.attributes["log.record.uid"]),
    async remember(batch, position) {
      const uid = batch.at(-1)?.attributes["log.record.uid"];
      const isStored = cuts.has(uid);
      cuts.set(uid, position);
      if (isStored) return;
      while (cuts.size > maxCuts) cuts.delete(cuts.keys().next().value);
      await storage.set(key, JSON.stringify([...cuts.keys()]));
    },
    release(position) {
      for (const [uid, at] of cuts) if (at <= position) cuts.delete(uid);
    },
  };
}
