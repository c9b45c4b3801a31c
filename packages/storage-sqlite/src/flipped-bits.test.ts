import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { ParkedRecords } from "@loghook/pipeline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  changedParked,
  filledStorages,
  openDamaged,
  openDamagedBeside,
  parkedOf,
} from "./damaged-storage.test-kit.ts";
import { knownIn, lane, uidOf } from "./settlement.test-kit.ts";

let filled: Awaited<ReturnType<typeof filledStorages>>;
beforeAll(async () => {
  filled = await filledStorages();
});
afterAll(() => filled.remove());

describe("a flipped bit", () => {
  test("in a parked record: it is named at the start, told of in its place, and can be discarded; all else survives", async () => {
    await using opened = await openDamaged(filled.closed, (file) =>
      replaceBytes(file, "Wrong password 3", "Wrong qassword 3"),
    );
    const { storage } = opened;
    const { uid } = parkedOf(3);
    expect(opened.said).toEqual([
      { level: "error", fields: { parked: { lane, uid } }, message: "The disk has changed a parked record." },
    ]);
    expect(await storage.parked.list()).toEqual([changedParked({ lane, uid }), parkedOf(4)]);
    expect(await storage.parked.list({ uid })).toEqual([changedParked({ lane, uid })]);
    expect(await storage.parked.list({ lane, limit: 1 })).toEqual([changedParked({ lane, uid })]);
    expect(await storage.parked.count(lane)).toBe(2);
    expect(await storage.parked.remove(lane, [uid])).toBe(1);
    expect(await storage.parked.list()).toEqual([parkedOf(4)]);
    expect(await storage.parked.count()).toBe(1);
    expect(await storage.client(lane).get("checkpoint")).toBe(uidOf(2));
    expect(knownIn(await storage.ledger?.read(lane), 2)).toEqual([1, 2]);
  });

  test("in a time that no program can read: the start and the list go on", async () => {
    await using opened = await openDamaged(filled.closed, (file) => {
      using database = new DatabaseSync(file);
      database.exec(`UPDATE parked_record SET parked_at = ${2n ** 62n} WHERE uid = '${uidOf(3)}'`);
    });
    expect(opened.said).toMatchObject([{ fields: { parked: { uid: uidOf(3) } } }]);
    await expectOneChanged(opened.storage.parked, "the time");
  });

  test("in a parked record: parked again, it is sound", async () => {
    await using opened = await openDamaged(filled.closed, (file) =>
      replaceBytes(file, "Wrong password 3", "Wrong qassword 3"),
    );
    const { parked } = opened.storage;
    expect(await parked.add(parkedOf(3), { atMost: 2 })).toBe(true);
    expect(await parked.list()).toEqual([parkedOf(3), parkedOf(4)]);
  });

  test("in any byte of a parked record: a guest is given the others, and removes this one", async () => {
    const bytes = readFileSync(join(filled.closed, "loghook.db"));
    const begin = bytes.indexOf(lane + parkedOf(3).uid);
    const end = bytes.indexOf(parkedOf(3).record, begin) + parkedOf(3).record.length;
    expect(begin, "where the row of a parked record begins").toBeGreaterThan(0);
    for (let position = begin; position < end; position += 3) {
      await using opened = await openDamagedBeside(filled.closed, (file) => flipBit(file, position));
      await expectOneChanged(opened.storage.parked, `at ${position - begin} of ${end - begin}`);
    }
  });

  test("in a run: the history shows it, and nothing else goes by it", async () => {
    await using opened = await openDamaged(filled.closed, (file) =>
      replaceBytes(file, "succeeded", "sucteeded"),
    );
    const { storage } = opened;
    expect(await storage.runs.list()).toHaveLength(1);
    expect(await storage.client(lane).get("checkpoint")).toBe(uidOf(2));
    expect(await storage.parked.list()).toEqual([parkedOf(3), parkedOf(4)]);
  });

  test("in any byte that says something: nothing is given out that was not written", {
    timeout: 30_000,
  }, async () => {
    const bytes = readFileSync(join(filled.closed, "loghook.db"));
    const positions = [...bytes.keys()].filter((position) => bytes[position] !== 0);
    let told = 0;
    for (let index = 0; index < positions.length; index += Math.ceil(positions.length / 80)) {
      if ((await whatIsLeft(positions[index] ?? 0)) === "told") told++;
    }
    expect(told).toBeGreaterThan(20);
  });
});

/** One of the two that are parked, where the other is `parkedOf(4)`. */
async function expectOneChanged(parked: ParkedRecords, where: string): Promise<void> {
  const listed = await parked.list();
  const changed = listed.find(({ record }) => record === "null");
  if (!changed) throw new Error(`None of the parked records is told to be changed: ${where}.`);
  expect(changed, where).toEqual(changedParked(changed));
  expect(listed, where).toHaveLength(2);
  expect(listed, where).toContainEqual(parkedOf(4));
  expect(await parked.list(changed), where).toEqual([changed]);
  expect(await parked.count(), where).toBe(2);
  expect(await parked.remove(changed.lane, [changed.uid]), where).toBe(1);
  expect(await parked.list(), where).toEqual([parkedOf(4)]);
  expect(await parked.count(), where).toBe(1);
}

function flipBit(file: string, position: number): void {
  const bytes = readFileSync(file);
  bytes.writeUInt8(bytes.readUInt8(position) ^ (1 << (position % 8)), position);
  writeFileSync(file, bytes);
}

function replaceBytes(file: string, from: string, to: string): void {
  const bytes = readFileSync(file);
  const at = bytes.indexOf(from);
  expect(at, `${from} in the file`).toBeGreaterThan(0);
  bytes.write(to, at, "latin1");
  writeFileSync(file, bytes);
}

async function whatIsLeft(position: number): Promise<"told" | "nothing is wrong"> {
  try {
    await using opened = await openDamaged(filled.closed, (file) => flipBit(file, position));
    const { storage, said } = opened;
    expect([position, await storage.client(lane).get("checkpoint")]).toEqual([position, uidOf(2)]);
    const known = knownIn(await storage.ledger?.read(lane), 2);
    if (known.length < 2) expect(said, `at ${position}`).not.toEqual([]);
    const listed = await storage.parked.list();
    const uids = listed.map(({ uid }) => uid).sort();
    expect(uids, `at ${position}`).toEqual([uidOf(3), uidOf(4)]);
    for (const one of listed) {
      const isTold = JSON.stringify(said).includes(one.uid);
      const written = one.uid === uidOf(3) ? parkedOf(3) : parkedOf(4);
      expect(one, `at ${position}`).toEqual(isTold ? changedParked(one) : written);
    }
    return said.length > 0 ? "told" : "nothing is wrong";
  } catch (error) {
    expect(error, `at ${position}`).toMatchObject({ code: "STORAGE_UNUSABLE" });
    return "told";
  }
}
