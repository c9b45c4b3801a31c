import { chmodSync, copyFileSync, mkdtempDisposableSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StorageError, silentLogger, systemClock } from "@loghook/pipeline";
import { manualClock, storageContract } from "@loghook/testkit";
import { describe, expect, test } from "vitest";
import { openDatabase } from "./database-file.ts";
import { storagePaths } from "./private-files.ts";
import { idsOf, run } from "./run-record.test-kit.ts";
import { openStorage, ownStorage } from "./storage.ts";
import { startStorageProcess } from "./storage-process.test-kit.ts";

const testFolder = () => mkdtempDisposableSync(join(tmpdir(), "loghook-storage-"));

storageContract("storage-sqlite", {
  async start() {
    const folder = testFolder();
    return {
      open: () => openStorage({ directory: folder.path }),
      [Symbol.asyncDispose]: async () => folder.remove(),
    };
  },
});

describe("a reader", () => {
  test("sees a run as running while its process lives, as interrupted afterwards, with no next run", async () => {
    using folder = testFolder();
    const scheduled = { ...run("a", 1_000), nextRunAt: 5_000 };
    const read = async () => {
      await using reader = await openStorage({ directory: folder.path, readOnly: true });
      return await reader.runs.list();
    };
    {
      await using owner = await openStorage({ directory: folder.path });
      await owner.runs.save(scheduled);
      expect(await read()).toEqual([scheduled]);
    }
    expect(await read()).toMatchObject([{ id: "a", status: "interrupted", nextRunAt: undefined }]);
  });

  test("is told when the directory cannot be made, instead of waiting for ever", async () => {
    const opening = openStorage({ directory: "/proc/no-such-place/loghook" });
    await expect(opening).rejects.toThrow(StorageError);
  });
});

describe("what was stored", () => {
  test("is there after closing and opening", async () => {
    using folder = testFolder();
    {
      await using storage = await openStorage({ directory: folder.path });
      await storage.client("lane").set("checkpoint", "900");
      await storage.runs.save({ ...run("a", 1_000), status: "succeeded", endedAt: 1_500 });
    }
    await using storage = await openStorage({ directory: folder.path });
    expect(await storage.client("lane").get("checkpoint")).toBe("900");
    expect(await idsOf(storage)).toEqual(["a"]);
  });

  test("is there after a SIGKILL right behind the resolved set", async () => {
    using folder = testFolder();
    for (const value of ["1", "2", "3"]) {
      await using other = await startStorageProcess(folder.path);
      await other.store({ key: "checkpoint", value });
      await other.kill();
      await using storage = await openStorage({ directory: folder.path });
      expect(await storage.client("child").get("checkpoint")).toBe(value);
    }
  });

  test("is in the files as soon as the set resolves, were the power cut at that moment", async () => {
    using folder = testFolder();
    using remains = testFolder();
    await using storage = await openStorage({ directory: folder.path });
    await storage.client("lane").set("checkpoint", "900");
    for (const name of ["loghook.db", "loghook.db-wal"]) {
      copyFileSync(join(folder.path, name), join(remains.path, name));
    }
    await using recovered = await openStorage({ directory: remains.path });
    expect(await recovered.client("lane").get("checkpoint")).toBe("900");
  });

  test.for([
    ["characters that SQL and C hold for an end", "a\0b\n'\"; DROP TABLE run;--"],
    ["half a character, which becomes the replacement for it", "\ud800"],
  ] as const)("comes back where it is %s", async ([, value]) => {
    using folder = testFolder();
    const opened = () => openStorage({ directory: folder.path });
    {
      await using storage = await opened();
      await storage.client(value).set(value, value);
      await storage.runs.save({ ...run(value, 1_000), error: { code: "X", message: value } });
    }
    await using storage = await opened();
    expect(await storage.client(value).get(value)).toBe(value.toWellFormed());
    expect((await storage.runs.list())[0]?.error).toEqual({ code: "X", message: value.toWellFormed() });
  });

  test("may be made in a directory whose parents are missing too", async () => {
    using folder = testFolder();
    await using storage = await openStorage({ directory: join(folder.path, "var", "lib") });
    await storage.client("lane").set("checkpoint", "900");
    expect(readdirSync(join(folder.path, "var", "lib"))).toContain("loghook.db");
  });
});

describe("the history of runs", () => {
  test("keeps the newest keep_runs of each lane", async () => {
    using folder = testFolder();
    await using storage = await openStorage({ directory: folder.path, keepRuns: 3 });
    await storage.runs.save({ ...run("other", 0), lane: "logs/auth0/backup" });
    for (const n of [5, 1, 2, 3, 4]) await storage.runs.save(run(`run-${n}`, n));
    expect(await idsOf(storage)).toEqual(["run-5", "run-4", "run-3", "other"]);
  });

  test("shows a run that its process left behind as interrupted when it was last heard of", async () => {
    using folder = testFolder();
    const clock = manualClock(10_000);
    {
      await using storage = await openStorage({ directory: folder.path, clock });
      await storage.runs.save({ ...run("done", 2_000), status: "failed", endedAt: 3_000 });
      await storage.runs.save(run("left", 9_000));
      clock.advance(1_000);
      await storage.runs.save({ ...run("left", 9_000), delivered: 11 });
    }
    clock.advance(86_400_000);
    {
      await using reader = await openStorage({ directory: folder.path, readOnly: true });
      expect(await reader.runs.list({ status: "running" })).toHaveLength(1);
    }
    await using storage = await openStorage({ directory: folder.path, clock });
    expect(await storage.runs.list()).toEqual([
      { ...run("left", 9_000), delivered: 11, status: "interrupted", endedAt: 11_000 },
      { ...run("done", 2_000), status: "failed", endedAt: 3_000 },
    ]);
  });
});

describe("a reader", () => {
  test("sees what the owner stores meanwhile, and does not hinder it", async () => {
    using folder = testFolder();
    await using owner = await openStorage({ directory: folder.path });
    await owner.runs.save(run("a", 1_000));
    await using reader = await openStorage({ directory: folder.path, readOnly: true });
    expect(await idsOf(reader)).toEqual(["a"]);
    await owner.runs.save(run("b", 2_000));
    await owner.client("lane").set("checkpoint", "900");
    expect(await idsOf(reader)).toEqual(["b", "a"]);
    expect(await reader.client("lane").get("checkpoint")).toBe("900");
  });

  test("works beside an owner in another process", async () => {
    using folder = testFolder();
    await using other = await startStorageProcess(folder.path);
    await other.store({ key: "checkpoint", value: "900" });
    await using reader = await openStorage({ directory: folder.path, readOnly: true });
    expect(await reader.client("child").get("checkpoint")).toBe("900");
  });

  test("does not keep an owner from opening and closing", async () => {
    using folder = testFolder();
    await (await openStorage({ directory: folder.path }))[Symbol.asyncDispose]();
    await using reader = await openStorage({ directory: folder.path, readOnly: true });
    expect(await idsOf(reader)).toEqual([]);
    {
      await using owner = await openStorage({ directory: folder.path });
      await owner.runs.save(run("a", 1_000));
    }
    expect(await idsOf(reader)).toEqual(["a"]);
  });

  test.for(["closed", "killed"] as const)("changes no file after the owner has %s", async (end) => {
    using folder = testFolder();
    await using other = await startStorageProcess(folder.path);
    await other.store({ key: "checkpoint", value: "900" });
    await other.kill();
    if (end === "closed") await (await openStorage({ directory: folder.path }))[Symbol.asyncDispose]();
    const before = readdirSync(folder.path);
    {
      await using reader = await openStorage({ directory: folder.path, readOnly: true });
      expect(await reader.client("child").get("checkpoint")).toBe("900");
      expect(readdirSync(folder.path)).toEqual(before);
    }
    expect(readdirSync(folder.path)).toEqual(before);
  });

  test("may not write", async () => {
    using folder = testFolder();
    await (await openStorage({ directory: folder.path }))[Symbol.asyncDispose]();
    await using reader = await openStorage({ directory: folder.path, readOnly: true });
    await expect(reader.client("lane").set("checkpoint", "1")).rejects.toThrow(StorageError);
    await expect(reader.client("lane").delete("checkpoint")).rejects.toThrow(StorageError);
    await expect(reader.runs.save(run("a", 1))).rejects.toThrow(StorageError);
  });

  test("is told when there is nothing to read yet, and makes nothing", async () => {
    using folder = testFolder();
    const directory = join(folder.path, "missing");
    await expect(openStorage({ directory, readOnly: true })).rejects.toMatchObject({
      code: "STORAGE_UNUSABLE",
      message: `There is no history in ${directory} yet.`,
      remedy: expect.stringContaining("loghook run"),
    });
    expect(readdirSync(folder.path)).toEqual([]);
  });
});

describe("trouble", () => {
  test("a full disk rejects the write, and the storage goes on when there is room again", async () => {
    using folder = testFolder();
    const paths = storagePaths(folder.path);
    const database = openDatabase(paths, { clock: systemClock, logger: silentLogger });
    using _closing = { [Symbol.dispose]: () => database.close() };
    await using storage = ownStorage(database, paths, { directory: folder.path, close: () => {} });
    const client = storage.client("lane");
    await client.set("checkpoint", "900");

    database.exec("PRAGMA max_page_count = 1"); // SQLite answers as it does when the disk is full
    await expect(client.set("big", "x".repeat(100_000))).rejects.toMatchObject({
      code: "STORAGE_UNUSABLE",
      message: `The storage in ${folder.path} cannot be written: the disk is full.`,
      remedy: expect.stringContaining("Make room"),
      cause: expect.objectContaining({ errcode: 13 }),
    });
    expect(await client.get("checkpoint")).toBe("900");

    database.exec("PRAGMA max_page_count = 1000000");
    await client.set("big", "x".repeat(100_000));
    expect(await client.get("big")).toHaveLength(100_000);
  });

  test("a directory that may not be written is refused with the remedy", async () => {
    using folder = testFolder();
    chmodSync(folder.path, 0o555);
    await using other = await startStorageProcess(folder.path, "nobody");
    expect(other.opening).toEqual({
      opened: false,
      name: "StorageError",
      message: `The storage in ${folder.path} cannot be opened: the files there cannot be written.`,
      remedy: expect.stringContaining("write access"),
    });
  });

  test("a path that is not a directory is refused with the remedy", async () => {
    using folder = testFolder();
    writeFileSync(join(folder.path, "file"), "");
    for (const directory of [join(folder.path, "file"), join(folder.path, "file", "below")]) {
      await expect(openStorage({ directory })).rejects.toMatchObject({
        code: "STORAGE_UNUSABLE",
        message: `The storage in ${directory} cannot be opened: its path names something that is not a directory.`,
      });
    }
  });

  test("a closed storage says so, and may be closed again", async () => {
    using folder = testFolder();
    const storage = await openStorage({ directory: folder.path });
    await storage[Symbol.asyncDispose]();
    await storage[Symbol.asyncDispose]();
    await expect(storage.client("lane").get("checkpoint")).rejects.toThrow("closed already");
    await expect(storage.runs.list()).rejects.toThrow("closed already");
  });
});
