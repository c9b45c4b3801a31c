import { manualClock, memoryExporter, memoryStorage, testBatch, testRecord } from "@loghook/testkit";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { describe, expect, test } from "vitest";
import type { LogBatch, OnRejected } from "./component.ts";
import {
  BatchTooLargeError,
  DestinationRefusedError,
  RecordsRejectedError,
  RetryableError,
  StorageError,
} from "./errors.ts";
import { changedRecord } from "./otel/changed-record.ts";
import { type ParkingOptions, parking } from "./parking.ts";
import { recordFromText } from "./record-text.ts";
import { loadRefusalStreak, noStreak } from "./refusal-streak.ts";
import { splitting } from "./splitting.ts";
import type { ParkedRecord } from "./storage.ts";
import type { PipelineEvent } from "./telemetry.ts";

const uid = (record: ReadableLogRecord): string => String(record.attributes["log.record.uid"]);
const signal = new AbortController().signal;
const lane = "logs/auth0/webhook";

function setUp(behaviour: (batch: LogBatch) => void, overrides: Partial<ParkingOptions> = {}) {
  const { parked: store } = memoryStorage();
  const exporter = memoryExporter(behaviour);
  const events: PipelineEvent[] = [];
  const aside: string[] = [];
  const clock = manualClock();
  const parked = parking(exporter, {
    lane,
    store,
    streak: noStreak,
    clock,
    emit: (event) => events.push(event),
    onSetAside: (record, as) => aside.push(`${uid(record)} ${as}`),
    ...overrides,
  });
  const send = (batch: LogBatch): Promise<void> => splitting(parked).export(batch, { signal });
  return { store, exporter, events, aside, clock, send };
}

/** Refuses a request that holds one of these. */
const refusing =
  (...poison: readonly ReadableLogRecord[]) =>
  (records: LogBatch): void => {
    if (!records.some((record) => poison.includes(record))) return;
    throw new RecordsRejectedError("POST /hook was answered with 422: bad type.", {
      records,
      remedy: "Look at the type.",
      answer: "422 bad type",
    });
  };

describe("a record that is refused also alone", () => {
  test("is kept with all that is needed to find out why and to send it again", async () => {
    const batch = testBatch(100);
    const poison = batch[41] as ReadableLogRecord;
    const { store, exporter, clock, send, aside } = setUp(refusing(poison));
    await send(batch);
    expect(exporter.taken).toEqual(batch.filter((record) => record !== poison).map(uid));
    const [parked, ...others] = await store.list();
    expect(others).toEqual([]);
    expect(parked).toMatchObject({
      lane,
      uid: uid(poison),
      parkedAt: clock.now(),
      reason: "POST /hook was answered with 422: bad type.",
      remedy: "Look at the type.",
      answer: "422 bad type",
      // In a batch of 100, 50, 25, 13, 7, 4 and 2, and alone: as many requests with it were refused.
      attempts: exporter.calls.filter((call) => call.includes(poison)).length,
    });
    expect(recordFromText(parked?.record ?? "").body).toEqual(poison.body);
    expect(aside).toEqual([`${uid(poison)} parked`]);
  });

  test("is told, with how many the lane has parked", async () => {
    const [one, two] = [testRecord(1), testRecord(2)];
    const { events, send } = setUp(refusing(one, two));
    await send([one]);
    await send([two]);
    expect(events).toMatchObject([
      { type: "records.parked", lane, batch: [one], parked: 1 },
      { type: "records.parked", lane, batch: [two], parked: 2 },
    ]);
  });

  test("counts as refused, too, where it is too large all alone", async () => {
    const { store, send } = setUp(() => {
      throw new BatchTooLargeError("answered with 413");
    });
    await send([testRecord(1)]);
    expect(await store.list()).toMatchObject([{ reason: "answered with 413", attempts: 1 }]);
  });

  test("is found where the error names it among others, without another request", async () => {
    const batch = testBatch(3);
    const { exporter, store, send } = setUp((records) => {
      throw new RecordsRejectedError("no", { records: records.slice(1, 2) });
    });
    await send(batch);
    expect(exporter.calls).toHaveLength(1);
    expect(await store.list()).toMatchObject([{ uid: uid(batch[1] as ReadableLogRecord) }]);
  });

  test("is kept with the beginning of what is said of it, however long that is", async () => {
    const long = "x".repeat(1_000_000);
    const { store, send } = setUp((records) => {
      throw new RecordsRejectedError(long, { records, remedy: long, answer: long });
    });
    await send([testRecord(1)]);
    const [{ reason, remedy, answer } = {}] = await store.list();
    for (const text of [reason, remedy, answer]) expect(text).toMatch(/^x{4000}…$/);
  });

  test("is not settled when it cannot be kept", async () => {
    const { parked } = memoryStorage();
    const add = () => Promise.reject(new StorageError("The disk is full."));
    const { send, aside, events } = setUp(refusing(testRecord(1)), { store: { ...parked, add } });
    const record = testRecord(1);
    const parkedNever = setUp(refusing(record), { store: { ...parked, add } });
    await expect(parkedNever.send([record])).rejects.toThrow("The disk is full.");
    expect([parkedNever.aside, parkedNever.events, aside, events]).toEqual([[], [], [], []]);
    await expect(send([testRecord(2)])).resolves.toBeUndefined();
  });
});

test("what gets through after all is parked no longer, also when another pass parked it", async () => {
  const batch = testBatch(4);
  const [, second, third] = batch as [ReadableLogRecord, ReadableLogRecord, ReadableLogRecord];
  const { store, send } = setUp(refusing(second, third));
  await send(batch);
  await store.add({ ...((await store.list())[0] as ParkedRecord), lane: "another" }, { atMost: 10 });
  const naming = setUp(
    () => {
      throw new RecordsRejectedError("no", { records: [third] });
    },
    { store },
  );
  await naming.send(batch);
  expect((await store.list({ lane })).map((parked) => parked.uid)).toEqual([uid(third)]);
  expect((await store.list({ lane: "another" })).map((parked) => parked.uid)).toEqual([uid(second)]);
  await setUp(() => {}, { store }).send(batch);
  expect((await store.list()).map((parked) => parked.lane)).toEqual(["another"]);
});

test("a record of which no JSON can be written is refused with a sentence, and its neighbours arrive", async () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  const [good, bad, big] = [
    testRecord(1),
    changedRecord(testRecord(2), { body: circle as never }),
    changedRecord(testRecord(3), { body: { n: 12345678901234567890n } as never }),
  ];
  const { store, exporter, send } = setUp(refusing(bad, big));
  await expect(send([good, bad, big])).rejects.toMatchObject({
    code: "RECORDS_REJECTED",
    records: [bad],
    message: expect.stringContaining("no JSON can be written of it"),
  });
  expect(exporter.taken).toEqual([uid(good)]);
  expect(recordFromText((await store.list())[0]?.record ?? "").body).toEqual({ n: "12345678901234567890" });
});

test("what was delivered is delivered, also when the storage cannot be tidied up after it", async () => {
  const { parked } = memoryStorage();
  const fail = () => Promise.reject(new StorageError("damaged"));
  const record = testRecord(1);
  await setUp(refusing(record), { store: parked }).send([record]);
  expect(await parked.count()).toBe(1);
  for (const broken of [{ list: fail }, { remove: fail }]) {
    const { send, exporter } = setUp(() => {}, { store: { ...parked, ...broken } });
    await send(testBatch(3));
    expect(exporter.taken).toHaveLength(3);
  }
});

test("what is refused among others, or fails, is left to others", async () => {
  const failures = [
    new RetryableError("down"),
    new DestinationRefusedError("401"),
    new RecordsRejectedError("no", { records: testBatch(2) }),
    new BatchTooLargeError("413"),
  ];
  for (const failure of failures) {
    const { store } = setUp(() => {});
    const exporter = memoryExporter(() => {
      throw failure;
    });
    const options = { lane, store, streak: noStreak, clock: manualClock(), emit() {}, onSetAside() {} };
    await expect(parking(exporter, options).export(testBatch(2), { signal })).rejects.toBe(failure);
    expect(await store.count()).toBe(0);
  }
});

describe("on_rejected", () => {
  test.for<[OnRejected, string[]]>([
    ["park", ["records.parked"]],
    ["drop", ["records.dropped"]],
  ])("%s lets the others go on, and says so", async ([onRejected, told]) => {
    const batch = testBatch(4);
    const { store, exporter, events, send } = setUp(refusing(batch[2] as ReadableLogRecord), { onRejected });
    await send(batch);
    expect(exporter.taken).toHaveLength(3);
    expect(events.map(({ type }) => type)).toEqual(told);
    expect(await store.count()).toBe(onRejected === "park" ? 1 : 0);
  });

  test("block rejects with the record, says how to get on, and keeps nothing", async () => {
    const batch = testBatch(4);
    const { store, exporter, send } = setUp(refusing(batch[1] as ReadableLogRecord), { onRejected: "block" });
    const error = await send(batch).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(RecordsRejectedError);
    expect(error).toMatchObject({
      records: [batch[1]],
      remedy: "Look at the type. With on_rejected: park the others would go on.",
    });
    expect(exporter.taken).toHaveLength(3);
    expect(await store.count()).toBe(0);
  });
});

test("a lane that has parked max_parked fails before the next such record until there is room, and never drops", async () => {
  const batch = testBatch(3);
  const { store, send, aside } = setUp(refusing(...batch), { maxParked: 2 });
  const error = await send(batch).catch((caught: unknown) => caught);
  expect(error).toMatchObject({
    code: "RECORDS_REJECTED",
    records: batch.slice(2),
    message: expect.stringContaining("parked 2 entries, which is max_parked"),
    remedy: expect.stringContaining("loghook parked"),
  });
  expect(aside).toHaveLength(2);
  // The same one again takes its own place.
  await send(batch.slice(0, 1));
  await store.remove(lane, [uid(batch[0] as ReadableLogRecord)]);
  await send(batch.slice(2));
  expect((await store.list()).map((parked) => parked.uid)).toEqual(batch.slice(1).map(uid));
});

describe("a destination that refuses everything", () => {
  const everything = (records: LogBatch): void => {
    throw new RecordsRejectedError("answered with 400", { records });
  };

  const streakOf = (length: number) => {
    const storage = memoryStorage().client("lane");
    return storage.set("refusal-streak", String(length)).then(() => loadRefusalStreak(storage));
  };

  test("fills no store: after a hundred records, each on its own, it is the destination that is refused", async () => {
    const { store, send } = setUp(everything, { streak: await streakOf(0) });
    const error = await send(testBatch(500)).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(DestinationRefusedError);
    expect((error as Error).message).toContain("refuse everything");
    expect((error as DestinationRefusedError).remedy).toContain("max_rejected_in_row");
    expect(await store.count()).toBe(100);
  });

  test("is known from one process to the next", async () => {
    const storage = memoryStorage().client("lane");
    const parkedByRun: number[] = [];
    for (let run = 0; run < 3; run++) {
      const { store, send } = setUp(everything, {
        streak: await loadRefusalStreak(storage),
        maxRejectedInRow: 7,
      });
      await send(testBatch(5, 1 + run * 5)).catch(() => {});
      parkedByRun.push(await store.count());
    }
    expect(parkedByRun).toEqual([5, 2, 0]);
  });

  test("may be let go on, by who knows that it is right", async () => {
    const { store, send } = setUp(everything, { streak: await streakOf(100), maxRejectedInRow: 0 });
    await send(testBatch(150));
    expect(await store.count()).toBe(150);
  });

  test("is trusted again as soon as it takes something, alone or among refused ones", async () => {
    const good = testRecord(1);
    const bad = testRecord(2);
    const { store, send } = setUp(refusing(bad), { streak: await streakOf(100) });
    await send([good]);
    await send([bad]);
    expect(await store.count()).toBe(1);

    const naming = setUp(
      (records) => {
        throw new RecordsRejectedError("no", { records: records.slice(1) });
      },
      { streak: await streakOf(100) },
    );
    await naming.send([good, bad]);
    expect(await naming.store.count()).toBe(1);
  });
});
