import { existsSync, renameSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { type Clock, type Logger, StorageError } from "@loghook/pipeline";
import { recordOwner, wasLeft } from "./directory-lock.ts";
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

/** A guest that writes, a reader that recovers the log of a killed owner, and a checkpoint hold locks for moments only. */
const busyTimeoutMs = 5_000;

/** fullfsync: on macOS a plain fsync leaves the data in the cache of the disk. */
const durable = "PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON";

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
    const logIsThere = sizeOf(`${paths.database}-wal`) > 0;
    const database = openExamined(paths);
    if (!logIsThere && wasLeft(database)) tellOfLostLog(paths, logger);
    return becomeOwner(database, clock.now());
  } catch (error) {
    if (!isDamage(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw setAside(paths, { reason, cause: error, clock, logger });
  }
}

/** Opens the database beside its owner, or when there is none, and leaves the directory as it is. */
export function openForReading(paths: StoragePaths): DatabaseSync {
  requireFile(paths);
  return withSchema(new DatabaseSync(paths.database, { readOnly: true, timeout: busyTimeoutMs }));
}

/** As `openForReading`, but to write into, too. */
export function openBeside(paths: StoragePaths): DatabaseSync {
  requireFile(paths);
  const existing = pathToFileURL(paths.database);
  existing.searchParams.set("mode", "rw"); // never makes it: https://www.sqlite.org/uri.html
  const database = withSchema(new DatabaseSync(existing, { timeout: busyTimeoutMs }));
  database.exec(durable);
  return database;
}

function requireFile(paths: StoragePaths): void {
  if (!existsSync(paths.database)) {
    throw new StorageError(`There is no history in ${paths.directory} yet.`, {
      remedy: "Start `loghook run` first, or name the directory that it uses.",
    });
  }
  if (sizeOf(paths.database) === 0) throw new DamagedFileError("it is empty");
}

function withSchema(database: DatabaseSync): DatabaseSync {
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
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Without its log a database is what it was some time ago, and SQLite does not notice. The last owner's name in it does. */
function tellOfLostLog({ database }: StoragePaths, logger: Logger): void {
  logger.error(
    { file: database, missing: `${database}-wal` },
    "The last owner of the storage ended without closing it, and its log is gone. Unless another program has put it into the file, the last commits are lost, and entries may be delivered again.",
  );
}

/** Named in the file itself before the log begins, so that the name is there also without the log; and then in the log. */
function becomeOwner(database: DatabaseSync, now: number): DatabaseSync {
  try {
    recordOwner(database, now);
    makeDurable(database);
    recordOwner(database, now);
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
  database.exec(durable);
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
