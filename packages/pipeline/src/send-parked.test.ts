import { memoryReceiver, memoryStorage, testRecord } from "@loghook/testkit";
import { expect, test } from "vitest";
import { z } from "zod";
import {
  defineExporter,
  defineReceiver,
  defineStorage,
  type Exporter,
  type LogBatch,
  type StorageFactory,
} from "./component.ts";
import { loadConfig } from "./config/config.ts";
import { ConfigError, RecordsRejectedError, RetryableError, StorageError } from "./errors.ts";
import { recordToText } from "./record-text.ts";
import { type SendParkedOptions, sendParked } from "./send-parked.ts";
import type { Storage } from "./storage.ts";

const none = z.strictObject({});
const uidOf = (record: LogBatch[number]): string => String(record.attributes["log.record.uid"]);
const uid = (n: number): string => uidOf(testRecord(n));

interface World {
  readonly storage: Storage;
  readonly export: Exporter["export"];
  readonly reader: StorageFactory["createReader"];
  readonly maxBatchSize: number;
}

function configOf({ storage, maxBatchSize = 10, ...parts }: Partial<World>) {
  const factories = [
    defineReceiver({ type: "in", config: none, create: () => memoryReceiver() }),
    defineExporter({
      type: "out",
      config: none,
      delivery: () => ({
        maxBatchSize,
        concurrency: 1,
        retry: { initialIntervalMs: 1, maxIntervalMs: 2, maxElapsedMs: 20 },
      }),
      create: () => ({ export: parts.export ?? (async () => {}), async [Symbol.asyncDispose]() {} }),
    }),
    defineStorage({
      type: "store",
      config: none,
      create: async () => storage ?? memoryStorage(),
      ...(parts.reader && { createReader: parts.reader }),
    }),
  ];
  const text = `
receivers: { in: }
exporters: { out: }
extensions: { store: }
service: { extensions: [store], pipelines: { logs: { receivers: [in], exporters: [out] } } }`;
  return loadConfig(text, { file: "test.yaml", factories, env: {} });
}

/** A storage in which the records with these numbers are parked. */
async function storageWith(numbers: readonly number[], lane = "logs/in/out"): Promise<Storage> {
  const storage = memoryStorage();
  for (const n of numbers) {
    const record = recordToText(testRecord(n));
    const parked = { lane, uid: uid(n), parkedAt: n, reason: "At first.", attempts: 2, record };
    await storage.parked.add(parked, { atMost: 1000 });
  }
  return storage;
}

async function send(given: Partial<World> & { storage: Storage }, options: Partial<SendParkedOptions> = {}) {
  const reader = async () => ({ ...given.storage, async [Symbol.asyncDispose]() {} });
  const config = await configOf({ reader, ...given });
  return await sendParked(config, { signal: new AbortController().signal, ...options });
}

const uidsOf = (records: readonly { readonly uid: string }[] = []): string[] => records.map(({ uid }) => uid);

test("delivers what is parked as it was, in batches, and keeps nothing of it", async () => {
  const storage = await storageWith([1, 2, 3, 4, 5]);
  const sent: LogBatch[] = [];
  const [outcome, ...others] = await send({
    storage,
    maxBatchSize: 2,
    export: async (batch) => void sent.push(batch),
  });
  expect(others).toEqual([]);
  expect(uidsOf(outcome?.delivered)).toEqual([1, 2, 3, 4, 5].map(uid));
  expect(outcome).toMatchObject({ lane: "logs/in/out", refused: [], left: [] });
  expect(sent.map((batch) => batch.length)).toEqual([2, 2, 1]);
  expect(sent.flat().map(({ body, attributes, hrTime }) => ({ body, attributes, hrTime }))).toEqual(
    [1, 2, 3, 4, 5].map((n) => {
      const { body, attributes, hrTime } = testRecord(n);
      return { body, attributes, hrTime };
    }),
  );
  expect(await storage.parked.count()).toBe(0);
});

function refusing(...numbers: number[]): Exporter["export"] {
  return async (batch) => {
    if (!batch.some((record) => numbers.map(uid).includes(uidOf(record)))) return;
    throw new RecordsRejectedError("Still not.", { records: batch, answer: "no" });
  };
}

test("what is refused again stays parked with its new reason, and its neighbours are delivered", async () => {
  const storage = await storageWith([1, 2, 3, 4]);
  const [outcome] = await send({ storage, export: refusing(2) });
  expect(uidsOf(outcome?.delivered)).toEqual([1, 3, 4].map(uid));
  expect(outcome?.refused).toMatchObject([{ uid: uid(2), reason: "Still not.", answer: "no" }]);
  const [left, ...others] = await storage.parked.list();
  expect(others).toEqual([]);
  expect(left).toMatchObject({ uid: uid(2), reason: "Still not.", record: recordToText(testRecord(2)) });
  expect(left?.attempts).toBeGreaterThan(2);
});

test("a record of which nothing can be read stays as it is, and its neighbours are delivered", async () => {
  const storage = await storageWith([1, 2]);
  const changed = {
    ...{ lane: "logs/in/out", uid: uid(3), parkedAt: 0, attempts: 0, record: "null" },
    reason: "The disk has changed it.",
  };
  await storage.parked.add(changed, { atMost: 10 });
  const [outcome] = await send({ storage });
  expect(outcome).toMatchObject({ refused: [changed], left: [] });
  expect(uidsOf(outcome?.delivered)).toEqual([1, 2].map(uid));
  expect(await storage.parked.list()).toEqual([changed]);
});

test("a storage that only lets it remove keeps the former reason, and the new one is told", async () => {
  const storage = await storageWith([1]);
  const { parked } = storage;
  const add = async (): Promise<boolean> => {
    throw new StorageError("Nobody writes here.");
  };
  const [outcome] = await send({
    storage: { ...storage, parked: { ...parked, add } },
    export: refusing(1),
  });
  expect(outcome?.refused).toMatchObject([{ reason: "Still not." }]);
  expect(await parked.list()).toMatchObject([{ reason: "At first." }]);
});

test("a destination that stays down leaves everything parked, and is tried for as long as in a run", async () => {
  const storage = await storageWith([1, 2, 3]);
  let calls = 0;
  const notices: string[] = [];
  const down = async (): Promise<void> => {
    calls += 1;
    throw new RetryableError("Nobody answers.");
  };
  const [outcome] = await send(
    { storage, export: down, maxBatchSize: 2 },
    { onRetry: (lane, { error }) => notices.push(`${lane}: ${error.message}`) },
  );
  expect(outcome).toMatchObject({ delivered: [], refused: [], error: { code: "RETRYABLE" } });
  expect(uidsOf(outcome?.left)).toEqual([1, 2, 3].map(uid));
  expect(calls).toBeGreaterThan(1);
  expect(notices).toContain("logs/in/out: Nobody answers.");
  expect(await storage.parked.count()).toBe(3);
});

test("of a batch that was taken in part, only the rest stays parked", async () => {
  const storage = await storageWith([1, 2, 3]);
  const [outcome] = await send({
    storage,
    async export(batch) {
      const records = batch.filter((record) => uidOf(record) === uid(3));
      throw new RetryableError("The third is too much for now.", { records });
    },
  });
  expect(uidsOf(outcome?.delivered)).toEqual([1, 2].map(uid));
  expect(uidsOf(await storage.parked.list())).toEqual([uid(3)]);
});

test.for([
  { what: "ids", options: { uids: [uid(2), uid(9), uid(2)] }, lane: "logs/in/out", left: [1, 3] },
  { what: "another lane", options: { lane: "logs/in/out" }, lane: "old/in/out", left: [1, 2, 3] },
])("sends nothing but what is asked for: $what", async ({ options, lane, left }) => {
  const storage = await storageWith([1, 2, 3], lane);
  await send({ storage }, options);
  expect(uidsOf(await storage.parked.list())).toEqual(left.map(uid));
});

test("what belongs to a lane that the config does not have stays parked", async () => {
  const storage = await storageWith([1], "old/in/out");
  const [outcome] = await send({ storage });
  expect(outcome).toMatchObject({ lane: "old/in/out", delivered: [], left: [{ uid: uid(1) }] });
  expect(outcome?.error).toBeUndefined();
  expect(await storage.parked.count()).toBe(1);
});

test.for([
  { what: "has nothing parked either is refused", lane: "logs/in/typo", parked: [] },
  { what: "has something parked is told of", lane: "old/in/out", parked: [uid(1)] },
])("a lane that the config does not have and that $what", async ({ lane, parked }) => {
  const sent = send({ storage: await storageWith([1], "old/in/out") }, { lane });
  const told = await sent.then((outcomes) => outcomes.flatMap(({ left }) => uidsOf(left)), String);
  expect(told).toEqual(parked.length > 0 ? parked : `ConfigError: The config has no lane ${lane}.`);
});

test("however many are refused again, each is tried once, and the others are delivered at once", async () => {
  const numbers = Array.from({ length: 250 }, (_, index) => index + 1);
  const storage = await storageWith(numbers);
  const tried = new Map<string, number>();
  const refused = new Set(numbers.slice(0, 240).map(uid));
  const [outcome] = await send({
    storage,
    maxBatchSize: 100,
    async export(batch) {
      if (!batch.some((record) => refused.has(uidOf(record)))) return;
      if (batch.length === 1) for (const id of batch.map(uidOf)) tried.set(id, (tried.get(id) ?? 0) + 1);
      throw new RecordsRejectedError("Still not.", { records: batch });
    },
  });
  expect(outcome).toMatchObject({ left: [] });
  expect(outcome?.error).toBeUndefined();
  expect(uidsOf(outcome?.delivered)).toEqual(numbers.slice(240).map(uid));
  expect([...tried.values()]).toEqual(numbers.slice(0, 240).map(() => 1));
  const kept = await storage.parked.list();
  expect(new Set(kept.map(({ reason }) => reason))).toEqual(new Set(["Still not."]));
  expect(new Set(uidsOf(kept))).toEqual(refused);
});

test("a stop leaves parked what was not taken", async () => {
  const storage = await storageWith([1]);
  const stop = new AbortController();
  const [outcome] = await send(
    {
      storage,
      async export() {
        stop.abort();
        throw new RetryableError("Cut off.");
      },
    },
    { signal: stop.signal },
  );
  expect(uidsOf(outcome?.left)).toEqual([uid(1)]);
  expect(await storage.parked.count()).toBe(1);
});

test("a storage that only its owner can open is refused", async () => {
  const config = await configOf({ storage: memoryStorage() });
  await expect(sendParked(config, { signal: new AbortController().signal })).rejects.toThrow(ConfigError);
});
