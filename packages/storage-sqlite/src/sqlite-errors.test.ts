import { StorageError } from "@loghook/pipeline";
import { expect, test } from "vitest";
import { isBusy, isDamage, toStorageError } from "./sqlite-errors.ts";

const sqliteError = (errcode: number): Error =>
  Object.assign(new Error("from SQLite"), { code: "ERR_SQLITE_ERROR", errcode });
const systemError = (code: string): Error => Object.assign(new Error("from the system"), { code });

test.for([
  { error: sqliteError(13), problem: "the disk is full" },
  { error: sqliteError(4874), problem: "the disk is full" },
  { error: systemError("ENOSPC"), problem: "the disk is full" },
  { error: systemError("EDQUOT"), problem: "the disk is full" },
  { error: sqliteError(778), problem: "the disk reported a fault" },
  { error: systemError("EIO"), problem: "the disk reported a fault" },
  { error: sqliteError(8), problem: "the files there cannot be written" },
  { error: sqliteError(14), problem: "the files there cannot be written" },
  { error: systemError("EROFS"), problem: "the files there cannot be written" },
  { error: sqliteError(261), problem: "another program keeps the file locked" },
  { error: sqliteError(11), problem: "the file is damaged" },
  { error: new Error("something new"), problem: "something new" },
])("$error.message $error.errcode $error.code is told as: $problem", ({ error, problem }) => {
  const storageError = toStorageError(error, "written", "/var/lib/loghook");
  expect(storageError.message).toBe(`The storage in /var/lib/loghook cannot be written: ${problem}.`);
  expect(storageError.cause).toBe(error);
  expect(storageError.remedy).toMatch(/\.$/);
});

test("a StorageError stays the one that it is", () => {
  const error = new StorageError("The storage is on fire.");
  expect(toStorageError(error, "read", "/var/lib/loghook")).toBe(error);
});

test("neither a full disk nor a fault of it is taken for damage, which would set the file aside", () => {
  for (const errcode of [1, 5, 7, 8, 10, 13, 14, 778, 4874])
    expect(isDamage(sqliteError(errcode))).toBe(false);
  for (const errcode of [11, 26, 267]) expect(isDamage(sqliteError(errcode))).toBe(true);
  expect(isBusy(sqliteError(5))).toBe(true);
});
