import { readFileSync, rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fill, filledStorages, openDamaged } from "./damaged-storage.test-kit.ts";
import { knownIn, lane, uidOf } from "./settlement.test-kit.ts";

let filled: Awaited<ReturnType<typeof filledStorages>>;
beforeAll(async () => {
  filled = await filledStorages();
});
afterAll(() => filled.remove());

describe("a log that is gone while nobody has the storage open", () => {
  test.for([
    { what: "deleted", damage: (file: string) => rmSync(`${file}-wal`) },
    { what: "emptied", damage: (file: string) => truncateSync(`${file}-wal`, 0) },
  ])(
    "($what): what the file holds survives, and an error says that the last commits may be lost",
    async ({ damage }) => {
      await using opened = await openDamaged(filled.killed, damage);
      expect(opened.said).toEqual([
        {
          level: "error",
          fields: { file: expect.any(String), missing: expect.stringMatching(/-wal$/) },
          message: expect.stringContaining("entries may be delivered again"),
        },
      ]);
      await fill(opened.storage);
      expect(await opened.storage.client(lane).get("checkpoint")).toBe(uidOf(2));
    },
  );

  test("cut short: the commits that it still holds survive, and the ledger is not behind the checkpoint", async () => {
    const size = readFileSync(join(filled.killed, "loghook.db-wal")).length;
    for (let length = size; length > 0; length -= 4_999) {
      await using opened = await openDamaged(filled.killed, (file) => truncateSync(`${file}-wal`, length));
      const checkpoint = await opened.storage.client(lane).get("checkpoint");
      const known = knownIn(await opened.storage.ledger?.read(lane), 2);
      expect(known).toEqual(checkpoint === undefined ? [] : [1, 2]);
    }
  });

  test("an orderly end and a kill leave nothing to be told of", async () => {
    for (const left of [filled.closed, filled.killed]) {
      await using opened = await openDamaged(left, () => {});
      expect(opened.said).toEqual([]);
      expect(await opened.storage.client(lane).get("checkpoint")).toBe(uidOf(2));
    }
  });
});
