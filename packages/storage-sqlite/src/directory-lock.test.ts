import { mkdtempDisposableSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { manualClock } from "@loghook/testkit";
import { expect, test } from "vitest";
import { lockDirectory } from "./directory-lock.ts";
import { storagePaths } from "./private-files.ts";
import { openStorage } from "./storage.ts";
import { startStorageProcess } from "./storage-process.test-kit.ts";

const testFolder = () => mkdtempDisposableSync(join(tmpdir(), "loghook-lock-"));

test("a second process is refused, and told who the owner is and what to do", async () => {
  using folder = testFolder();
  await using owner = await openStorage({
    directory: folder.path,
    clock: manualClock(Date.UTC(2026, 2, 2, 9)),
  });
  await using other = await startStorageProcess(folder.path);
  expect(other.opening).toEqual({
    opened: false,
    name: "StorageError",
    message: `The directory ${folder.path} is in use by another loghook: process ${process.pid} on ${hostname()}, since 2026-03-02T09:00:00.000Z.`,
    remedy: expect.stringContaining("Stop that process first"),
  });
  await owner.client("lane").set("checkpoint", "1");
});

test("a killed owner leaves no lock behind", async () => {
  using folder = testFolder();
  await using other = await startStorageProcess(folder.path);
  await expect(openStorage({ directory: folder.path })).rejects.toThrow(`process ${other.pid} on`);
  await other.kill();
  await using owner = await openStorage({ directory: folder.path });
  await owner.client("lane").set("checkpoint", "1");
});

test("a second opening in the same process is refused, also by another name, until the first is closed", async () => {
  using folder = testFolder();
  using names = testFolder();
  const sameDirectory = join(names.path, "link");
  symlinkSync(folder.path, sameDirectory, "dir");
  const first = await openStorage({ directory: folder.path });
  await expect(openStorage({ directory: folder.path })).rejects.toMatchObject({ code: "STORAGE_UNUSABLE" });
  await expect(openStorage({ directory: sameDirectory })).rejects.toThrow("is in use by another loghook");
  await first[Symbol.asyncDispose]();
  await using second = await openStorage({ directory: sameDirectory });
  await second.client("lane").set("checkpoint", "1");
});

test("refused openings and readers in the owner's process do not loosen its lock", async () => {
  using folder = testFolder();
  await using owner = await openStorage({ directory: folder.path });
  await expect(openStorage({ directory: folder.path })).rejects.toThrow("is in use");
  await (await openStorage({ directory: folder.path, readOnly: true }))[Symbol.asyncDispose]();
  await using other = await startStorageProcess(folder.path);
  expect(other.opening).toMatchObject({ opened: false });
  await owner.client("lane").set("checkpoint", "1");
});

test("an owner that cannot be named is still an owner", async () => {
  using folder = testFolder();
  using _lock = lockDirectory(storagePaths(folder.path)); // alone, without the database that names the owner
  await expect(openStorage({ directory: folder.path })).rejects.toThrow(
    `The directory ${folder.path} is in use by another loghook.`,
  );
});

test("two directories have two owners", async () => {
  using one = testFolder();
  using two = testFolder();
  await using first = await openStorage({ directory: one.path });
  await using second = await openStorage({ directory: two.path });
  await first.client("lane").set("checkpoint", "1");
  expect(await second.client("lane").get("checkpoint")).toBeUndefined();
});

test("a lock file with something else in it is refused, not taken for free", async () => {
  using folder = testFolder();
  writeFileSync(join(folder.path, "loghook.lock"), "not mine ".repeat(1_000));
  await expect(openStorage({ directory: folder.path })).rejects.toMatchObject({
    code: "STORAGE_UNUSABLE",
    message: expect.stringContaining("loghook.lock is not the lock of a loghook"),
    remedy: expect.stringContaining("delete the file"),
  });
});
