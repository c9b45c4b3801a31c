import { existsSync, renameSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { type Clock, type Logger, StorageError } from "@loghook/pipeline";
import { findWrongValue } from "./key-values.ts";
import {
  companions,
  makePrivateFile,
  narrowMode,
  type StoragePaths,
  sizeOf,
  syncDirectory,
} from "./private-files.ts";
import { migrate, schemaSteps, schemaVersion } from "./schema.ts";
import { listSetAside, setAside } from "./set-aside.ts";
import { DamagedFileError, isDamage } from "./sqlite-errors.ts";

/** A reader that recovers the log of a killed owner, and a checkpoint, hold locks for moments only. */
const busyTimeoutMs = 2_000;

interface Reporting {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Opens the database for its owner: makes it when there is none, examines it, brings it to the newest schema. */
export function openDatabase(paths: StoragePaths, { clock, logger }: Reporting): DatabaseSync {
  try {
    refuseRemains(paths);
    if (!existsSync(paths.database)) createDatabase(paths, logger);
    for (const suffix of ["", ...companions]) narrowMode(paths.database + suffix);
    return openExamined(paths);
  } catch (error) {
    if (!isDamage(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw setAside(paths, { reason, cause: error, clock, logger });
  }
}

/** Opens the database beside its owner, or when there is none, and leaves the directory as it is. */
export function openForReading(paths: StoragePaths): DatabaseSync {
  if (!existsSync(paths.database)) {
    throw new StorageError(`There is no history in ${paths.directory} yet.`, {
      remedy: "Start `loghook run` first, or name the directory that it uses.",
    });
  }
  if (sizeOf(paths.database) === 0) throw new DamagedFileError("it is empty");
  const database = new DatabaseSync(paths.database, { readOnly: true, timeout: busyTimeoutMs });
  try {
    requireSchema(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * SQLite takes an empty file for a new database and deletes the log beside it, and replays the log of a lost database
 * into a new one. Here both are lost history: `loghook.db` is never empty from its first moment on.
 */
function refuseRemains({ database }: StoragePaths): void {
  if (existsSync(database)) {
    if (sizeOf(database) === 0) throw new DamagedFileError("it is empty");
  } else if (sizeOf(`${database}-wal`) > 0 || sizeOf(`${database}-journal`) > 0) {
    throw new DamagedFileError("it is missing, and only its log is there");
  }
}

function createDatabase(paths: StoragePaths, logger: Logger): void {
  for (const suffix of ["", ...companions]) rmSync(paths.unfinished + suffix, { force: true });
  makePrivateFile(paths.unfinished);
  const database = new DatabaseSync(paths.unfinished);
  try {
    database.exec("PRAGMA synchronous = FULL; PRAGMA fullfsync = ON");
    migrate(database);
  } finally {
    database.close();
  }
  for (const suffix of companions) rmSync(paths.database + suffix, { force: true });
  renameSync(paths.unfinished, paths.database);
  syncDirectory(paths.directory);
  const unreadable = listSetAside(paths);
  if (unreadable.length > 0) {
    logger.warn(
      { directory: paths.directory, unreadable },
      "The storage begins empty; what it held before was set aside as unreadable.",
    );
  }
}

function openExamined(paths: StoragePaths): DatabaseSync {
  const database = new DatabaseSync(paths.database, { timeout: busyTimeoutMs });
  try {
    if (schemaVersion(database) === 0) throw new DamagedFileError("it is not a database of loghook");
    const { integrity_check: finding } = database.prepare("PRAGMA integrity_check(1)").get() ?? {};
    if (finding !== "ok") throw new DamagedFileError(String(finding));
    migrate(database);
    const wrong = findWrongValue(database);
    if (wrong !== undefined)
      throw new DamagedFileError(`the value of ${wrong} is not the one that was written`);
    makeDurable(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** A commit is on the disk when it returns, and the log survives a power cut (https://www.sqlite.org/wal.html). */
function makeDurable(database: DatabaseSync): void {
  const { journal_mode: mode } = database.prepare("PRAGMA journal_mode = WAL").get() ?? {};
  if (mode !== "wal") {
    throw new StorageError("The file system of the storage's directory does not support SQLite's log.", {
      remedy: "Name a directory on a local disk in extensions.sqlite_storage.directory.",
    });
  }
  // fullfsync: on macOS a plain fsync leaves the data in the cache of the disk.
  database.exec("PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON");
}

/** A reader cannot bring an old database up to date, and must not guess what a new one means. */
function requireSchema(database: DatabaseSync): void {
  const version = schemaVersion(database);
  if (version === 0) throw new DamagedFileError("it is not a database of loghook");
  if (version < schemaSteps.length) {
    throw new StorageError("The storage was written by an older loghook and is not brought up to date yet.", {
      remedy: "Start `loghook run` of this version once.",
    });
  }
  migrate(database); // changes nothing here; refuses what is newer
}
