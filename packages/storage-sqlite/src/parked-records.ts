import type { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import { type ParkedRecord, type ParkedRecords, StorageError } from "@loghook/pipeline";
import { toStorageError } from "./sqlite-errors.ts";
import type { Write } from "./writing.ts";

interface ParkedFields {
  readonly lane: string;
  readonly uid: string;
  readonly parked_at: number;
  readonly reason: string;
  readonly remedy: string | null;
  readonly answer: string | null;
  readonly attempts: number;
  readonly record: string;
}

interface ParkedRow extends ParkedFields {
  readonly checksum: number;
}

interface ParkedOptions {
  readonly directory: string;
  readonly write: Write;
  /** For removals, which another process may make, too. */
  readonly writeRemoval: Write;
}

const columns = "lane, uid, parked_at, reason, remedy, answer, attempts, record, checksum";

export function parkedRecords(database: DatabaseSync, options: ParkedOptions): ParkedRecords {
  const { directory, write, writeRemoval } = options;
  const insert = database.prepare(`
    INSERT INTO parked_record (${columns})
    VALUES ($lane, $uid, $parked_at, $reason, $remedy, $answer, $attempts, $record, $checksum)
    ON CONFLICT (lane, uid) DO UPDATE SET parked_at = excluded.parked_at, reason = excluded.reason,
      remedy = excluded.remedy, answer = excluded.answer, attempts = excluded.attempts, record = excluded.record,
      checksum = excluded.checksum`);
  const isParked = database.prepare("SELECT 1 FROM parked_record WHERE lane = ? AND uid = ?");
  const counted = database.prepare(
    "SELECT count(*) AS n FROM parked_record WHERE $lane IS NULL OR lane = $lane",
  );
  const select = database.prepare(`
    SELECT ${columns} FROM parked_record
    WHERE ($lane IS NULL OR lane = $lane) AND ($uid IS NULL OR uid = $uid)
    ORDER BY parked_at, id
    LIMIT $limit`);
  const remove = database.prepare("DELETE FROM parked_record WHERE lane = ? AND uid = ?");

  function read<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      throw toStorageError(error, "read", directory);
    }
  }

  return {
    async add(record, { atMost }) {
      const fields = toFields(record);
      return write(() => {
        const isOneMore = isParked.get(fields.lane, fields.uid) === undefined;
        if (isOneMore && Number(counted.get({ lane: fields.lane })?.n) >= atMost) return false;
        insert.run({ ...fields, checksum: checksumOf(fields) });
        return true;
      });
    },
    async list({ lane, uid, limit } = {}) {
      const filter = { lane: lane ?? null, uid: uid ?? null, limit: limit ?? -1 };
      const rows = read(() => select.all(filter)) as unknown as ParkedRow[];
      return rows.map(toParkedRecord);
    },
    async count(lane) {
      return read(() => Number(counted.get({ lane: lane ?? null })?.n));
    },
    async remove(lane, uids) {
      return writeRemoval(() =>
        uids.reduce((removed, uid) => removed + Number(remove.run(lane, uid).changes), 0),
      );
    },
  };
}

/** @returns lane and uid of those that were changed by something else than this program */
export function listWrongParked(database: DatabaseSync): { lane: string; uid: string }[] {
  const wrong: { lane: string; uid: string }[] = [];
  for (const row of database.prepare(`SELECT ${columns} FROM parked_record`).iterate()) {
    const parked = row as unknown as ParkedRow;
    if (parked.checksum !== checksumOf(parked)) wrong.push({ lane: parked.lane, uid: parked.uid });
  }
  return wrong;
}

function toFields(record: ParkedRecord): ParkedFields {
  return {
    lane: record.lane.toWellFormed(), // as SQLite stores texts, and as the checksum finds them again
    uid: record.uid.toWellFormed(),
    parked_at: record.parkedAt,
    reason: record.reason.toWellFormed(),
    remedy: record.remedy?.toWellFormed() ?? null,
    answer: record.answer?.toWellFormed() ?? null,
    attempts: record.attempts,
    record: record.record.toWellFormed(),
  };
}

function toParkedRecord(row: ParkedRow): ParkedRecord {
  if (row.checksum !== checksumOf(row)) throw wrongParked(row);
  return {
    lane: row.lane,
    uid: row.uid,
    parkedAt: row.parked_at,
    reason: row.reason,
    remedy: row.remedy ?? undefined,
    answer: row.answer ?? undefined,
    attempts: row.attempts,
    record: row.record,
  };
}

function checksumOf({
  lane,
  uid,
  parked_at,
  reason,
  remedy,
  answer,
  attempts,
  record,
}: ParkedFields): number {
  return crc32(JSON.stringify([lane, uid, parked_at, reason, remedy, answer, attempts, record]));
}

function wrongParked({ lane, uid }: ParkedFields): StorageError {
  return new StorageError(
    `The parked record ${uid} of ${lane} is not the one that was written: the disk has changed it.`,
    {
      remedy:
        "Look its entry up at the source by this id, then discard the record. The others can be named one by one.",
    },
  );
}
