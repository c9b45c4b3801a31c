import type { DatabaseSync } from "node:sqlite";
import { StorageError } from "@loghook/pipeline";

/**
 * The way from nothing to the present schema. A database that has gone the first n steps has `user_version` n. Steps
 * are only ever added: databases out there have gone the old ones.
 */
export const schemaSteps: readonly string[] = [
  `
  CREATE TABLE key_value (
    owner TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (owner, key)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE run (
    id TEXT NOT NULL PRIMARY KEY,
    lane TEXT NOT NULL,
    started_by TEXT NOT NULL,
    status TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    entries_read INTEGER NOT NULL,
    entries_kept INTEGER NOT NULL,
    entries_delivered INTEGER NOT NULL,
    checkpoint TEXT,
    error_code TEXT,
    error_message TEXT,
    error_remedy TEXT,
    next_run_at INTEGER,
    saved_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX run_by_lane ON run (lane, started_at);

  CREATE TABLE owner_process (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    pid INTEGER NOT NULL,
    host TEXT NOT NULL,
    since INTEGER NOT NULL
  ) STRICT;
  `,
  // ledger_part: settlements of one commit, later of many, in the order of their ids. They are found by their times.
  `
  ALTER TABLE run ADD COLUMN entries_parked INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE run ADD COLUMN entries_dropped INTEGER NOT NULL DEFAULT 0;

  CREATE TABLE parked_record (
    id INTEGER PRIMARY KEY,
    lane TEXT NOT NULL,
    uid TEXT NOT NULL,
    parked_at INTEGER NOT NULL,
    reason TEXT NOT NULL,
    remedy TEXT,
    answer TEXT,
    attempts INTEGER NOT NULL,
    record TEXT NOT NULL,
    checksum INTEGER NOT NULL,
    UNIQUE (lane, uid)
  ) STRICT;

  CREATE TABLE ledger_lane (
    id INTEGER PRIMARY KEY,
    lane TEXT NOT NULL UNIQUE,
    begin_uid TEXT NOT NULL,
    begin_time INTEGER NOT NULL,
    checksum INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE ledger_part (
    id INTEGER PRIMARY KEY,
    lane_id INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    first_time INTEGER NOT NULL,
    newest_time INTEGER NOT NULL,
    packed BLOB NOT NULL,
    checksum INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX ledger_part_by_time ON ledger_part (lane_id, newest_time);
  `,
];

export function schemaVersion(database: DatabaseSync): number {
  return Number(database.prepare("PRAGMA user_version").get()?.user_version);
}

/** Brings the database to the newest schema, in one transaction. Rejects one that is newer than this program. */
export function migrate(database: DatabaseSync, steps: readonly string[] = schemaSteps): void {
  const version = schemaVersion(database);
  if (version > steps.length) throw newerSchema(version, steps.length);
  if (version === steps.length) return;
  database.exec("BEGIN IMMEDIATE");
  for (const step of steps.slice(version)) database.exec(step);
  database.exec(`PRAGMA user_version = ${steps.length}; COMMIT`);
}

function newerSchema(found: number, known: number): StorageError {
  return new StorageError(
    `The storage was written by a newer loghook: it has schema ${found}, and this one knows up to ${known}.`,
    {
      remedy:
        "Install the newer loghook again, or name another directory in extensions.sqlite_storage.directory.",
    },
  );
}
