import { cpSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import {
  type ParkedRecord,
  type Settlement,
  type Storage,
  StorageError,
  silentLogger,
  systemClock,
} from "@loghook/pipeline";
import fc from "fast-check";
import { expect } from "vitest";
import { openDatabase } from "./database-file.ts";
import { storagePaths } from "./private-files.ts";
import { openStorage, ownStorage } from "./storage.ts";

/** What a storage should hold. Keys are texts of what they are made of. */
export interface Model {
  values: Map<string, string>;
  parked: Map<string, ParkedRecord>;
  /** Of each lane, by uid, in the order of their first notes; with what is not durable yet. */
  settled: Map<string, Map<string, Settlement>>;
  /** What of it a crash leaves. */
  durable: Map<string, Map<string, Settlement>>;
}

/** A storage on which commands are tried, and the files that it has. */
export interface Subject {
  readonly folder: string;
  directory: string;
  storage: Storage;
  database: DatabaseSync;
}

type Command = fc.AsyncCommand<Model, Subject>;

export const emptyModel = (): Model => ({
  values: new Map(),
  parked: new Map(),
  settled: new Map(),
  durable: new Map(),
});

export function openSubject(folder: string, directory: string = folder): Subject {
  const paths = storagePaths(directory);
  const database = openDatabase(paths, { clock: systemClock, logger: silentLogger });
  const storage = ownStorage(database, paths, {
    directory,
    close: () => database.isOpen && database.close(),
  });
  return { folder, directory, storage, database };
}

const copyOf = (lanes: Model["settled"]): Model["settled"] =>
  new Map([...lanes].map(([lane, settled]) => [lane, new Map(settled)]));

function becameDurable(model: Model): void {
  model.durable = copyOf(model.settled);
}

function command(name: string, run: (model: Model, subject: Subject) => Promise<void>): Command {
  return { check: () => true, run, toString: () => name };
}

const keyOf = (...parts: string[]): string => JSON.stringify(parts);
const lanes = fc.constantFrom("logs/a", "logs/b");
const owners = fc.constantFrom("a", "a/b", "");
const keys = fc.constantFrom("checkpoint", "b/checkpoint", "");
const uids = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 999 }).map((n) => `900${String(n).padStart(53, "0")}`) },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 8 }) },
);
const texts = fc.string({ unit: "grapheme", maxLength: 30 });
const times = fc.integer({ min: 0, max: 3_600_000 }).map((ms) => Date.now() - ms);
const settlements = fc.array(
  fc.record({
    uid: uids,
    time: times,
    as: fc.constantFrom("delivered", "filtered", "parked", "dropped"),
    by: fc.option(texts, { nil: undefined }),
  }),
  { maxLength: 90 },
) as fc.Arbitrary<Settlement[]>;

const writes = [
  fc.tuple(owners, keys, texts).map(([owner, key, value]) =>
    command(`set ${keyOf(owner, key, value)}`, async (model, { storage }) => {
      await storage.client(owner).set(key, value);
      model.values.set(keyOf(owner, key), value);
      becameDurable(model);
    }),
  ),
  fc.tuple(owners, keys).map(([owner, key]) =>
    command(`delete ${keyOf(owner, key)}`, async (model, { storage }) => {
      await storage.client(owner).delete(key);
      model.values.delete(keyOf(owner, key));
      becameDurable(model);
    }),
  ),
  fc.tuple(lanes, settlements).map(([lane, noted]) =>
    command(`note ${lane} ${noted.length}`, async (model, { storage }) => {
      storage.ledger?.note(lane, noted);
      const settled = model.settled.get(lane) ?? new Map<string, Settlement>();
      if (noted.length > 0) model.settled.set(lane, settled);
      for (const settlement of noted) settled.set(settlement.uid, settlement);
    }),
  ),
  fc.tuple(lanes, uids, texts, fc.integer({ min: 0, max: 4 })).map(([lane, uid, text, atMost]) =>
    command(`park ${keyOf(lane, uid)} of ${atMost}`, async (model, { storage }) => {
      const parkedAt = [...model.parked.values()].length;
      const record = { lane, uid, parkedAt, reason: text, answer: text, attempts: 1, record: text };
      const key = keyOf(lane, uid);
      const ofLane = [...model.parked.values()].filter((one) => one.lane === lane).length;
      const fits = model.parked.has(key) || ofLane < atMost;
      expect(await storage.parked.add(record, { atMost })).toBe(fits);
      if (fits) model.parked.set(key, record);
      becameDurable(model);
    }),
  ),
];

async function remove(storage: Storage, model: Model, lane: string): Promise<void> {
  const uids = [...model.parked.values()].filter((record) => record.lane === lane).map(({ uid }) => uid);
  const some = uids.slice(0, 2);
  expect(await storage.parked.remove(lane, [...some, "no such"])).toBe(some.length);
  for (const uid of some) model.parked.delete(keyOf(lane, uid));
}

const removals = [
  lanes.map((lane) =>
    command(`remove ${lane}`, async (model, { storage }) => {
      await remove(storage, model, lane);
      becameDurable(model);
    }),
  ),
  lanes.map((lane) =>
    command(`a guest removes ${lane}`, async (model, { directory }) => {
      await using guest = await openStorage({ directory, beside: true });
      await remove(guest, model, lane);
    }),
  ),
];

const reads = [
  fc.constant(command("read", (model, { storage }) => expectAll(storage, model, model.settled))),
  fc.constant(
    command("a reader reads", async (model, { directory }) => {
      await using reader = await openStorage({ directory, readOnly: true });
      await expectAll(reader, model, model.durable);
    }),
  ),
];

const ends = [
  fc.constant(
    command("reopen", async (model, subject) => {
      await subject.storage[Symbol.asyncDispose]();
      becameDurable(model);
      Object.assign(subject, openSubject(subject.folder, subject.directory));
      await expectAll(subject.storage, model, model.settled);
    }),
  ),
  fc.constant(
    command("the power is cut", async (model, subject) => {
      const next = mkdtempSync(join(subject.folder, "left-"));
      for (const file of ["loghook.db", "loghook.db-wal"])
        cpSync(join(subject.directory, file), join(next, file));
      subject.database.close();
      model.settled = copyOf(model.durable);
      Object.assign(subject, openSubject(subject.folder, next));
      await expectAll(subject.storage, model, model.settled);
    }),
  ),
  fc.array(fc.tuple(owners, keys), { minLength: 1, maxLength: 4 }).map((attempts) =>
    command(`${attempts.length} writes to a full disk`, async (model, { storage, database }) => {
      const { page_count: pages } = database.prepare("PRAGMA page_count").get() ?? {};
      database.exec(`PRAGMA max_page_count = ${pages}`);
      for (const [owner, key] of attempts) {
        // Too long for what room may be left in the file.
        const rejected = expect(storage.client(owner).set(key, "x".repeat(2_000_000)));
        await rejected.rejects.toBeInstanceOf(StorageError);
      }
      database.exec("PRAGMA max_page_count = 1000000");
      await expectAll(storage, model, model.settled);
    }),
  ),
];

/** Everything that may happen to a storage. */
export const commands: fc.Arbitrary<Command>[] = [...writes, ...removals, ...reads, ...ends];

async function expectAll(storage: Storage, model: Model, settled: Model["settled"]): Promise<void> {
  for (const owner of ["a", "a/b", ""]) {
    for (const key of ["checkpoint", "b/checkpoint", ""]) {
      expect(await storage.client(owner).get(key)).toBe(model.values.get(keyOf(owner, key)));
    }
  }
  const byUid = (records: readonly ParkedRecord[]) => records.map((one) => JSON.stringify(one)).sort();
  expect(byUid(await storage.parked.list())).toEqual(byUid([...model.parked.values()]));
  for (const lane of ["logs/a", "logs/b"]) {
    const part = await storage.ledger?.read(lane);
    const expected = [...(settled.get(lane)?.values() ?? [])];
    expect(expected.map(({ uid }) => part?.get(uid))).toEqual(expected.map(({ as, by }) => ({ as, by })));
    expect(part?.get("never noted")).toBeUndefined();
    expect(part?.begin?.uid).toBe(expected[0]?.uid);
  }
}
