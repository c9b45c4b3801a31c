import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { DatabaseSync } from "node:sqlite";
import { StorageError } from "@loghook/pipeline";
import { makePrivateFile, type StoragePaths } from "./private-files.ts";
import { isBusy, isDamage } from "./sqlite-errors.ts";

/** Long enough that of two that start together one wins, short enough that nobody notices. */
const lockWaitMs = 200;

/**
 * Makes this process the only owner of the directory. The lock is SQLite's own on an empty file, so the system takes
 * it away with the process, however that ends. Throws a `StorageError` when there is an owner already.
 */
export function lockDirectory(paths: StoragePaths): Disposable {
  makePrivateFile(paths.lock);
  const connection = new DatabaseSync(paths.lock, { timeout: lockWaitMs });
  try {
    connection.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE"); // in memory: no file to be left over
  } catch (error) {
    connection.close();
    if (isBusy(error)) throw inUse(paths);
    throw isDamage(error) ? notALock(paths, error) : error;
  }
  return { [Symbol.dispose]: () => connection.close() };
}

/** Whether a process owns the directory just now. Takes no lock and makes nothing. */
export function hasOwner({ lock }: StoragePaths): boolean {
  if (!existsSync(lock)) return false;
  const connection = new DatabaseSync(lock, { readOnly: true, timeout: 0 });
  try {
    connection.prepare("SELECT count(*) FROM sqlite_schema").get();
    return false;
  } catch (error) {
    return isBusy(error);
  } finally {
    connection.close();
  }
}

/** Writes down who has the lock, for the message to the next one who wants it. */
export function recordOwner(database: DatabaseSync, now: number): void {
  database
    .prepare("REPLACE INTO owner_process (only, pid, host, since) VALUES (1, ?, ?, ?)")
    .run(process.pid, hostname(), now);
}

/** Whether the last owner ended without a word. For the present owner, before it is recorded. */
export function wasLeft(database: DatabaseSync): boolean {
  return database.prepare("SELECT 1 FROM owner_process").get() !== undefined;
}

export function forgetOwner(database: DatabaseSync): void {
  database.exec("DELETE FROM owner_process");
}

function inUse(paths: StoragePaths): StorageError {
  return new StorageError(
    `The directory ${paths.directory} is in use by another loghook${describeOwner(paths)}.`,
    {
      remedy:
        "Stop that process first, or give this one a directory of its own in extensions.sqlite_storage.directory.",
    },
  );
}

function notALock({ lock }: StoragePaths, cause: unknown): StorageError {
  return new StorageError(`The file ${lock} is not the lock of a loghook.`, {
    cause,
    remedy: "Make sure that no loghook uses this directory, and delete the file. It holds nothing.",
  });
}

function describeOwner(paths: StoragePaths): string {
  try {
    const database = new DatabaseSync(paths.database, { readOnly: true });
    try {
      const owner = database.prepare("SELECT pid, host, since FROM owner_process").get();
      if (owner === undefined) return "";
      const since = new Date(Number(owner.since)).toISOString();
      return `: process ${owner.pid} on ${owner.host}, since ${since}`;
    } finally {
      database.close();
    }
  } catch {
    return ""; // who it is helps, but that there is somebody is what matters
  }
}
