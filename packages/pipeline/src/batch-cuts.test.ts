import { memoryStorage, testBatch, testRecord } from "@loghook/testkit";
import { describe, expect, test } from "vitest";
import { loadBatchCuts, type SentBatch } from "./batch-cuts.ts";
import { StorageError } from "./errors.ts";
import type { StorageClient } from "./storage.ts";

/** A batch that is not full and ends at this record. */
const endingAt = (n: number): SentBatch => ({ records: [testRecord(n)], position: n, isFull: false });
const full = (n: number): SentBatch => ({ ...endingAt(n), isFull: true });
const uid = (n: number): unknown => testRecord(n).attributes["log.record.uid"];

async function storedIn(storage: StorageClient): Promise<unknown> {
  const text = await storage.get("batch-cuts");
  return text && JSON.parse(text);
}

/** Cuts as they are after a restart, when batches had ended at these records before it. */
async function restartedWith(...ends: number[]) {
  const storage = memoryStorage().client("lane");
  const before = await loadBatchCuts(storage);
  for (const end of ends) await before.remember(endingAt(end));
  return { storage, cuts: await loadBatchCuts(storage) };
}

describe("before a restart", () => {
  test("the end of a batch is stored when remember resolves", async () => {
    const storage = memoryStorage().client("lane");
    const cuts = await loadBatchCuts(storage);
    await cuts.remember({ records: testBatch(3), position: 3, isFull: false });
    expect(await storedIn(storage)).toEqual({ ends: [uid(3)], full: false });
  });

  test("no end is awaited, and the own ones are none for the grouping", async () => {
    const cuts = await loadBatchCuts(memoryStorage().client("lane"));
    await cuts.remember(endingAt(1));
    expect(cuts.areAwaited).toBe(false);
    expect(cuts.endsAt(testRecord(1), 1)).toBe(false);
  });

  test("ends that the checkpoint has moved over are not stored any more, those behind it are", async () => {
    const storage = memoryStorage().client("lane");
    const cuts = await loadBatchCuts(storage);
    await cuts.remember(endingAt(10));
    await cuts.remember(endingAt(20));
    cuts.release(10);
    await cuts.remember(endingAt(30));
    expect(await storedIn(storage)).toMatchObject({ ends: [uid(20), uid(30)] });
  });

  test("the newest thousand ends are kept", async () => {
    const storage = memoryStorage().client("lane");
    const cuts = await loadBatchCuts(storage);
    for (let n = 1; n <= 1003; n++) await cuts.remember(endingAt(n));
    const { ends } = (await storedIn(storage)) as { ends: unknown[] };
    expect(ends).toHaveLength(1000);
    expect([ends[0], ends.at(-1)]).toEqual([uid(4), uid(1003)]);
  });

  test("nothing is left in the storage when the ends are cleared, and later ones are stored alone", async () => {
    const storage = memoryStorage().client("lane");
    const cuts = await loadBatchCuts(storage);
    await cuts.remember(endingAt(1));
    await cuts.clear();
    expect(await storage.get("batch-cuts")).toBeUndefined();
    await cuts.remember(endingAt(2));
    expect(await storedIn(storage)).toMatchObject({ ends: [uid(2)] });
  });

  test("clearing writes nothing where nothing was stored", async () => {
    const deleted: string[] = [];
    const storage = {
      ...memoryStorage().client("lane"),
      delete: async (key: string) => void deleted.push(key),
    };
    const cuts = await loadBatchCuts(storage);
    await cuts.clear();
    expect(deleted).toEqual([]);
  });
});

describe("after a restart", () => {
  test("every stored end is an end again, once, and is awaited until it has come by", async () => {
    const { cuts } = await restartedWith(2, 4);
    expect(cuts.areAwaited).toBe(true);
    expect(testBatch(4).map((record, index) => cuts.endsAt(record, index + 1))).toEqual([
      false,
      true,
      false,
      true,
    ]);
    expect(cuts.areAwaited).toBe(false);
    expect(cuts.endsAt(testRecord(2), 2)).toBe(false);
  });

  test("ends that are sent again stay stored until the checkpoint has moved over them", async () => {
    const { cuts, storage } = await restartedWith(2, 4);
    await cuts.remember(endingAt(2));
    cuts.release(2);
    await cuts.remember(endingAt(6));
    expect(await storedIn(storage)).toMatchObject({ ends: [uid(4), uid(6)] });
  });

  test("ends that come by and are not sent again are forgotten with the checkpoint, too", async () => {
    const { cuts, storage } = await restartedWith(2, 4);
    cuts.endsAt(testRecord(2), 2);
    cuts.release(2);
    await cuts.remember(endingAt(6));
    expect(await storedIn(storage)).toMatchObject({ ends: [uid(4), uid(6)] });
  });

  test("that full batches went out is known once it is stored, and nothing goes out early until none can come by", async () => {
    const storage = memoryStorage().client("lane");
    const before = await loadBatchCuts(storage);
    await before.remember(full(3));
    expect(before.remember(full(6))).toBeUndefined();
    expect(await storedIn(storage)).toEqual({ ends: [], full: true });
    const cuts = await loadBatchCuts(storage);
    cuts.endsAt(testRecord(1), 20_000);
    expect(cuts.areAwaited).toBe(true);
    cuts.endsAt(testRecord(2), 20_001);
    expect(cuts.areAwaited).toBe(false);
  });

  test("a full batch waits for what is being stored of those before it", async () => {
    const client = memoryStorage().client("lane");
    const cuts = await loadBatchCuts(client);
    await cuts.remember(full(3));
    const partial = cuts.remember(endingAt(4));
    const next = cuts.remember(full(7));
    expect(next).toBeInstanceOf(Promise);
    await Promise.all([partial, next]);
    expect(cuts.remember(full(10))).toBeUndefined();
  });

  test("the list of an earlier version is understood", async () => {
    const storage = memoryStorage().client("lane");
    await storage.set("batch-cuts", JSON.stringify([uid(2)]));
    const cuts = await loadBatchCuts(storage);
    expect(cuts.endsAt(testRecord(2), 2)).toBe(true);
    expect(cuts.areAwaited).toBe(false);
  });

  test("clearing forgets what was taken beyond the checkpoint, too", async () => {
    const { cuts: before, storage } = await restartedWith(2);
    before.taken.read(testBatch(3));
    await before.taken.keep(new Map([[testRecord(3), "delivered"]]));
    const cuts = await loadBatchCuts(storage);
    cuts.taken.read(testBatch(3));
    expect(cuts.taken.get(testRecord(3))).toBe("delivered");
    await cuts.clear();
    expect(cuts.taken.get(testRecord(3))).toBe(undefined);
    expect(await storage.get("taken-ahead")).toBeUndefined();
  });

  test("clearing ends the waiting for ends that do not come", async () => {
    const { cuts, storage } = await restartedWith(2);
    await cuts.clear();
    expect(cuts.areAwaited).toBe(false);
    expect(await storage.get("batch-cuts")).toBeUndefined();
  });

  test.for(['["a', "", "null", "{}", "5", '"a"'])(
    "refuses the damaged value %j with a remedy",
    async (text) => {
      const storage = memoryStorage().client("lane");
      await storage.set("batch-cuts", text);
      const error = await loadBatchCuts(storage).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(StorageError);
      expect((error as StorageError).remedy).toContain("start_from");
    },
  );
});
