import { statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { StorageError } from "@loghook/pipeline";
import { companions, type StoragePaths } from "./private-files.ts";
import { toStorageError } from "./sqlite-errors.ts";

/**
 * Makes changes durably: they are on the disk when it resolves. Rejects with a `StorageError`, and then nothing of them
 * has changed. `mayWait`: they may share the transaction of those that come a moment later.
 */
export type Write = <T>(change: () => T, options?: { readonly mayWait?: boolean }) => Promise<T>;

/** What else goes into a transaction, whoever makes it. */
export interface Passenger {
  /** Called within the transaction, behind its own changes. */
  aboard(): void;
  /** Called when it is durable. Must not throw. */
  arrived(): void;
}

export interface Writing {
  readonly write: Write;
  /** Writes what still waits, before it returns. */
  flush(): void;
}

/** Changes that wait for a transaction, and who asked for them. */
interface Waiting {
  make(): void;
  done(): void;
  failed(error: unknown): void;
}

/** Where there is always something that may wait, this part of the time goes into commits. */
const busyShare = 1 / 32;
/** What may be committed at once for all that: as much as if nothing had been for so long. */
const burstMs = 250;
/** Nothing waits longer than that, however slow the disk is. */
const longestWaitMs = 100;

/**
 * The writes of a process that may write. A commit waits for the disk, and everything else here waits with it. So what
 * may wait is committed at once as long as there is little of it, and shares a commit with others where there is much.
 */
export function writing(database: DatabaseSync, paths: StoragePaths, passenger?: Passenger): Writing {
  const requireFiles = filesAsOpened(paths);
  let waiting: Waiting[] = [];
  let timer: NodeJS.Timeout | undefined;
  /** Until when the commits so far have used up their share. Of the clock that is never set. */
  let spentUntil = Number.NEGATIVE_INFINITY;

  function commit(changes: readonly Waiting[]): void {
    inTransaction(database, () => {
      requireFiles();
      for (const change of changes) change.make();
      passenger?.aboard();
    });
    passenger?.arrived();
    for (const change of changes) change.done();
  }

  function tryEach(changes: readonly Waiting[]): void {
    for (const change of changes) {
      try {
        commit([change]);
      } catch (error) {
        change.failed(toStorageError(error, "written", paths.directory));
      }
    }
  }

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (waiting.length === 0) return;
    const changes = waiting;
    waiting = [];
    const begunAt = performance.now();
    try {
      commit(changes);
    } catch {
      // It may be the fault of one of them.
      tryEach(changes);
    }
    const endedAt = performance.now();
    spentUntil = Math.max(spentUntil, endedAt - burstMs) + (endedAt - begunAt) / busyShare;
  }

  return {
    flush,
    write: (change, { mayWait = false } = {}) =>
      new Promise((resolve, reject) => {
        let result: ReturnType<typeof change>;
        waiting.push({
          make() {
            result = change();
          },
          done: () => resolve(result),
          failed: reject,
        });
        const waitMs = mayWait ? Math.min(spentUntil - performance.now(), longestWaitMs) : 0;
        if (waitMs <= 0) flush();
        else timer ??= setTimeout(flush, waitMs);
      }),
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

/**
 * The error of whoever may not write.
 *
 * @param why the beginning of a sentence that ends with what was opened
 */
export function writeRefusal({ directory }: StoragePaths, why: string): () => StorageError {
  return () =>
    new StorageError(`The storage in ${directory} cannot be written: ${why}.`, {
      remedy: "Only the loghook that runs writes into its storage.",
    });
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
