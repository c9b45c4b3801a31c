import type { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import type { StorageClient } from "@loghook/pipeline";
import { DamagedFileError, toStorageError } from "./sqlite-errors.ts";
import type { Write } from "./writing.ts";

interface Row {
  readonly owner: string;
  readonly key: string;
  readonly value: string;
  readonly checksum: number;
}

/** The keys and values of all owners. */
export function keyValues(
  database: DatabaseSync,
  { directory, write }: { readonly directory: string; readonly write: Write },
): (owner: string) => StorageClient {
  const select = database.prepare(
    "SELECT owner, key, value, checksum FROM key_value WHERE owner = ? AND key = ?",
  );
  const replace = database.prepare(
    "REPLACE INTO key_value (owner, key, value, checksum) VALUES (?, ?, ?, ?)",
  );
  const remove = database.prepare("DELETE FROM key_value WHERE owner = ? AND key = ?");
  return (owner) => ({
    async get(key) {
      try {
        const row = select.get(owner, key) as Row | undefined;
        if (row !== undefined && !isRight(row))
          throw new DamagedFileError(`wrong checksum of ${owner} ${key}`);
        return row?.value;
      } catch (error) {
        throw toStorageError(error, "read", directory);
      }
    },
    async set(key, value, options) {
      await write(() => replace.run(owner, key, value, checksumOf(owner, key, value)), options);
    },
    async delete(key) {
      await write(() => remove.run(owner, key));
    },
  });
}

/** @returns owner and key of a value that was changed by something else than this program */
export function findWrongValue(database: DatabaseSync): string | undefined {
  for (const row of database.prepare("SELECT owner, key, value, checksum FROM key_value").iterate()) {
    const entry = row as unknown as Row;
    if (!isRight(entry)) return `${entry.owner} ${entry.key}`;
  }
  return undefined;
}

function isRight({ owner, key, value, checksum }: Row): boolean {
  return checksum === checksumOf(owner, key, value);
}

/**
 * SQLite keeps no checksums in its database file: a flipped bit in a checkpoint would be another checkpoint, and
 * entries would be skipped.
 */
function checksumOf(owner: string, key: string, value: string): number {
  return crc32(`${owner}\0${key}\0${value}`);
}
