import { setImmediate as turn } from "node:timers/promises";
import { manualClock, testBatch, testRecord, testSettings } from "@loghook/testkit";
import { expect, test } from "vitest";
import type { Delivery, Exporter, LogBatch, Processor, Receiver } from "../component.ts";
import { ComponentError, RecordsRejectedError, RetryableError, StorageError } from "../errors.ts";
import { changedRecord } from "../otel/changed-record.ts";
import type { Storage } from "../storage.ts";
import { heldToContract, type OwnComponent } from "./own-component.ts";

const batch = testBatch(3);
const disposable = { async [Symbol.asyncDispose]() {} };

function held<Component>(kind: OwnComponent["kind"], made: object, settings = testSettings()): Component {
  const component = { kind, owner: `${kind} mine of ./mine.mjs`, origin: "./mine.mjs", settings };
  return heldToContract({ ...disposable, ...made }, component) as Component;
}

/** Whatever it is: own code throws anything. */
const throwing = (thrown: unknown) => () => {
  throw thrown;
};

async function exportWith(exporting: () => unknown, signal = new AbortController().signal): Promise<unknown> {
  const exporter = held<Exporter>("exporter", { export: exporting });
  return await exporter.export(batch, { signal }).catch((error: unknown) => error);
}

test.for<[unknown, string]>([
  [new TypeError("fetch failed"), "fetch failed."],
  ["no way", "no way."],
  [undefined, "it threw undefined, which says nothing."],
])("an export that fails with %o is to be tried again, and names the exporter", async ([thrown, reason]) => {
  for (const exporting of [throwing(thrown), () => Promise.reject(thrown)]) {
    const error = await exportWith(exporting);
    expect(error).toBeInstanceOf(RetryableError);
    expect(error).toMatchObject({
      message: `The exporter mine of ./mine.mjs failed: ${reason}`,
      remedy: "Look into ./mine.mjs.",
      records: undefined,
    });
  }
});

test("an export that fails with an error of ours fails with it", async () => {
  for (const error of [
    new RetryableError("later", { records: batch.slice(1) }),
    new RecordsRejectedError("no", { records: batch.slice(1) }),
  ])
    expect(await exportWith(throwing(error))).toBe(error);
});

test("an export that does not end is told after five minutes, and not when it has ended or was broken off", async () => {
  const clock = manualClock();
  const warnings: unknown[] = [];
  const logger = { debug() {}, info() {}, error() {}, warn: (fields: object) => void warnings.push(fields) };
  const silent = Promise.withResolvers<void>();
  const settings = testSettings({ id: "mine", clock, logger });
  const exporter = held<Exporter>("exporter", { export: () => silent.promise }, settings);
  const abort = new AbortController();
  const exporting = exporter.export(batch, { signal: new AbortController().signal });
  void exporter.export(batch, { signal: abort.signal });
  abort.abort();
  await turn();
  clock.advance(299_999);
  await turn();
  expect(warnings).toEqual([]);
  clock.advance(1);
  await turn();
  expect(warnings).toEqual([{ exporter: "mine" }]);

  silent.resolve();
  await exporting;
  await exporter.export(batch, { signal: new AbortController().signal });
  clock.advance(600_000);
  await turn();
  expect(warnings).toHaveLength(1);
});

const process = (processing: (given: LogBatch) => unknown) =>
  held<Processor>("processor", { process: processing }).process(batch);

test("a processor's result is checked, and what it throws is told, under its name", async () => {
  expect(await process((given) => given.slice(1))).toEqual(batch.slice(1));
  const faults = [
    [() => undefined, "The processor mine of ./mine.mjs returned nothing instead of a list of records."],
    [(given: LogBatch) => given.toReversed(), "The processor mine of ./mine.mjs returned the record"],
    // The list that it got is its own to change.
    [(given: ReturnType<typeof testBatch>) => given.reverse(), "after records that come later"],
    [throwing(new TypeError("x is undefined")), "The processor mine of ./mine.mjs failed: x is undefined."],
    [() => Promise.reject(null), "The processor mine of ./mine.mjs failed: it threw null"],
  ] as const;
  for (const [processing, message] of faults) {
    const processed = process(processing as never);
    await expect(processed).rejects.toThrow(ComponentError);
    await expect(processed).rejects.toThrow(message);
  }
});

test("a processor without anything to dispose of can be disposed of", async () => {
  const processor = heldToContract(
    { process: (given: LogBatch) => given },
    { kind: "processor", owner: "processor mine", origin: "./mine.mjs", settings: testSettings() },
  ) as Processor & AsyncDisposable;
  await expect(processor[Symbol.asyncDispose]()).resolves.toBeUndefined();
});

async function readAll(receive: () => unknown): Promise<Delivery[]> {
  const receiver = held<Receiver>("receiver", { receive });
  const options = { signal: new AbortController().signal, lane: "logs/mine/out", follow: false };
  const deliveries = [];
  for await (const delivery of receiver.receive(options)) deliveries.push(delivery);
  return deliveries;
}

test("a receiver's deliveries come as they are", async () => {
  const acked: unknown[] = [];
  const delivery = { batch, caughtUp: true, ack: async (count?: number) => void acked.push(count) };
  const [got] = await readAll(async function* () {
    yield delivery;
  });
  expect(got).toMatchObject({ batch, caughtUp: true });
  await got?.ack(2);
  await got?.ack();
  expect(acked).toEqual([2, undefined]);
});

test("a receiver that is left early is ended", async () => {
  const ended: string[] = [];
  const receiver = held<Receiver>("receiver", {
    async *receive() {
      try {
        for (;;) yield { batch, caughtUp: true, ack: async () => {} };
      } finally {
        ended.push("mine");
      }
    },
  });
  const options = { signal: new AbortController().signal, lane: "logs/mine/out", follow: false };
  for await (const _delivery of receiver.receive(options)) break;
  expect(ended).toEqual(["mine"]);
});

test.for<[string, () => unknown, string]>([
  ["throws at once", throwing("no source"), "no source."],
  [
    "throws later",
    // biome-ignore lint/correctness/useYield: it does not come to that
    async function* () {
      throw undefined;
    },
    "it threw undefined, which says nothing.",
  ],
  ["gives no list", () => [{ batch: testRecord(1), ack() {} }], "It gave something that is no delivery"],
  ["gives no records", () => [{ batch: [{ log_id: 1 }], ack() {} }], "It gave something that is no delivery"],
  ["gives no ack", () => [{ batch }], "It gave something that is no delivery"],
])("a receiver that %s is named", async ([, receive, reason]) => {
  const reading = readAll(receive);
  await expect(reading).rejects.toThrow(ComponentError);
  await expect(reading).rejects.toThrow(`The receiver mine of ./mine.mjs failed: ${reason}`);
});

test("a receiver that ends is named when it was to follow, and was not stopped", async () => {
  const receiver = held<Receiver>("receiver", { receive: () => [] });
  const options = { signal: new AbortController().signal, lane: "logs/mine/out", follow: true };
  const read = (signal: AbortSignal) =>
    receiver
      .receive({ ...options, signal })
      [Symbol.asyncIterator]()
      .next();
  await expect(read(options.signal)).rejects.toThrow("The receiver mine of ./mine.mjs failed: It has ended,");
  await expect(read(AbortSignal.abort())).resolves.toMatchObject({ done: true });
});

test("a receiver that cannot keep a checkpoint is named", async () => {
  const [delivery] = await readAll(() => [{ batch, caughtUp: true, ack: throwing(new Error("disk full")) }]);
  await expect(delivery?.ack()).rejects.toThrow("The receiver mine of ./mine.mjs failed: disk full.");
});

test("a storage that fails is named, whatever was asked of it", async () => {
  const fail = throwing(new Error("no connection"));
  const storage = held<Storage>("storage", {
    client: (owner: string) => (owner === "broken" ? fail() : { get: fail, set: fail, delete: fail }),
    runs: { save: fail, list: fail },
    parked: { add: fail, list: fail, count: fail, remove: fail },
    ledger: { note: fail, read: fail },
  });
  const client = storage.client("lane");
  for (const asking of [
    client.get("a"),
    client.set("a", "b"),
    client.delete("a"),
    storage.runs.list(),
    storage.parked.list(),
    storage.parked.count(),
    storage.parked.remove("lane", []),
    storage.ledger?.read("lane"),
    Promise.try(() => storage.ledger?.note("lane", [])),
    Promise.try(() => storage.client("broken")),
  ]) {
    await expect(asking).rejects.toThrow(StorageError);
    await expect(asking).rejects.toThrow("The storage mine of ./mine.mjs failed: no connection.");
  }
});

test("an exporter that takes its list apart delivers what was in it, whatever the attempt", async () => {
  const lists: number[] = [];
  const exporter = held<Exporter>("exporter", {
    async export(given: LogBatch[number][]) {
      lists.push(given.length);
      given.length = 0;
      if (lists.length === 1) throw new Error("down");
    },
  });
  const { signal } = new AbortController();
  await expect(exporter.export(batch, { signal })).rejects.toThrow(RetryableError);
  await exporter.export(batch, { signal });
  expect(lists).toEqual([3, 3]);
});

test.for([undefined, 7, ""])("a receiver whose records have the uid %o is named", async (value) => {
  const record = changedRecord(testRecord(1), { attributes: { "log.record.uid": value as never } });
  await expect(readAll(() => [{ batch: [record], caughtUp: true, ack: async () => {} }])).rejects.toThrow(
    "It gave a record without a text as log.record.uid.",
  );
});

test("a storage that notes later is named, and what becomes of it ends nothing", () => {
  const note = () => Promise.reject(new Error("no connection"));
  const storage = held<Storage>("storage", { client() {}, runs: {}, parked: {}, ledger: { note } });
  expect(() => storage.ledger?.note("lane", [])).toThrow(StorageError);
});

test("a storage without a ledger has none", () => {
  expect(held<Storage>("storage", { client() {}, runs: {}, parked: {}, ledger: undefined }).ledger).toBe(
    undefined,
  );
});

async function listed({ list }: Receiver): Promise<LogBatch[]> {
  const batches: LogBatch[] = [];
  const options = { from: 0, to: 1, signal: new AbortController().signal };
  for await (const each of list?.(options) ?? []) batches.push(each);
  return batches;
}

test("what only some components can do is there where it is, and fails as theirs", async () => {
  const fail = throwing(new Error("not now"));
  const plain = held<Receiver>("receiver", { receive() {} });
  expect([plain.list, plain.passed, held<Processor>("processor", { process() {} }).explain]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);

  const able = held<Receiver>("receiver", {
    receive() {},
    list: async function* () {
      yield batch;
    },
    passed: async () => () => true,
  });
  expect(await listed(able)).toEqual([batch]);
  expect((await able.passed?.("lane"))?.(testRecord(1))).toBe(true);
  expect(
    held<Processor>("processor", { process() {}, explain: () => "too old" }).explain?.(testRecord(1)),
  ).toBe("too old");

  const broken = held<Receiver>("receiver", { receive() {}, list: () => ["nothing"], passed: fail });
  await expect(listed(broken)).rejects.toThrow("It listed something that is no batch of records.");
  await expect(broken.passed?.("lane")).rejects.toThrow("The receiver mine of ./mine.mjs failed: not now.");
  const odd = held<Receiver>("receiver", { receive() {}, passed: () => "yes" });
  await expect(odd.passed?.("lane")).rejects.toThrow("What its passed resolves with is no function.");
  const later = held<Receiver>("receiver", { receive() {}, passed: () => fail });
  const hasPassed = await later.passed?.("lane");
  expect(() => hasPassed?.(testRecord(1))).toThrow("The receiver mine of ./mine.mjs failed: not now.");
  const slow = held<Processor>("processor", { process() {}, explain: async () => "too old" });
  expect(() => slow.explain?.(testRecord(1))).toThrow("What its explain says is no text.");
  const mute = held<Processor>("processor", { process() {}, explain: fail });
  expect(() => mute.explain?.(testRecord(1))).toThrow("The processor mine of ./mine.mjs failed: not now.");
});
