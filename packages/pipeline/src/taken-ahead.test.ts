import { memoryStorage, testBatch, testRecord } from "@loghook/testkit";
import { describe, expect, test } from "vitest";
import type { LogBatch } from "./component.ts";
import { type DealtWith, loadTakenAhead } from "./taken-ahead.ts";

type LogRecord = LogBatch[number];

const delivered = (batch: LogBatch) => new Map(batch.map((record) => [record, "delivered"] as const));

/** A pass that has read ten entries, of which the fifth to the eighth were taken, has ended with the checkpoint before the third. */
async function endedPass() {
  const storage = memoryStorage().client("lane");
  const taken = await loadTakenAhead(storage);
  taken.read(testBatch(10));
  taken.release(2);
  await taken.keep(delivered(testBatch(4, 5)));
  return storage;
}

/** The numbers of those that need not be sent again when this is read. */
async function takenOf(storage: Awaited<ReturnType<typeof endedPass>>, ...read: LogBatch[]) {
  const taken = await loadTakenAhead(storage);
  const known = [];
  for (const batch of read) {
    taken.read(batch);
    known.push(...batch.filter((record) => taken.get(record) === "delivered"));
  }
  return known.map((record) => Number(String(record.attributes["log.record.uid"]).slice(3)));
}

const stored = async (storage: Awaited<ReturnType<typeof endedPass>>) =>
  (await storage.get("taken-ahead")) !== undefined;

describe("in the next pass", () => {
  test("what was taken is known, when reading goes on at the checkpoint", async () => {
    expect(await takenOf(await endedPass(), testBatch(1, 3), [], testBatch(20, 4))).toEqual([5, 6, 7, 8]);
  });

  test("what was parked or given up is known as that, also by the pass after the next", async () => {
    const storage = memoryStorage().client("lane");
    const batch = testBatch(5);
    const [, , third, fourth, fifth] = batch as [LogRecord, LogRecord, LogRecord, LogRecord, LogRecord];
    const kinds: [LogRecord, DealtWith][] = [
      [third, "parked"],
      [fourth, "dropped"],
      [fifth, "delivered"],
    ];
    const before = await loadTakenAhead(storage);
    before.read(batch);
    await before.keep(new Map(kinds));
    for (let pass = 1; pass <= 2; pass++) {
      const taken = await loadTakenAhead(storage);
      taken.read(batch);
      expect(batch.map(taken.get)).toEqual([undefined, undefined, "parked", "dropped", "delivered"]);
      await taken.keep(new Map());
    }
  });

  test("nothing is, when reading begins elsewhere: all may be wanted again", async () => {
    expect(await takenOf(await endedPass(), testBatch(20, 1))).toEqual([]);
    expect(await takenOf(await endedPass(), testBatch(20, 4))).toEqual([]);
  });

  test("a record is not, before it was read: nobody knows what it is", async () => {
    const taken = await loadTakenAhead(await endedPass());
    taken.read(testBatch(1, 3));
    expect(taken.get(testRecord(5))).toBe(undefined);
  });

  test("entries that appear between others are not, and do not disturb", async () => {
    const late = testRecord(99);
    expect(await takenOf(await endedPass(), testBatch(3, 3), [late], testBatch(5, 6))).toEqual([5, 6, 7, 8]);
  });

  test("a uid that comes by again is no name any more", async () => {
    expect(await takenOf(await endedPass(), testBatch(5, 3), [testRecord(6)])).toEqual([5, 6, 7]);
    expect(await takenOf(await endedPass(), [...testBatch(5, 3), testRecord(6)])).toEqual([5, 7]);
  });
});

describe("what is written at the end of a pass", () => {
  test("is not changed by one that has read nothing", async () => {
    const storage = await endedPass();
    await (await loadTakenAhead(storage)).keep(new Map());
    expect(await takenOf(storage, testBatch(10, 3))).toEqual([5, 6, 7, 8]);
  });

  test("holds also what an earlier pass has written and this one has not come to, or not settled", async () => {
    const storage = await endedPass();
    const taken = await loadTakenAhead(storage);
    taken.read(testBatch(4, 3));
    taken.release(3);
    await taken.keep(new Map());
    expect(await takenOf(storage, testBatch(10, 6))).toEqual([6, 7, 8]);
  });

  test("leaves out what the checkpoint has moved over", async () => {
    const storage = await endedPass();
    const taken = await loadTakenAhead(storage);
    taken.read(testBatch(8, 3));
    taken.release(4);
    await taken.keep(delivered(testBatch(1, 10)));
    expect(JSON.parse((await storage.get("taken-ahead")) ?? "")).toEqual({
      from: testRecord(7).attributes["log.record.uid"],
      uids: [7, 8, 10].map((n) => testRecord(n).attributes["log.record.uid"]),
    });
  });

  test("leaves out uids that stand for two entries, or none", async () => {
    const storage = memoryStorage().client("lane");
    const taken = await loadTakenAhead(storage);
    const nameless = testRecord(9, { attributes: {} });
    const read = [testRecord(1), testRecord(2), testRecord(3), testRecord(2), nameless];
    taken.read(read);
    await taken.keep(delivered(read.slice(2)));
    expect(await takenOf(storage, [testRecord(1)], [nameless], testBatch(2, 2))).toEqual([3]);
  });

  test("is gone when nothing is taken beyond the checkpoint, and when everything is settled", async () => {
    for (const end of ["keep", "clear"] as const) {
      const storage = await endedPass();
      expect(await stored(storage)).toBe(true);
      const taken = await loadTakenAhead(storage);
      taken.read(testBatch(8, 3));
      taken.release(8);
      await taken[end](delivered(testBatch(2, 7)));
      expect(await stored(storage)).toBe(false);
    }
  });

  test("is nothing at all where nothing was and is taken beyond the checkpoint", async () => {
    const writes: string[] = [];
    const write = async (name: string): Promise<void> => void writes.push(name);
    const storage = { ...memoryStorage().client("lane"), set: write, delete: write };
    const taken = await loadTakenAhead(storage);
    taken.read(testBatch(8));
    await taken.keep(new Map());
    await taken.clear();
    expect(writes).toEqual([]);
  });
});

test.for(['{"from', "", "null", "[]", '{"from":"a"}'])(
  "a damaged value, %j, is as good as none",
  async (text) => {
    const storage = memoryStorage().client("lane");
    await storage.set("taken-ahead", text);
    expect(await takenOf(storage, testBatch(3))).toEqual([]);
  },
);
