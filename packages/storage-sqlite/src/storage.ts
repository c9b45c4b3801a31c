import { resolve } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import {
  type Clock,
  type Logger,
  type RunRecord,
  type Storage,
  silentLogger,
  systemClock,
} from "@loghook/pipeline";
import { defaults } from "./config.ts";
import { openDatabase, openForReading } from "./database-file.ts";
import { forgetOwner, hasOwner, lockDirectory, recordOwner } from "./directory-lock.ts";
import { keyValues } from "./key-values.ts";
import { makePrivateDirectory, type StoragePaths, storagePaths } from "./private-files.ts";
import { markInterrupted, runHistory } from "./run-history.ts";
import { toStorageError } from "./sqlite-errors.ts";

export interface OpenStorageOptions {
  /** Relative to the working directory. */
  readonly directory: string;
  /** To look at the history while its owner works, or after. Default: false. */
  readonly readOnly?: boolean | undefined;
  /** Runs that the history keeps for each lane. Default: 10,000. */
  readonly keepRuns?: number | undefined;
  /** Default: the system's clock. */
  readonly clock?: Clock | undefined;
  /** Default: says nothing. */
  readonly logger?: Logger | undefined;
}

/**
 * Opens the storage in a directory and makes this process its only owner until it is disposed or ends.
 *
 * Rejects with a `StorageError` when the directory has an owner, cannot be written, holds a newer schema, or holds a
 * damaged file; such a file is set aside first. With `readOnly` it needs no ownership, makes nothing, and rejects
 * every write.
 */
export async function openStorage(options: OpenStorageOptions): Promise<Storage> {
  const paths = storagePaths(resolve(options.directory));
  try {
    using opened = new DisposableStack();
    const database = options.readOnly ? openForReading(paths) : openAsOwner(paths, options, opened);
    if (options.readOnly) opened.defer(() => database.close());
    const storage = storageOver(database, { ...options, directory: paths.directory, closing: opened.move() });
    if (!options.readOnly || hasOwner(paths)) return storage;
    return {
      ...storage,
      runs: { ...storage.runs, list: async (which) => (await storage.runs.list(which)).map(asLeft) },
    };
  } catch (error) {
    throw toStorageError(error, "opened", paths.directory);
  }
}

/** A run as it looks when nobody is there any more to go on with it, or to begin the next. */
function asLeft(run: RunRecord): RunRecord {
  return { ...run, status: run.status === "running" ? "interrupted" : run.status, nextRunAt: undefined };
}

function openAsOwner(
  paths: StoragePaths,
  options: OpenStorageOptions,
  opened: DisposableStack,
): DatabaseSync {
  const { clock = systemClock, logger = silentLogger } = options;
  makePrivateDirectory(paths.directory);
  opened.use(lockDirectory(paths));
  const database = openDatabase(paths, { clock, logger });
  opened.defer(() => database.close());
  recordOwner(database, clock.now());
  markInterrupted(database);
  opened.defer(() => leaveTidy(database));
  return database;
}

/** A full disk must not keep the storage from closing, and nothing here is missed. */
function leaveTidy(database: DatabaseSync): void {
  try {
    forgetOwner(database);
    // Out of WAL mode, so that a reader without an owner need not make the files beside the database.
    database.exec("PRAGMA busy_timeout = 0; PRAGMA journal_mode = DELETE");
  } catch {}
}

interface StorageParts extends OpenStorageOptions {
  readonly closing: DisposableStack;
}

/** The storage over an open database. */
export function storageOver(database: DatabaseSync, parts: StorageParts): Storage {
  const { directory, closing, keepRuns = defaults.keepRuns, clock = systemClock } = parts;
  return {
    client: keyValues(database, directory),
    runs: runHistory(database, { directory, keepRuns, clock }),
    async [Symbol.asyncDispose]() {
      closing.dispose();
    },
  };
}
