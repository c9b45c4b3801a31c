import type { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import type { ParkedRecord } from "@loghook/pipeline";
import { isUnreadable } from "./sqlite-errors.ts";

/** What the checksum is of. */
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

/** Where a row lies, and whose it is, as far as that can be read. */
export interface ParkedPlace {
  readonly id: number;
  readonly lane: string;
  readonly uid: string;
}

export const parkedColumns = "lane, uid, parked_at, reason, remedy, answer, attempts, record, checksum";

/** The rows one by one, so that one that the disk has changed keeps nobody from the others. */
export function parkedRows(database: DatabaseSync) {
  // Not by the index, which says of a changed row what it was; nor compared by SQLite, which does not find texts again
  // that are no UTF-8 any more.
  const places = database.prepare(`
    SELECT id, coalesce(CAST(lane AS TEXT), '') AS lane, coalesce(CAST(uid AS TEXT), '') AS uid
    FROM parked_record NOT INDEXED ORDER BY parked_at, id`);
  const byId = database.prepare(`SELECT ${parkedColumns} FROM parked_record WHERE id = ?`);
  return {
    /** Oldest first. */
    places: () => Iterator.from(places.iterate() as unknown as Iterable<ParkedPlace>),
    /** Undefined: it was removed meanwhile. */
    recordAt(place: ParkedPlace): ParkedRecord | undefined {
      const row = read(place);
      if (row === undefined) return undefined;
      return row === "changed" ? asChanged(place) : toParkedRecord(row);
    },
    isChanged: (place: ParkedPlace): boolean => read(place) === "changed",
  };

  function read({ id }: ParkedPlace): ParkedRow | "changed" | undefined {
    try {
      const row = byId.get(id) as unknown as ParkedRow | undefined;
      return row === undefined || row.checksum === checksumOf(row) ? row : "changed";
    } catch (error) {
      if (isUnreadable(error)) return "changed";
      throw error;
    }
  }
}

export function checksumOf(fields: ParkedFields): number {
  const { lane, uid, parked_at, reason, remedy, answer, attempts, record } = fields;
  return crc32(JSON.stringify([lane, uid, parked_at, reason, remedy, answer, attempts, record]));
}

export function toFields(record: ParkedRecord): ParkedFields {
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

/** Nothing of the row but what it is removed by: which part of it is wrong cannot be told. */
function asChanged({ lane, uid }: ParkedPlace): ParkedRecord {
  return {
    lane,
    uid,
    parkedAt: 0,
    reason: "The disk has changed what was kept of this entry: it can be discarded, but not sent.",
    remedy: "Look it up at the source by its id, then discard it.",
    answer: undefined,
    attempts: 0,
    record: "null",
  };
}
