import { statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { StorageError } from "@loghook/pipeline";
import { companions, type StoragePaths } from "./private-files.ts";
import { toStorageError } from "./sqlite-errors.ts";

/** Makes changes in one transaction, durably when it returns. Throws a `StorageError`, and then nothing has changed. */
export type Write = <T>(change: () => T) => T;

/** What else goes into a transaction, whoever makes it. */
export interface Passenger {
  /** Called within the transaction, behind its own changes. */
  aboard(): void;
  /** Called when it is durable. Must not throw. */
  arrived(): void;
}

/** The writes of a process that may write. */
export function writing(database: DatabaseSync, paths: StoragePaths, passenger?: Passenger): Write {
  const requireFiles = filesAsOpened(paths);
  return (change) => {
    try {
      const result = inTransaction(database, () => {
        requireFiles();
        const changed = change();
        passenger?.aboard();
        return changed;
      });
      passenger?.arrived();
      return result;
    } catch (error) {
      throw toStorageError(error, "written", paths.directory);
    }
  };
}

/** Takes the lock for writing at the beginning, so that waiting for another writer is all that it takes. */
export function inTransaction<T>(database: DatabaseSync, act: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = act();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    // SQLite has rolled back by itself after some errors: https://www.sqlite.org/lang_transaction.html
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

/** @param why the beginning of a sentence that ends with what was opened */
export function refusingWrites({ directory }: StoragePaths, why: string): Write {
  return () => {
    throw new StorageError(`The storage in ${directory} cannot be written: ${why}.`, {
      remedy: "Only the loghook that runs writes into its storage.",
    });
  };
}

/**
 * POSIX systems go on writing into files that have no name any more, and what is written is lost with the process.
 *
 * @returns what throws a `StorageError` when the files are not there any more that were there when it was made
 */
function filesAsOpened({ database, directory }: StoragePaths): () => void {
  const names = ["", ...companions].map((suffix) => database + suffix);
  const opened = names.map((name) => [name, identityOf(name)] as const).filter(([, identity]) => identity);
  return () => {
    const missing = opened.find(([name, identity]) => identityOf(name) !== identity);
    if (missing === undefined) return;
    throw new StorageError(
      `The storage in ${directory} cannot be written: the file ${missing[0]} was removed or replaced while it was in use.`,
      { remedy: "Put it back where it was, or start loghook anew: it goes on from what is there then." },
    );
  };
}

function identityOf(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats && `${stats.dev} ${stats.ino}`;
}
