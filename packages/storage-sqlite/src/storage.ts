import { resolve } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import {
  type Clock,
  type Ledger,
  type Logger,
  type RunRecord,
  type Storage,
  silentLogger,
  systemClock,
} from "@loghook/pipeline";
import { defaults } from "./config.ts";
import { openBeside, openDatabase, openForReading } from "./database-file.ts";
import { forgetOwner, hasOwner, lockDirectory } from "./directory-lock.ts";
import { keyValues } from "./key-values.ts";
import { dropLedger, ownLedger } from "./ledger.ts";
import { ledgerRows } from "./ledger-parts.ts";
import { ledgerReading } from "./ledger-reading.ts";
import { listWrongParked, parkedRecords } from "./parked-records.ts";
import { makePrivateDirectory, type StoragePaths, storagePaths } from "./private-files.ts";
import { markInterrupted, runHistory } from "./run-history.ts";
import { toStorageError } from "./sqlite-errors.ts";
import { type Write, writeRefusal, writing } from "./writing.ts";

export interface OpenStorageOptions {
  /** Relative to the working directory. */
  readonly directory: string;
  /** To look at the history while its owner works, or after. Default: false. */
  readonly readOnly?: boolean | undefined;
  /** As `readOnly`, but parked records may be removed, also while the owner works. Default: false. */
  readonly beside?: boolean | undefined;
  /** Runs that the history keeps for each lane. Default: 10,000. */
  readonly keepRuns?: number | undefined;
  /** How far back the ledger reaches, in milliseconds; 0: none is kept. Default: 7 days. */
  readonly ledgerWindowMs?: number | undefined;
  /** Default: the system's clock. */
  readonly clock?: Clock | undefined;
  /** Default: says nothing. */
  readonly logger?: Logger | undefined;
}

/**
 * Opens the storage in a directory and makes this process its only owner until it is disposed or ends.
 *
 * Rejects with a `StorageError` when the directory has an owner, cannot be written, holds a newer schema, or holds a
 * damaged file; such a file is set aside first. With `readOnly` or `beside` it needs no ownership, makes nothing, and
 * rejects every write but, with `beside`, the removal of parked records.
 */
export async function openStorage(options: OpenStorageOptions): Promise<Storage> {
  const paths = storagePaths(resolve(options.directory));
  try {
    return options.readOnly || options.beside ? openAsGuest(paths, options) : openAsOwner(paths, options);
  } catch (error) {
    throw toStorageError(error, "opened", paths.directory);
  }
}

function openAsGuest(paths: StoragePaths, options: OpenStorageOptions): Storage {
  using opened = new DisposableStack();
  const { readOnly } = options;
  const database = readOnly ? openForReading(paths) : openBeside(paths);
  opened.defer(() => database.close());
  const refusal = writeRefusal(paths, `it was opened ${readOnly ? "for reading" : "beside its owner"}`);
  const refuse: Write = () => Promise.reject(refusal());
  const ledger: Ledger = {
    note: () => {
      throw refusal();
    },
    read: ledgerReading(database, ledgerRows(database), paths),
  };
  const storage = storageOver(database, {
    ...options,
    directory: paths.directory,
    write: refuse,
    writeRemoval: readOnly ? refuse : writing(database, paths).write,
    ledger: options.ledgerWindowMs === 0 ? undefined : ledger,
    close: () => kept.dispose(),
  });
  const kept = opened.move();
  if (hasOwner(paths)) return storage;
  return {
    ...storage,
    runs: { ...storage.runs, list: async (which) => (await storage.runs.list(which)).map(asLeft) },
  };
}

/** A run as it looks when nobody is there any more to go on with it, or to begin the next. */
function asLeft(run: RunRecord): RunRecord {
  return { ...run, status: run.status === "running" ? "interrupted" : run.status, nextRunAt: undefined };
}

function openAsOwner(paths: StoragePaths, options: OpenStorageOptions): Storage {
  using opened = new DisposableStack();
  const { clock = systemClock, logger = silentLogger } = options;
  makePrivateDirectory(paths.directory);
  opened.use(lockDirectory(paths));
  const database = openDatabase(paths, { clock, logger });
  opened.defer(() => database.close());
  markInterrupted(database);
  opened.defer(() => leaveTidy(database));
  const storage = ownStorage(database, paths, { ...options, close: () => kept.dispose() });
  const kept = opened.move();
  return storage;
}

/** A full disk must not keep the storage from closing, and nothing here is missed. */
function leaveTidy(database: DatabaseSync): void {
  try {
    forgetOwner(database);
    // Out of WAL mode, so that a reader without an owner need not make the files beside the database.
    database.exec("PRAGMA busy_timeout = 0; PRAGMA journal_mode = DELETE");
  } catch {}
}

interface OwnStorageOptions extends OpenStorageOptions {
  /** Called when the storage is disposed, perhaps more than once. */
  close(): void;
}

/** The owner's storage over a database that it has opened. */
export function ownStorage(database: DatabaseSync, paths: StoragePaths, options: OwnStorageOptions): Storage {
  const { clock = systemClock, logger = silentLogger, ledgerWindowMs = defaults.ledgerWindowMs } = options;
  const { directory } = paths;
  for (const parked of listWrongParked(database)) {
    logger.error({ parked }, "The disk has changed a parked record.");
  }
  const ledger =
    ledgerWindowMs > 0
      ? ownLedger(database, { directory, clock, logger, windowMs: ledgerWindowMs })
      : dropLedger(database);
  const { write, flush } = writing(database, paths, ledger?.passenger);
  /** What is noted of records behind the checkpoint comes again where it cannot be written. */
  async function close(): Promise<void> {
    const lastNotes = ledger?.isWaiting() ? write(() => {}) : undefined;
    flush();
    await lastNotes?.catch((error: unknown) => {
      logger.warn({ err: error }, "The last notes of the ledger could not be written.");
    });
    options.close();
  }
  return storageOver(database, { ...options, directory, write, writeRemoval: write, ledger, close });
}

interface StorageParts extends Omit<OwnStorageOptions, "close"> {
  readonly write: Write;
  readonly writeRemoval: Write;
  readonly ledger: Ledger | undefined;
  close(): void | Promise<void>;
}

function storageOver(database: DatabaseSync, parts: StorageParts): Storage {
  const { directory, write, keepRuns = defaults.keepRuns, clock = systemClock } = parts;
  return {
    client: keyValues(database, { directory, write }),
    runs: runHistory(database, { directory, write, keepRuns, clock }),
    parked: parkedRecords(database, parts),
    ledger: parts.ledger,
    async [Symbol.asyncDispose]() {
      await parts.close();
    },
  };
}
