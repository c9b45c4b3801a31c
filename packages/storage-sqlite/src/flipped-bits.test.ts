import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { filledStorages, openDamaged, parkedOf } from "./damaged-storage.test-kit.ts";
import { knownIn, lane, uidOf } from "./settlement.test-kit.ts";

let filled: Awaited<ReturnType<typeof filledStorages>>;
beforeAll(async () => {
  filled = await filledStorages();
});
afterAll(() => filled.remove());

describe("a flipped bit", () => {
  test("in a parked record: it is named at the start, never given out, and can be discarded; all else survives", async () => {
    await using opened = await openDamaged(filled.closed, (file) =>
      replaceBytes(file, "Wrong password 3", "Wrong qassword 3"),
    );
    const { storage } = opened;
    const { uid } = parkedOf(3);
    expect(opened.said).toEqual([
      { level: "error", fields: { parked: { lane, uid } }, message: "The disk has changed a parked record." },
    ]);
    await expect(storage.parked.list()).rejects.toMatchObject({
      code: "STORAGE_UNUSABLE",
      message: `The parked record ${uid} of ${lane} is not the one that was written: the disk has changed it.`,
      remedy: expect.stringContaining("discard"),
    });
    expect(await storage.parked.list({ uid: parkedOf(4).uid })).toEqual([parkedOf(4)]);
    expect(await storage.parked.remove(lane, [uid])).toBe(1);
    expect(await storage.parked.list()).toEqual([parkedOf(4)]);
    expect(await storage.client(lane).get("checkpoint")).toBe(uidOf(2));
    expect(knownIn(await storage.ledger?.read(lane), 2)).toEqual([1, 2]);
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

function replaceBytes(file: string, from: string, to: string): void {
  const bytes = readFileSync(file);
  const at = bytes.indexOf(from);
  expect(at, `${from} in the file`).toBeGreaterThan(0);
  bytes.write(to, at, "latin1");
  writeFileSync(file, bytes);
}

async function whatIsLeft(position: number): Promise<"told" | "nothing is wrong"> {
  try {
    await using opened = await openDamaged(filled.closed, (file) => {
      const bytes = readFileSync(file);
      bytes.writeUInt8(bytes.readUInt8(position) ^ (1 << (position % 8)), position);
      writeFileSync(file, bytes);
    });
    const { storage, said } = opened;
    expect([position, await storage.client(lane).get("checkpoint")]).toEqual([position, uidOf(2)]);
    const known = knownIn(await storage.ledger?.read(lane), 2);
    if (known.length < 2) expect(said, `at ${position}`).not.toEqual([]);
    if (said.length > 0) return "told";
    expect([position, ...(await storage.parked.list())]).toEqual([position, parkedOf(3), parkedOf(4)]);
    return "nothing is wrong";
  } catch (error) {
    expect(error, `at ${position}`).toMatchObject({ code: "STORAGE_UNUSABLE" });
    return "told";
  }
}
