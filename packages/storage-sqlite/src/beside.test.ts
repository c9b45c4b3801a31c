import { mkdtempDisposableSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type ParkedRecord, StorageError } from "@loghook/pipeline";
import { expect, test } from "vitest";
import { run } from "./run-record.test-kit.ts";
import { knownIn, lane, settlement, uidOf } from "./settlement.test-kit.ts";
import { openStorage } from "./storage.ts";
import { startStorageProcess } from "./storage-process.test-kit.ts";

const testFolder = () => mkdtempDisposableSync(join(tmpdir(), "loghook-beside-"));
const parked = (n: number): ParkedRecord => ({
  lane,
  uid: uidOf(n),
  parkedAt: n,
  reason: "The destination answered 400.",
  attempts: 1,
  record: "{}",
});

function journalMode(directory: string): unknown {
  using database = new DatabaseSync(join(directory, "loghook.db"), { readOnly: true });
  return database.prepare("PRAGMA journal_mode").get()?.journal_mode;
}

test("a guest reads everything and removes parked records while the owner works", async () => {
  using folder = testFolder();
  const directory = folder.path;
  await using owner = await openStorage({ directory });
  for (const n of [1, 2, 3]) await owner.parked.add(parked(n), { atMost: 10 });
  owner.ledger?.note(lane, [settlement(1, Date.now())]);
  await owner.client(lane).set("checkpoint", "900");
  await owner.runs.save(run("a", 1_000));
  {
    await using guest = await openStorage({ directory, beside: true });
    expect(await guest.parked.list()).toEqual([parked(1), parked(2), parked(3)]);
    expect(await guest.client(lane).get("checkpoint")).toBe("900");
    expect(await guest.runs.list()).toMatchObject([{ id: "a", status: "running" }]);
    expect(knownIn(await guest.ledger?.read(lane), 1)).toEqual([1]);
    expect(await guest.parked.remove(lane, [uidOf(1), uidOf(3)])).toBe(2);
    await owner.parked.add(parked(4), { atMost: 10 });
    expect(await guest.parked.count()).toBe(2);
  }
  expect(await owner.parked.list()).toEqual([parked(2), parked(4)]);
  expect(journalMode(directory)).toBe("wal");
});

test("a guest may write nothing else", async () => {
  using folder = testFolder();
  await using owner = await openStorage({ directory: folder.path });
  await using guest = await openStorage({ directory: folder.path, beside: true });
  const refused = { code: "STORAGE_UNUSABLE", message: expect.stringContaining("opened beside its owner") };
  await expect(guest.client(lane).set("checkpoint", "1")).rejects.toMatchObject(refused);
  await expect(guest.client(lane).delete("checkpoint")).rejects.toMatchObject(refused);
  await expect(guest.runs.save(run("a", 1))).rejects.toMatchObject(refused);
  await expect(guest.parked.add(parked(1), { atMost: 1 })).rejects.toMatchObject(refused);
  expect(() => guest.ledger?.note(lane, [settlement(1, 1)])).toThrow(StorageError);
  expect(await owner.parked.count()).toBe(0);
});

test("a guest works without an owner, too, and leaves the files as they were", async () => {
  using folder = testFolder();
  const directory = folder.path;
  {
    await using owner = await openStorage({ directory });
    await owner.parked.add(parked(1), { atMost: 1 });
    await owner.runs.save(run("a", 1_000));
  }
  const before = [readdirSync(directory), journalMode(directory)];
  {
    await using guest = await openStorage({ directory, beside: true });
    expect(await guest.runs.list()).toMatchObject([{ status: "interrupted" }]);
    expect(await guest.parked.remove(lane, [uidOf(1)])).toBe(1);
  }
  expect([readdirSync(directory), journalMode(directory)]).toEqual(before);
  await using owner = await openStorage({ directory });
  expect(await owner.parked.count()).toBe(0);
});

test("an owner opens, works and closes beside a guest", async () => {
  using folder = testFolder();
  const directory = folder.path;
  {
    await using owner = await openStorage({ directory });
    await owner.parked.add(parked(1), { atMost: 9 });
  }
  await using guest = await openStorage({ directory, beside: true });
  for (const n of [2, 3]) {
    await using owner = await openStorage({ directory });
    await owner.parked.add(parked(n), { atMost: 9 });
    expect(await guest.parked.count()).toBe(2);
    expect(await guest.parked.remove(lane, [uidOf(n)])).toBe(1);
  }
  expect(await guest.parked.list()).toEqual([parked(1)]);
});

test("a guest that finds no storage is told, and makes none", async () => {
  using folder = testFolder();
  const directory = join(folder.path, "missing");
  await expect(openStorage({ directory, beside: true })).rejects.toMatchObject({
    code: "STORAGE_UNUSABLE",
    remedy: expect.stringContaining("loghook run"),
  });
  expect(readdirSync(folder.path)).toEqual([]);
});

test("owner and guest write as fast as they can, and neither is told that the file is locked", async () => {
  using folder = testFolder();
  const directory = folder.path;
  const count = 300;
  {
    await using owner = await openStorage({ directory });
    for (let n = 1; n <= count; n++) await owner.parked.add(parked(n), { atMost: count });
  }
  await using other = await startStorageProcess(directory);
  const working = other.settle({ lane, from: 1, to: 2_000, perCommit: 5 });
  await using guest = await openStorage({ directory, beside: true });
  for (let n = 1; n <= count; n++) expect(await guest.parked.remove(lane, [uidOf(n)])).toBe(1);
  await working;
  expect(await guest.client(lane).get("checkpoint")).toBe(uidOf(2_000));
  expect(knownIn(await guest.ledger?.read(lane), 2_000)).toHaveLength(2_000);
  expect(await guest.parked.count()).toBe(0);
});

test("a killed owner's log is read by a guest, and nothing in it is lost", async () => {
  using folder = testFolder();
  const directory = folder.path;
  {
    await using other = await startStorageProcess(directory);
    await other.settle({ lane, from: 1, to: 20, perCommit: 1 });
    await other.kill();
  }
  {
    await using guest = await openStorage({ directory, beside: true });
    expect(await guest.client(lane).get("checkpoint")).toBe(uidOf(20));
    expect(await guest.parked.remove(lane, [])).toBe(0);
  }
  await using owner = await openStorage({ directory });
  expect(await owner.client(lane).get("checkpoint")).toBe(uidOf(20));
});
