import type { DatabaseSync } from "node:sqlite";
import type { ParkedRecords } from "@loghook/pipeline";
import { checksumOf, type ParkedPlace, parkedColumns, parkedRows, toFields } from "./parked-rows.ts";
import { toStorageError } from "./sqlite-errors.ts";
import type { Write } from "./writing.ts";

interface ParkedOptions {
  readonly directory: string;
  readonly write: Write;
  /** For removals, which another process may make, too. */
  readonly writeRemoval: Write;
}

export function parkedRecords(database: DatabaseSync, options: ParkedOptions): ParkedRecords {
  const { directory, write, writeRemoval } = options;
  const insert = database.prepare(`
    INSERT INTO parked_record (${parkedColumns})
    VALUES ($lane, $uid, $parked_at, $reason, $remedy, $answer, $attempts, $record, $checksum)
    ON CONFLICT (lane, uid) DO UPDATE SET parked_at = excluded.parked_at, reason = excluded.reason,
      remedy = excluded.remedy, answer = excluded.answer, attempts = excluded.attempts, record = excluded.record,
      checksum = excluded.checksum`);
  const isParked = database.prepare("SELECT 1 FROM parked_record WHERE lane = ? AND uid = ?");
  const counted = database.prepare(
    "SELECT count(*) AS n FROM parked_record WHERE $lane IS NULL OR lane = $lane",
  );
  const remove = database.prepare("DELETE FROM parked_record WHERE lane = ? AND uid = ?");
  const removeAt = database.prepare("DELETE FROM parked_record WHERE id = ?");
  const rows = parkedRows(database);

  /** Rows that the index does not know by these names: the disk has changed the names. */
  function removeChanged(lane: string, uids: readonly string[]): number {
    const found = rows.places().filter(isOf(lane, uids)).toArray();
    // Otherwise SQLite refuses to delete a row that is not in its index.
    if (found.length > 0) database.exec("REINDEX parked_record");
    for (const { id } of found) removeAt.run(id);
    return found.length;
  }

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
      return await write(() => {
        const isOneMore = isParked.get(fields.lane, fields.uid) === undefined;
        if (isOneMore && Number(counted.get({ lane: fields.lane })?.n) >= atMost) return false;
        insert.run({ ...fields, checksum: checksumOf(fields) });
        return true;
      });
    },
    async list({ lane, uid, limit } = {}) {
      const wanted = isOf(lane, uid === undefined ? undefined : [uid]);
      return read(() =>
        rows
          .places()
          .filter(wanted)
          .map(rows.recordAt)
          .filter((record) => record !== undefined)
          .take(limit ?? Number.POSITIVE_INFINITY)
          .toArray(),
      );
    },
    async count(lane) {
      return read(() => Number(counted.get({ lane: lane ?? null })?.n));
    },
    async remove(lane, uids) {
      return await writeRemoval(() => {
        const unknown = uids.filter((uid) => Number(remove.run(lane, uid).changes) === 0);
        return uids.length - unknown.length + (unknown.length > 0 ? removeChanged(lane, unknown) : 0);
      });
    },
  };
}

/** Undefined: any. */
function isOf(
  lane: string | undefined,
  uids: readonly string[] | undefined,
): (place: ParkedPlace) => boolean {
  const wanted = uids && new Set(uids.map((uid) => uid.toWellFormed()));
  const wantedLane = lane?.toWellFormed();
  return (place) => (wantedLane ?? place.lane) === place.lane && (wanted?.has(place.uid) ?? true);
}

/** @returns lane and uid of those that were changed by something else than this program */
export function listWrongParked(database: DatabaseSync): { lane: string; uid: string }[] {
  const rows = parkedRows(database);
  return rows
    .places()
    .filter(rows.isChanged)
    .map(({ lane, uid }) => ({ lane, uid }))
    .toArray();
}
