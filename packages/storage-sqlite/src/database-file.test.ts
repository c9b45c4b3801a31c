import {
  cpSync,
  mkdtempDisposableSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { silentLogger } from "@loghook/pipeline";
import { manualClock } from "@loghook/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDatabase } from "./database-file.ts";
import { storagePaths } from "./private-files.ts";
import { remember } from "./remembering-logger.test-kit.ts";
import { run } from "./run-record.test-kit.ts";
import { openStorage } from "./storage.ts";

const testFolder = () => mkdtempDisposableSync(join(tmpdir(), "loghook-damage-"));
const checkpoint = (n: number): string => `900${String(n).padStart(53, "0")}`;
const lanes = Array.from({ length: 40 }, (_, n) => `logs/auth0/webhook-${n}`);

// One storage that was closed, and one that was killed while the log held commits: 1, then 2 for each lane.
const closed = testFolder();
const killed = testFolder();

beforeAll(async () => {
  await using storage = await openStorage({ directory: closed.path });
  for (const lane of lanes) await storage.client(lane).set("checkpoint", checkpoint(1));
  for (let n = 0; n < 20; n++)
    await storage.runs.save({ ...run(`run-${n}`, n), status: "succeeded", endedAt: n });
  for (const lane of lanes) await storage.client(lane).set("checkpoint", checkpoint(2));
  for (const file of ["loghook.db", "loghook.db-wal"]) {
    cpSync(join(closed.path, file), join(killed.path, file));
  }
});

afterAll(() => {
  closed.remove();
  killed.remove();
});

function flipBit(path: string, position: number): void {
  const bytes = readFileSync(path);
  bytes.writeUInt8(bytes.readUInt8(position) ^ (1 << (position % 8)), position);
  writeFileSync(path, bytes);
}

const damages: readonly { readonly name: string; damage(database: string): void }[] = [
  { name: "emptied", damage: (file) => truncateSync(file, 0) },
  { name: "cut within its header", damage: (file) => truncateSync(file, 50) },
  { name: "cut after its first page", damage: (file) => truncateSync(file, 4_096) },
  { name: "cut in its middle", damage: (file) => truncateSync(file, readFileSync(file).length / 2) },
  { name: "overwritten by text", damage: (file) => writeFileSync(file, "lane: logs\n".repeat(1_000)) },
  { name: "overwritten by zeros", damage: (file) => writeFileSync(file, Buffer.alloc(20_000)) },
  { name: "another program's database", damage: makeForeignDatabase },
  { name: "one checkpoint with a flipped bit", damage: flipInCheckpoint },
  { name: "lost, with its log left", damage: loseAllButTheLog },
  { name: "emptied, with its log left", damage: emptyAllButTheLog },
];

function makeForeignDatabase(file: string): void {
  rmSync(file);
  const database = new DatabaseSync(file);
  database.exec("CREATE TABLE photo (id INTEGER)");
  database.close();
}

function loseAllButTheLog(file: string): void {
  rmSync(file);
  writeFileSync(`${file}-wal`, "log");
}

function emptyAllButTheLog(file: string): void {
  truncateSync(file, 0);
  writeFileSync(`${file}-wal`, "log");
}

function flipInCheckpoint(file: string): void {
  flipBit(file, readFileSync(file).indexOf(checkpoint(2)) + 20);
}

describe.for(damages)("a database that is $name", ({ damage }) => {
  test("is set aside as it was, and nothing starts until the next time, which begins empty", async () => {
    using folder = testFolder();
    cpSync(closed.path, folder.path, { recursive: true });
    const file = join(folder.path, "loghook.db");
    damage(file);
    const bytes = ["", "-wal"].map((suffix) => read(file + suffix));
    const logger = remember();
    const clock = manualClock(Date.UTC(2026, 2, 2, 9));
    const aside = `${file}.unreadable-20260302T090000.000Z`;

    await expect(openStorage({ directory: folder.path, logger, clock })).rejects.toMatchObject({
      code: "STORAGE_UNUSABLE",
      message: expect.stringMatching(
        /^The file .+ cannot be read \(.+\)\. It was set aside as .+, and nothing was started\.$/,
      ),
      remedy: expect.stringContaining("entries may be delivered again"),
    });
    expect(["", "-wal"].map((suffix) => read(aside + suffix))).toEqual(bytes);
    expect(read(file)).toBeUndefined();
    expect(logger.said).toEqual([
      {
        level: "error",
        fields: { file, setAsideAs: aside, reason: expect.any(String) },
        message: "The storage cannot be read and was set aside.",
      },
    ]);

    await using storage = await openStorage({ directory: folder.path, logger, clock });
    expect(await storage.client(lanes[0] ?? "").get("checkpoint")).toBeUndefined();
    expect(await storage.runs.list()).toEqual([]);
    expect(logger.said.at(-1)).toMatchObject({
      level: "warn",
      message: expect.stringContaining("begins empty"),
    });
  });

  test("is not touched by a reader, who is told", async () => {
    using folder = testFolder();
    cpSync(closed.path, folder.path, { recursive: true });
    const file = join(folder.path, "loghook.db");
    damage(file);
    const before = read(file);
    const reading = async () => {
      await using reader = await openStorage({ directory: folder.path, readOnly: true });
      for (const lane of lanes) await reader.client(lane).get("checkpoint");
      await reader.runs.list();
    };
    await expect(reading()).rejects.toMatchObject({ code: "STORAGE_UNUSABLE" });
    expect(read(file)).toEqual(before);
  });
});

function read(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

describe("a flipped bit", () => {
  test("anywhere in the database never changes a checkpoint: the storage refuses, or gives what was written", async () => {
    const size = readFileSync(join(closed.path, "loghook.db")).length;
    let refused = 0;
    for (let position = 0; position < size; position += position < 100 ? 1 : 197) {
      using folder = testFolder();
      cpSync(join(closed.path, "loghook.db"), join(folder.path, "loghook.db"));
      flipBit(join(folder.path, "loghook.db"), position);
      const found = await checkpointsIn(folder.path);
      if (found === "refused") refused++;
      else expect([position, ...found]).toEqual([position, ...lanes.map(() => checkpoint(2))]);
    }
    expect(refused).toBeGreaterThan(20);
  });

  test("anywhere in the log never changes a checkpoint to one that was not written", async () => {
    const size = readFileSync(join(killed.path, "loghook.db-wal")).length;
    const written = [undefined, checkpoint(1), checkpoint(2)];
    for (let position = 0; position < size; position += 7_919) {
      using folder = testFolder();
      cpSync(killed.path, folder.path, { recursive: true });
      flipBit(join(folder.path, "loghook.db-wal"), position);
      const found = await checkpointsIn(folder.path);
      expect(found).not.toBe("refused");
      for (const value of found) expect(written).toContain(value);
    }
  });
});

test("a log that the power cut short gives the commits that it holds", async () => {
  const size = readFileSync(join(killed.path, "loghook.db-wal")).length;
  for (const length of [size - 1, Math.floor(size / 2), 100, 0]) {
    using folder = testFolder();
    cpSync(killed.path, folder.path, { recursive: true });
    truncateSync(join(folder.path, "loghook.db-wal"), length);
    const found = await checkpointsIn(folder.path);
    // Written in the order of the lanes: who has the second value stands before who has only the first.
    expect([...found].sort().reverse()).toEqual(found);
  }
  expect(await checkpointsIn(killed.path)).toEqual(lanes.map(() => checkpoint(2)));
});

async function checkpointsIn(directory: string): Promise<(string | undefined)[] | "refused"> {
  try {
    await using storage = await openStorage({ directory, logger: silentLogger });
    return await Promise.all(lanes.map((lane) => storage.client(lane).get("checkpoint")));
  } catch (error) {
    expect(error).toMatchObject({ code: "STORAGE_UNUSABLE" });
    return "refused";
  }
}

test("two files that are set aside at the same time are both kept", async () => {
  using folder = testFolder();
  const clock = manualClock();
  for (const text of ["first", "second"]) {
    writeFileSync(join(folder.path, "loghook.db"), text);
    await expect(openStorage({ directory: folder.path, clock })).rejects.toThrow("set aside");
  }
  const kept = readdirSync(folder.path).filter((name) => name.includes("unreadable"));
  expect(kept.map((name) => readFileSync(join(folder.path, name), "utf8")).sort()).toEqual([
    "first",
    "second",
  ]);
});

test("a database of a newer loghook is refused and left as it is", async () => {
  using folder = testFolder();
  cpSync(closed.path, folder.path, { recursive: true });
  const database = new DatabaseSync(join(folder.path, "loghook.db"));
  database.exec("PRAGMA user_version = 99");
  database.close();
  for (const readOnly of [true, false]) {
    await expect(openStorage({ directory: folder.path, readOnly })).rejects.toThrow(
      "written by a newer loghook",
    );
  }
  expect(readdirSync(folder.path)).not.toContain(expect.stringContaining("unreadable"));
});

test("a start that was killed while it made the database is no damage", async () => {
  using folder = testFolder();
  for (const name of ["loghook.db.new", "loghook.db.new-journal", "loghook.lock"]) {
    writeFileSync(join(folder.path, name), name === "loghook.lock" ? "" : "half");
  }
  await using storage = await openStorage({ directory: folder.path });
  expect(await storage.runs.list()).toEqual([]);
});

test("a commit waits until the disk has it", async () => {
  using folder = testFolder();
  const database = openDatabase(storagePaths(folder.path), { clock: manualClock(), logger: silentLogger });
  expect(database.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
  expect(database.prepare("PRAGMA synchronous").get()).toEqual({ synchronous: 2 }); // FULL
  expect(database.prepare("PRAGMA fullfsync").get()).toEqual({ fullfsync: 1 });
  database.close();
});
