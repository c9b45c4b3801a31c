import { setImmediate as turn } from "node:timers/promises";
import { manualClock, memoryExporter, memoryStorage, testBatch, testRecord } from "@loghook/testkit";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { describe, expect, test } from "vitest";
import { loadBatchCuts } from "./batch-cuts.ts";
import type { Clock } from "./clock.ts";
import type { Delivery, LogBatch } from "./component.ts";
import { RecordsRejectedError, RetryableError } from "./errors.ts";
import { createInFlight, type InFlightOptions } from "./in-flight.ts";

const uid = (record: ReadableLogRecord): unknown => record.attributes["log.record.uid"];
const uids = (count: number, first = 1): unknown[] => testBatch(count, first).map(uid);
const neverAborted = new AbortController().signal;

/** A manual clock that knows how many sleep on it. */
function countingClock() {
  const clock = manualClock();
  let sleepers = 0;
  const sleep: Clock["sleep"] = (...args) => {
    sleepers += 1;
    return clock.sleep(...args).finally(() => {
      sleepers -= 1;
    });
  };
  return { ...clock, sleep, sleepers: () => sleepers };
}

async function setUp(overrides: Partial<InFlightOptions> = {}) {
  const clock = countingClock();
  const storage = memoryStorage().client("lane");
  const exporter = memoryExporter();
  const acks: { page: string; count: number | undefined }[] = [];
  const failures: unknown[] = [];
  const inFlight = createInFlight({
    maxBatchSize: 100,
    maxPendingRecords: 600,
    cuts: await loadBatchCuts(storage),
    settlements: { note: () => {}, setAside: () => {}, asideOf: () => undefined },
    clock,
    send: (batch) => exporter.export(batch, { signal: neverAborted }),
    onSettled: () => {},
    onFailure: (error) => failures.push(error),
    ...overrides,
  });
  const page = (batch: LogBatch, { name = "page", caughtUp = false } = {}): Delivery => ({
    batch,
    caughtUp,
    ack: async (count) => void acks.push({ page: name, count }),
  });
  return { clock, storage, exporter, inFlight, acks, failures, page };
}

/** What has become of a promise when everything has gone on that can go on without the clock. */
async function stateOf(promise: Promise<unknown>): Promise<"pending" | "settled"> {
  let state: "pending" | "settled" = "pending";
  const settle = (): void => {
    state = "settled";
  };
  promise.then(settle, settle);
  await turn();
  return state;
}

describe("a batch that is not full", () => {
  test("waits a second for more, then goes out although the receiver is not caught up", async () => {
    const { inFlight, page, exporter, clock } = await setUp();
    const batch = testBatch(3);
    inFlight.add(page(batch), batch);
    clock.advance(999);
    await turn();
    expect(exporter.calls).toEqual([]);
    clock.advance(1);
    await turn();
    expect(exporter.taken).toEqual(uids(3));
  });

  test("waits no longer because more has come", async () => {
    const { inFlight, page, exporter, clock } = await setUp();
    for (const n of [1, 2, 3]) {
      inFlight.add(page([testRecord(n)]), [testRecord(n)]);
      clock.advance(400);
      await turn();
    }
    expect(exporter.taken).toEqual(uids(3));
  });

  test("leaves no timer behind when it goes out for another reason", async () => {
    const { inFlight, page, clock } = await setUp();
    const batch = testBatch(3);
    inFlight.add(page(batch), batch);
    inFlight.flush();
    await turn();
    expect(clock.sleepers()).toBe(0);
  });

  test("does not go out by itself as long as ends of batches from before a restart are awaited", async () => {
    const storage = memoryStorage().client("lane");
    await storage.set("batch-cuts", JSON.stringify(uids(1, 5)));
    const { inFlight, page, exporter, clock } = await setUp({ cuts: await loadBatchCuts(storage) });
    const [first, second] = [testBatch(3), testBatch(3, 4)];
    inFlight.add(page(first), first);
    clock.advance(60_000);
    await turn();
    expect(exporter.calls).toEqual([]);
    inFlight.add(page(second), second);
    await turn();
    expect(exporter.calls.map((batch) => batch.map(uid))).toEqual([uids(5)]);
    clock.advance(1000);
    await turn();
    expect(exporter.calls.map((batch) => batch.map(uid))).toEqual([uids(5), uids(1, 6)]);
  });

  test("is given up with the pass: idle neither sends it nor leaves its timer", async () => {
    const { inFlight, page, exporter, clock } = await setUp();
    const batch = testBatch(3);
    inFlight.add(page(batch), batch);
    await inFlight.idle();
    await turn();
    expect(clock.sleepers()).toBe(0);
    clock.advance(60_000);
    await turn();
    expect(exporter.calls).toEqual([]);
  });
});

describe("room for another delivery", () => {
  test("is there as long as few records wait and few entries are read", async () => {
    const { inFlight, page } = await setUp();
    const batch = testBatch(3);
    inFlight.add(page(batch), batch);
    expect(await stateOf(inFlight.room())).toBe("settled");
  });

  test("is not there while too many kept records wait, and comes when a batch is settled", async () => {
    const answers = Array.from({ length: 3 }, () => Promise.withResolvers<void>());
    let calls = 0;
    const { inFlight, page } = await setUp({
      maxPendingRecords: 300,
      send: () => answers[calls++]?.promise as Promise<void>,
    });
    const batch = testBatch(300);
    inFlight.add(page(batch), batch);
    const room = inFlight.room();
    expect(await stateOf(room)).toBe("pending");
    answers[2]?.resolve();
    expect(await stateOf(room)).toBe("settled");
  });

  test("is not there when ten thousand entries are read and not settled, however few of them are kept", async () => {
    const answer = Promise.withResolvers<void>();
    const { inFlight, page } = await setUp({ send: () => answer.promise });
    const [first, second] = [testBatch(9999), testBatch(1, 10_000)];
    inFlight.add(page(first), first.slice(0, 1));
    expect(await stateOf(inFlight.room())).toBe("settled");
    inFlight.add(page(second), []);
    const room = inFlight.room();
    expect(await stateOf(room)).toBe("pending");
    answer.resolve();
    expect(await stateOf(room)).toBe("settled");
  });

  test("is made by sending what is being grouped when nothing else is on its way", async () => {
    const { inFlight, page, exporter } = await setUp();
    const batch = testBatch(10_000);
    inFlight.add(page(batch), batch.slice(0, 3));
    expect(exporter.calls).toEqual([]);
    expect(await stateOf(inFlight.room())).toBe("settled");
    expect(exporter.taken).toEqual(uids(3));
    expect(inFlight.waiting).toBe(0);
  });

  test("is not waited for after a failure", async () => {
    const { inFlight, page, failures } = await setUp({ send: () => Promise.reject(new Error("refused")) });
    const batch = testBatch(600);
    inFlight.add(page(batch), batch);
    expect(await stateOf(inFlight.room())).toBe("settled");
    expect(failures).toEqual([new Error("refused")]);
  });
});

describe("the checkpoint", () => {
  test("is written once for everything that was settled while it was being written", async () => {
    const written = Promise.withResolvers<void>();
    const { inFlight, page, acks } = await setUp({ maxBatchSize: 1 });
    const batch = testBatch(5);
    const delivery = page(batch);
    const slow: Delivery = {
      ...delivery,
      ack: async (count) => {
        await delivery.ack(count);
        await written.promise;
      },
    };
    inFlight.add(slow, batch);
    await turn();
    expect(acks).toEqual([{ page: "page", count: 1 }]);
    written.resolve();
    await inFlight.idle();
    expect(acks).toEqual([
      { page: "page", count: 1 },
      { page: "page", count: 5 },
    ]);
  });

  test("finds its place by the uid when processors put changed copies in the records' place", async () => {
    const second = Promise.withResolvers<void>();
    let calls = 0;
    const { inFlight, page, acks } = await setUp({
      maxBatchSize: 2,
      send: () => (++calls === 1 ? Promise.resolve() : second.promise),
    });
    const batch = testBatch(8);
    const copies = batch.filter((_, index) => index % 2 === 1).map((record) => ({ ...record, body: "copy" }));
    inFlight.add(page(batch), copies);
    await turn();
    expect(acks).toEqual([{ page: "page", count: 4 }]);
    second.resolve();
    await inFlight.idle();
    expect(acks.at(-1)).toEqual({ page: "page", count: 8 });
  });

  test("never moves over a record that comes out of order and is not settled", async () => {
    const { inFlight, page, acks } = await setUp({
      maxBatchSize: 1,
      send: ([record]) => (record === first ? Promise.reject(new Error("down")) : Promise.resolve()),
    });
    const batch = testBatch(2);
    const [first, second] = batch as [ReadableLogRecord, ReadableLogRecord];
    inFlight.add(page(batch), [second, first]);
    await inFlight.idle();
    expect(acks.at(-1)?.count ?? 0).toBe(0);
  });

  test.for([
    { lost: [0, 1, 2, 3], expected: 0 },
    { lost: [1], expected: 0 },
    { lost: [0], expected: 2 },
    { lost: [2], expected: 0 },
  ])(
    "is held back by records that cannot be found: of four, $lost, the first two being settled",
    async ({ lost, expected }) => {
      const second = Promise.withResolvers<void>();
      let calls = 0;
      const { inFlight, page, acks } = await setUp({
        maxBatchSize: 2,
        send: () => (++calls === 1 ? Promise.resolve() : second.promise),
      });
      const batch = testBatch(4);
      const kept = batch.map((record, index) =>
        lost.includes(index) ? { ...record, attributes: { "log.record.uid": `new-${index}` } } : record,
      );
      inFlight.add(page(batch), kept);
      await turn();
      expect(acks.at(-1)?.count ?? 0).toBe(expected);
      second.resolve();
      await inFlight.idle();
      expect(acks.at(-1)?.count).toBe(4);
    },
  );
});

describe("the stored ends of batches", () => {
  test.for([
    { size: 99, stored: { ends: uids(1, 99), full: false } },
    // Full ones are the same again by themselves: it is enough to know that there were some.
    { size: 100, stored: { ends: [], full: true } },
  ])("are there before the batch is sent, of $size records of 100", async ({ size, stored }) => {
    const storage = memoryStorage().client("lane");
    const seen: unknown[] = [];
    const { inFlight, page } = await setUp({
      cuts: await loadBatchCuts(storage),
      send: async () => void seen.push(await storage.get("batch-cuts")),
    });
    const batch = testBatch(size);
    inFlight.add(page(batch), batch);
    inFlight.flush();
    await inFlight.idle();
    expect(seen).toEqual([JSON.stringify(stored)]);
  });

  test("are written once for any number of full batches, and no batch goes before that", async () => {
    const written = Promise.withResolvers<void>();
    const values: string[] = [];
    const storage = {
      ...memoryStorage().client("lane"),
      set: async (_key: string, value: string) => {
        values.push(value);
        await written.promise;
      },
    };
    const { inFlight, page, exporter } = await setUp({ cuts: await loadBatchCuts(storage) });
    const batch = testBatch(300);
    inFlight.add(page(batch), batch);
    await turn();
    expect(exporter.calls).toEqual([]);
    written.resolve();
    await turn();
    expect(exporter.calls.length).toBe(3);
    const more = testBatch(200, 301);
    inFlight.add(page(more), more);
    await inFlight.idle();
    expect(exporter.calls.length).toBe(5);
    expect(values.length).toBe(1);
  });

  test("are written of all that was sent and is not settled when the pass ends", async () => {
    const { inFlight, page, storage } = await setUp({
      send: (batch) => (batch[0] === first ? Promise.reject(new RetryableError("down")) : Promise.resolve()),
    });
    const batch = testBatch(200);
    const [first] = batch;
    inFlight.add(page(batch), batch);
    await inFlight.idle();
    expect(JSON.parse((await storage.get("batch-cuts")) ?? "")).toMatchObject({
      ends: [...uids(1, 100), ...uids(1, 200)],
    });
  });

  test("are gone when the receiver is caught up and everything is settled", async () => {
    const { inFlight, page, storage } = await setUp();
    const batch = testBatch(150);
    inFlight.add(page(batch, { caughtUp: true }), batch);
    inFlight.flush();
    await inFlight.idle();
    expect(await storage.get("batch-cuts")).toBeUndefined();
  });

  test.for([
    { caughtUp: false, sent: 150 },
    { caughtUp: true, sent: 100 },
  ])("are still known when caughtUp is $caughtUp and $sent of 150 are settled", async ({ caughtUp }) => {
    const { inFlight, page, storage } = await setUp();
    const batch = testBatch(150);
    inFlight.add(page(batch, { caughtUp }), batch);
    if (!caughtUp) inFlight.flush();
    await inFlight.idle();
    const ends = caughtUp ? [] : uids(1, 150);
    expect(JSON.parse((await storage.get("batch-cuts")) ?? "")).toMatchObject({ ends, full: true });
  });

  test("are not kept where every record goes alone", async () => {
    const { inFlight, page, storage } = await setUp({ maxBatchSize: 1 });
    const batch = testBatch(3);
    inFlight.add(page(batch), batch);
    await inFlight.idle();
    expect(await storage.get("batch-cuts")).toBeUndefined();
  });
});

describe("after a pass that ended in order", () => {
  const records = testBatch(60);
  const clock = manualClock();

  interface PassParts {
    readonly source?: LogBatch;
    readonly keeps?: (n: number) => boolean;
    readonly maxBatchSize?: number;
    /** Numbers of records whose batches are not taken. */
    readonly fails?: readonly number[];
    readonly behaviour?: (batch: LogBatch) => void;
  }

  /** A lane in small: what outlives a pass, and passes in pages of seven. */
  function createLane() {
    const storage = memoryStorage().client("lane");
    const state = { checkpoint: 0, settled: 0 };
    const number = (record: ReadableLogRecord): number => Number(String(uid(record)).slice(3));

    async function pass(parts: PassParts = {}): Promise<number[][]> {
      const { source = records, keeps = () => true, maxBatchSize = 10, fails = [], behaviour } = parts;
      const exporter = memoryExporter((batch) => {
        behaviour?.(batch);
        if (batch.some((record) => fails.includes(number(record)))) throw new RetryableError("down");
      });
      const inFlight = createInFlight({
        maxBatchSize,
        maxPendingRecords: 1000,
        cuts: await loadBatchCuts(storage),
        settlements: { note: () => {}, setAside: () => {}, asideOf: () => undefined },
        clock,
        send: (batch) => exporter.export(batch, { signal: neverAborted }),
        onSettled: (count) => {
          state.settled += count;
        },
        onFailure: () => {},
      });
      for (let start = state.checkpoint; start < source.length; start += 7) {
        const batch = source.slice(start, start + 7);
        const ack = async (count = batch.length): Promise<void> => {
          state.checkpoint = start + count;
        };
        const kept = batch.filter((record) => keeps(number(record)));
        inFlight.add({ batch, caughtUp: start + 7 >= source.length, ack }, kept);
      }
      inFlight.flush();
      await inFlight.idle();
      // Sent side by side, so in no order.
      return exporter.calls.map((batch) => batch.map(number)).toSorted(([a = 0], [b = 0]) => a - b);
    }
    return { pass, state, storage };
  }

  const numbers = (first: number, last: number): number[] =>
    Array.from({ length: last - first + 1 }, (_, index) => first + index);

  test.for<{ change: string; parts: PassParts; calls: number[][] }>([
    { change: "nothing", parts: {}, calls: [numbers(1, 10), numbers(31, 40)] },
    {
      change: "smaller batches",
      parts: { maxBatchSize: 7 },
      calls: [numbers(1, 7), numbers(8, 10), numbers(31, 37), numbers(38, 40)],
    },
    { change: "larger batches", parts: { maxBatchSize: 50 }, calls: [numbers(1, 10), numbers(31, 40)] },
    {
      change: "single records",
      parts: { maxBatchSize: 1 },
      calls: [...numbers(1, 10), ...numbers(31, 40)].map((n) => [n]),
    },
    {
      change: "a filter",
      parts: { keeps: (n) => n % 5 === 0 },
      calls: [
        [5, 10],
        [35, 40],
      ],
    },
    {
      change: "an entry that came late",
      parts: { source: [...records.slice(0, 50), testRecord(99), ...records.slice(50)] },
      calls: [numbers(1, 10), numbers(31, 40), [99]],
    },
    {
      change: "new entries",
      parts: { source: testBatch(63) },
      calls: [numbers(1, 10), numbers(31, 40), numbers(61, 63)],
    },
  ])("just what was not taken is sent, with $change", async ({ parts, calls }) => {
    const { pass, state, storage } = createLane();
    await pass({ fails: [1, 31] });
    expect(state).toMatchObject({ checkpoint: 0, settled: 0 });
    expect(await pass(parts)).toEqual(calls);
    const count = (parts.source ?? records).length;
    expect(state).toMatchObject({ checkpoint: count, settled: count });
    expect(await storage.get("taken-ahead")).toBeUndefined();
    expect(await storage.get("batch-cuts")).toBeUndefined();
  });

  test("what a filter let through only later is sent, and nothing else", async () => {
    const { pass } = createLane();
    await pass({ fails: [2], keeps: (n) => n % 2 === 0 });
    const sent = (await pass()).flat();
    expect(sent).toEqual([...numbers(1, 20), ...numbers(21, 60).filter((n) => n % 2 === 1)]);
  });

  test("records that go alone are not repeated either", async () => {
    const { pass, state } = createLane();
    await pass({ maxBatchSize: 1, fails: [3, 30] });
    expect(state.checkpoint).toBe(2);
    expect(await pass({ maxBatchSize: 1 })).toEqual([[3], [30]]);
    expect(state).toMatchObject({ checkpoint: 60, settled: 60 });
  });

  test("it holds over many passes, also when the gap moves", async () => {
    const { pass, state } = createLane();
    const sent = [];
    for (const fails of [[1, 11, 41], [1, 41], [41], [41], []]) sent.push(await pass({ fails }));
    expect(sent).toEqual([
      [numbers(1, 10), numbers(11, 20), numbers(21, 30), numbers(31, 40), numbers(41, 50), numbers(51, 60)],
      [numbers(1, 10), numbers(11, 20), numbers(41, 50)],
      [numbers(1, 10), numbers(41, 50)],
      [numbers(41, 50)],
      [numbers(41, 50)],
    ]);
    expect(state).toMatchObject({ checkpoint: 60, settled: 60 });
  });

  test.for([
    {
      name: "refused",
      error: (batch: LogBatch) => new RecordsRejectedError("400", { records: batch.slice(4, 5) }),
      left: [5],
    },
    {
      name: "left",
      error: (batch: LogBatch) => new RetryableError("down", { records: batch.slice(6) }),
      left: [7, 8, 9, 10],
    },
    { name: "unknown", error: () => new Error("?"), left: numbers(1, 10) },
  ])("of a batch of which some are $name, just those are sent", async ({ error, left }) => {
    const { pass, state } = createLane();
    await pass({
      behaviour: (batch) => {
        if (batch[0] === records[0]) throw error(batch);
      },
    });
    expect(state.checkpoint).toBe(0);
    expect(await pass()).toEqual([left]);
    expect(state).toMatchObject({ checkpoint: 60, settled: 60 });
  });

  test("what is left of a batch goes out alone, as it did before", async () => {
    const { pass } = createLane();
    await pass({
      behaviour: (batch) => {
        if (batch[0] === records[0]) throw new RetryableError("down", { records: batch.slice(4, 6) });
        if (batch[0] === records[10]) throw new RetryableError("down");
      },
    });
    expect(await pass()).toEqual([numbers(5, 6), numbers(11, 20)]);
  });

  test("everything is sent again where the checkpoint has moved back", async () => {
    const { pass, state } = createLane();
    await pass({ fails: [21] });
    expect(state.checkpoint).toBe(20);
    state.checkpoint = 10;
    expect((await pass()).flat()).toEqual(numbers(11, 60));
  });

  test("nothing is written for it before the end, and at the end once", async () => {
    const { pass, storage } = createLane();
    const seen: unknown[] = [];
    await pass({ fails: [1], behaviour: () => void seen.push(storage.get("taken-ahead")) });
    expect(await Promise.all(seen)).toEqual(Array(6).fill(undefined));
    expect(await storage.get("taken-ahead")).toBeDefined();
  });

  test("what cannot be written is sent again", async () => {
    const { pass, storage } = createLane();
    const { set } = storage;
    storage.set = (key, value) =>
      key === "taken-ahead" ? Promise.reject(new Error("disk full")) : set(key, value);
    await pass({ fails: [1] });
    storage.set = set;
    expect((await pass()).flat()).toEqual(numbers(1, 60));
  });
});
