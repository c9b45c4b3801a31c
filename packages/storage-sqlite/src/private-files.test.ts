import { chmodSync, existsSync, mkdirSync, mkdtempDisposableSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { openStorage } from "./storage.ts";

const testFolder = () => mkdtempDisposableSync(join(tmpdir(), "loghook-files-"));
const files = ["loghook.db", "loghook.db-wal", "loghook.db-shm", "loghook.lock"];
const modeOf = (...path: string[]) => (statSync(join(...path)).mode & 0o777).toString(8);

describe.for([0o000, 0o022, 0o277])("whatever the umask is (%o)", (umask) => {
  beforeEach(() => {
    const before = process.umask(umask);
    onTestFinished(() => void process.umask(before));
  });

  test("the directory and every file in it are for their owner alone", async () => {
    using folder = testFolder();
    chmodSync(folder.path, 0o700);
    const directory = join(folder.path, "storage");
    await using storage = await openStorage({ directory });
    await storage.client("lane").set("token", "secret");
    expect(modeOf(directory)).toBe("700");
    for (const file of files) expect([file, modeOf(directory, file)]).toEqual([file, "600"]);
  });
});

test("files that others may read are narrowed when they are opened", async () => {
  using folder = testFolder();
  const first = await openStorage({ directory: folder.path });
  await first.client("lane").set("token", "secret");
  for (const file of files) chmodSync(join(folder.path, file), 0o666);
  await first[Symbol.asyncDispose]();
  writeFileSync(join(folder.path, "loghook.db-wal"), "");
  chmodSync(join(folder.path, "loghook.db-wal"), 0o644);
  await using second = await openStorage({ directory: folder.path });
  await second.client("lane").set("token", "secret");
  for (const file of files) expect([file, modeOf(folder.path, file)]).toEqual([file, "600"]);
});

test("a directory that was there keeps its mode", async () => {
  using folder = testFolder();
  const directory = join(folder.path, "shared");
  mkdirSync(directory);
  chmodSync(directory, 0o750);
  await using storage = await openStorage({ directory });
  await storage.client("lane").set("token", "secret");
  expect(modeOf(directory)).toBe("750");
  expect(existsSync(join(directory, "loghook.db"))).toBe(true);
});
