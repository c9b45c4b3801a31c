import { existsSync, readdirSync, renameSync } from "node:fs";
import { basename } from "node:path";
import { type Clock, type Logger, StorageError } from "@loghook/pipeline";
import { companions, type StoragePaths, syncDirectory } from "./private-files.ts";

interface SetAsideOptions {
  readonly reason: string;
  readonly cause?: unknown;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Moves an unreadable database and what SQLite keeps beside it to another name.
 *
 * @returns the error to stop with: whoever is on call decides whether the next start may begin empty
 */
export function setAside(paths: StoragePaths, options: SetAsideOptions): StorageError {
  const target = freeName(`${paths.database}.unreadable-${fileTime(options.clock.now())}`);
  for (const suffix of ["", ...companions]) {
    if (existsSync(paths.database + suffix)) renameSync(paths.database + suffix, target + suffix);
  }
  syncDirectory(paths.directory);
  options.logger.error(
    { file: paths.database, setAsideAs: target, reason: options.reason },
    "The storage cannot be read and was set aside.",
  );
  return new StorageError(
    `The file ${paths.database} cannot be read (${options.reason}). It was set aside as ${target}, and nothing was started.`,
    {
      cause: options.cause,
      remedy:
        `To go on from where the lanes were, put a backup in its place before you start again. The next start without ` +
        `one begins with an empty storage: every lane begins at its start_from, so entries may be delivered again, ` +
        `or missed where start_from lies after the lost checkpoint.`,
    },
  );
}

/** Names under which databases were set aside in this directory, oldest first. */
export function listSetAside(paths: StoragePaths): string[] {
  const prefix = `${basename(paths.database)}.unreadable-`;
  const names = readdirSync(paths.directory).filter((name) => name.startsWith(prefix));
  return [...new Set(names.map((name) => name.replace(/-(wal|shm|journal)$/, "")))].sort();
}

/** ISO 8601 in its basic form: colons are not allowed in file names everywhere. */
function fileTime(now: number): string {
  return new Date(now).toISOString().replace(/[-:]/g, "");
}

function freeName(path: string): string {
  const taken = ["", ...companions].some((suffix) => existsSync(path + suffix));
  return taken ? freeName(`${path}-again`) : path;
}
