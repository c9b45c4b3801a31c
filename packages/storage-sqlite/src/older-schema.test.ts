import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { systemClock } from "@loghook/pipeline";
import { describe, expect, test } from "vitest";
import { parkedOf, testFolder } from "./damaged-storage.test-kit.ts";
import { run } from "./run-record.test-kit.ts";
import { migrate, schemaSteps, schemaVersion } from "./schema.ts";
import { knownIn, lane, settlement } from "./settlement.test-kit.ts";
import { openStorage } from "./storage.ts";

describe("a storage of an older loghook", () => {
  /** As the first version made it, with one of each kind. */
  function makeFirstVersion(directory: string): void {
    const database = new DatabaseSync(join(directory, "loghook.db"));
    migrate(database, schemaSteps.slice(0, 1));
    expect(schemaVersion(database)).toBe(1);
    database.exec(`
      INSERT INTO run VALUES ('a', '${lane}', 'schedule', 'failed', 1000, 2000, 30, 20, 10, '900', 'RETRYABLE',
        'No answer.', 'Start the webhook.', NULL, 2000);
      INSERT INTO owner_process VALUES (1, 4711, 'web-1', 900)`);
    const insert = database.prepare("INSERT INTO key_value VALUES (?, ?, ?, ?)");
    // The checksum of that version, worked out here once: crc32 of owner, key and value with NUL between them.
    insert.run(lane, "checkpoint", "900", 3_557_215_547);
    database.close();
  }

  test("is brought up to date, and everything in it survives", async () => {
    using folder = testFolder();
    const directory = folder.path;
    makeFirstVersion(directory);
    for (const mode of [{ readOnly: true }, { beside: true }]) {
      await expect(openStorage({ directory, ...mode })).rejects.toThrow("not brought up to date yet");
    }
    for (let opening = 0; opening < 2; opening++) {
      await using storage = await openStorage({ directory });
      expect(await storage.client(lane).get("checkpoint")).toBe("900");
      expect(await storage.runs.list()).toEqual([
        {
          ...run("a", 1_000),
          status: "failed",
          endedAt: 2_000,
          parked: 0,
          dropped: 0,
          checkpoint: "900",
          error: { code: "RETRYABLE", message: "No answer.", remedy: "Start the webhook." },
        },
      ]);
      expect(await storage.parked.list()).toHaveLength(opening);
      await storage.parked.add(parkedOf(1), { atMost: 1 });
      storage.ledger?.note(lane, [settlement(1, systemClock.now())]);
    }
    await using storage = await openStorage({ directory });
    expect(knownIn(await storage.ledger?.read(lane), 1)).toEqual([1]);
  });

  test("stays at its version when it is killed at any point of being brought up to date", async () => {
    const statements = (schemaSteps[1] ?? "").split(";").filter((statement) => statement.trim() !== "");
    expect(statements.length).toBeGreaterThan(4);
    using folder = testFolder();
    makeFirstVersion(folder.path);
    const file = join(folder.path, "loghook.db");
    for (const done of [0, 1, 3, statements.length]) {
      const child = spawn(process.execPath, [
        "--conditions=source",
        fileURLToPath(new URL("./killed-migration.test-child.ts", import.meta.url)),
        file,
        statements.slice(0, done).join(";"),
      ]);
      const [, signal] = await once(child, "exit");
      expect(signal).toBe("SIGKILL");
      using database = new DatabaseSync(file);
      expect(schemaVersion(database)).toBe(1);
      expect(database.prepare("SELECT name FROM sqlite_schema WHERE name LIKE 'ledger%'").all()).toEqual([]);
      expect(database.prepare("SELECT * FROM run").columns()).toHaveLength(15);
    }
    await using storage = await openStorage({ directory: folder.path });
    expect(await storage.client(lane).get("checkpoint")).toBe("900");
    expect(await storage.parked.count()).toBe(0);
  });
});
