import { cpSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fill, parkedOf, testFolder } from "./damaged-storage.test-kit.ts";
import { run } from "./run-record.test-kit.ts";
import { knownIn, lane, settlement, uidOf } from "./settlement.test-kit.ts";
import { openStorage } from "./storage.ts";

describe("while it is open", () => {
  test.for([
    {
      what: "the directory is removed",
      damage: (directory: string) => rmSync(directory, { recursive: true }),
    },
    {
      what: "the directory is moved",
      damage: (directory: string) => renameSync(directory, `${directory}-moved`),
    },
    { what: "the file is deleted", damage: (directory: string) => rmSync(join(directory, "loghook.db")) },
    { what: "the log is deleted", damage: (directory: string) => rmSync(join(directory, "loghook.db-wal")) },
    { what: "the file is replaced by a backup", damage: replaceByCopy },
  ])("($what) every write is rejected: it would go where nobody finds it", async ({ damage }) => {
    using folder = testFolder();
    const directory = join(folder.path, "storage");
    const storage = await openStorage({ directory });
    await fill(storage);
    damage(directory);
    const lost = {
      code: "STORAGE_UNUSABLE",
      message: expect.stringContaining("was removed or replaced while it was in use"),
      remedy: expect.stringContaining("start loghook anew"),
    };
    await expect(storage.client(lane).set("checkpoint", uidOf(5))).rejects.toMatchObject(lost);
    await expect(storage.client(lane).delete("checkpoint")).rejects.toMatchObject(lost);
    await expect(storage.parked.add(parkedOf(3), { atMost: 9 })).rejects.toMatchObject(lost);
    await expect(storage.parked.remove(lane, [uidOf(3)])).rejects.toMatchObject(lost);
    await expect(storage.runs.save(run("b", 1))).rejects.toMatchObject(lost);
    expect(await storage.client(lane).get("checkpoint")).toBe(uidOf(2));
    await storage[Symbol.asyncDispose]();
  });

  test("a directory that is put back is used again, with all that it held", async () => {
    using folder = testFolder();
    const directory = join(folder.path, "storage");
    {
      await using storage = await openStorage({ directory });
      await fill(storage);
      renameSync(directory, `${directory}-moved`);
      storage.ledger?.note(lane, [settlement(3, Date.now())]);
      await expect(storage.client(lane).set("checkpoint", uidOf(3))).rejects.toThrow("removed or replaced");
      renameSync(`${directory}-moved`, directory);
      await storage.client(lane).set("checkpoint", uidOf(3));
    }
    await using storage = await openStorage({ directory });
    expect(await storage.client(lane).get("checkpoint")).toBe(uidOf(3));
    expect(knownIn(await storage.ledger?.read(lane), 3)).toEqual([1, 2, 3]);
  });
});

function replaceByCopy(directory: string): void {
  cpSync(join(directory, "loghook.db"), join(directory, "copy"));
  renameSync(join(directory, "copy"), join(directory, "loghook.db"));
}
