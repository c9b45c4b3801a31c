import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  type Stats,
  statSync,
} from "node:fs";
import { dirname, join } from "node:path";

/** The files of a storage. SQLite makes `-wal`, `-shm` and `-journal` beside a database by itself. */
export interface StoragePaths {
  readonly directory: string;
  readonly database: string;
  /** Where a new database is built, so that `database` is never seen half made. */
  readonly unfinished: string;
  readonly lock: string;
}

export function storagePaths(directory: string): StoragePaths {
  const database = join(directory, "loghook.db");
  return { directory, database, unfinished: `${database}.new`, lock: join(directory, "loghook.lock") };
}

/** What SQLite keeps beside a database file and what belongs to it. */
export const companions = ["-wal", "-shm", "-journal"] as const;

/** Makes the directory (0700) when it is missing. One that is there keeps its mode: it may be shared on purpose. */
export function makePrivateDirectory(directory: string): void {
  const topmost = makeDirectories(directory);
  if (topmost === undefined) return;
  chmodSync(directory, 0o700); // the umask may have taken away more
  for (let made = directory; made.startsWith(topmost); made = dirname(made)) syncDirectory(dirname(made));
}

/**
 * Makes a directory and those around it that are missing. Not by mkdir's own `recursive`, which never returns where the
 * system denies that the parent exists, as under /proc.
 *
 * @returns the topmost that was made; undefined: it was there already
 */
function makeDirectories(directory: string): string | undefined {
  const missing: string[] = [];
  for (let path = directory; !existsSync(path); path = dirname(path)) missing.unshift(path);
  for (const path of missing) mkdirSync(path, { mode: 0o700 });
  return missing[0];
}

/**
 * Makes an empty file that only its owner may read, whatever the umask says, unless it is there already.
 *
 * A file that is there is not opened: closing it would drop every lock that this process holds on it
 * (https://www.sqlite.org/howtocorrupt.html, "Posix advisory locks canceled").
 */
export function makePrivateFile(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
    chmodSync(path, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    narrowMode(path);
  }
}

/** Takes away what others may do with the file. SQLite gives the same mode to the files that it makes beside it. */
export function narrowMode(path: string): void {
  const stats: Stats | undefined = statSync(path, { throwIfNoEntry: false });
  if (stats !== undefined && (stats.mode & 0o077) !== 0) chmodSync(path, 0o600);
}

/** Makes names durable that were added to the directory or changed in it. */
export function syncDirectory(directory: string): void {
  if (process.platform === "win32") return; // cannot open a directory, and writes names through
  const descriptor = openSync(directory, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

export function sizeOf(path: string): number {
  return existsSync(path) ? statSync(path).size : 0;
}
