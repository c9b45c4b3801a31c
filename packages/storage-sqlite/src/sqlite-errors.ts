import { StorageError } from "@loghook/pipeline";

// Primary result codes: https://www.sqlite.org/rescode.html
const SQLITE_BUSY = 5;
const SQLITE_READONLY = 8;
const SQLITE_IOERR = 10;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
const SQLITE_NOTADB = 26;
const SQLITE_IOERR_SHMSIZE = SQLITE_IOERR | (19 << 8); // no room to enlarge the file -shm

type Trouble =
  | "full"
  | "refused"
  | "broken disk"
  | "damaged"
  | "locked"
  | "closed"
  | "no directory"
  | "no place";

const sentences: Record<Trouble, readonly [problem: string, remedy: string]> = {
  full: [
    "the disk is full",
    "Make room on the disk or raise the quota. A loghook that runs goes on by itself then; nothing that it had stored is lost.",
  ],
  refused: [
    "the files there cannot be written",
    "Give the user that runs loghook write access to the directory, or name another one in extensions.sqlite_storage.directory.",
  ],
  "broken disk": [
    "the disk reported a fault",
    "Look into the system's log, check the disk and the quota. Network file systems are not fit for this directory.",
  ],
  damaged: [
    "the file is damaged",
    "Start `loghook run` anew: it examines the file and sets it aside under another name.",
  ],
  locked: [
    "another program keeps the file locked",
    "Close programs that have loghook.db open for writing, such as a database browser.",
  ],
  closed: ["it has been closed already", "Use a storage only before it is disposed."],
  "no directory": [
    "its path names something that is not a directory",
    "Name another path in extensions.sqlite_storage.directory.",
  ],
  "no place": [
    "it cannot be made there",
    "Check extensions.sqlite_storage.directory: part of its path is missing and cannot be made, or is a link to nowhere.",
  ],
};

const bySqliteCode: Partial<Record<number, Trouble>> = {
  [SQLITE_IOERR_SHMSIZE]: "full",
  [SQLITE_BUSY]: "locked",
  [SQLITE_READONLY]: "refused",
  [SQLITE_IOERR]: "broken disk",
  [SQLITE_CORRUPT]: "damaged",
  [SQLITE_FULL]: "full",
  [SQLITE_CANTOPEN]: "refused",
  [SQLITE_NOTADB]: "damaged",
};

const bySystemCode: Partial<Record<string, Trouble>> = {
  EACCES: "refused",
  EPERM: "refused",
  EROFS: "refused",
  ENOSPC: "full",
  EDQUOT: "full",
  EIO: "broken disk",
  ENOTDIR: "no directory",
  EEXIST: "no directory",
  ENOENT: "no place",
  ELOOP: "no place",
  ERR_INVALID_STATE: "closed",
};

/** Thrown when what is stored is not what was written, although SQLite could read it. */
export class DamagedFileError extends Error {
  override readonly name = "DamagedFileError";
}

/** True: the bytes are wrong, and reading them again will not help. */
export function isDamage(error: unknown): boolean {
  return troubleOf(error) === "damaged";
}

/** True: the bytes are wrong, or say a number that this program cannot have written. */
export function isUnreadable(error: unknown): boolean {
  return (
    isDamage(error) || (error instanceof RangeError && "code" in error && error.code === "ERR_OUT_OF_RANGE")
  );
}

export function isBusy(error: unknown): boolean {
  return troubleOf(error) === "locked";
}

/** @param act what could not be done: "opened", "read", "written" */
export function toStorageError(error: unknown, act: string, directory: string): StorageError {
  if (error instanceof StorageError) return error;
  const trouble = troubleOf(error);
  const [problem, remedy] = trouble === undefined ? [messageOf(error), undefined] : sentences[trouble];
  return new StorageError(`The storage in ${directory} cannot be ${act}: ${problem}.`, {
    cause: error,
    remedy: remedy ?? "If this stays, stop loghook, keep a copy of the directory, and report the message.",
  });
}

function troubleOf(error: unknown): Trouble | undefined {
  if (error instanceof DamagedFileError) return "damaged";
  if (!(error instanceof Error)) return undefined;
  if ("errcode" in error) {
    const code = Number(error.errcode);
    return bySqliteCode[code] ?? bySqliteCode[code & 0xff]; // the low byte is the primary code
  }
  return "code" in error ? bySystemCode[String(error.code)] : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
