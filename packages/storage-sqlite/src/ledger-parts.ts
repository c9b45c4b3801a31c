import type { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import { type LedgerPart, type Settlement, StorageError } from "@loghook/pipeline";
import { type Outcome, pack, unpack } from "./ledger-packing.ts";

/** Where the ledger of a lane begins. */
type Begin = NonNullable<LedgerPart["begin"]>;

interface LaneRow {
  readonly id: number;
  readonly lane: string;
  readonly begin_uid: string;
  readonly begin_time: number;
  readonly checksum: number;
}

/** A row of settlements. Milliseconds since 1970. */
export interface PartFields {
  readonly lane_id: number;
  readonly entries: number;
  readonly first_time: number;
  readonly newest_time: number;
  readonly packed: Uint8Array;
}

export interface PartRow extends PartFields {
  readonly id: number;
  readonly checksum: number;
}

/** The rows of the ledger, as they are written and read. Every row has a checksum over all that it says. */
export interface LedgerRows {
  /** Undefined: nothing of this lane was ever noted. Throws a `StorageError` when the row is not what was written. */
  lane(lane: string): { readonly id: number; readonly begin: Begin } | undefined;
  addLane(lane: string, begin: Begin): number;
  moveBegin(lane: string, id: number, begin: Begin): void;
  /** Returns its id. That is behind all others, unless it is given. */
  addPart(part: PartFields, id?: number): number;
  /** What a row says. Throws a `StorageError` when that is not what was written. */
  settledIn(row: PartRow): Map<string, Outcome>;
  /** The first of them. Throws as `settledIn` does. */
  beginOf(row: PartRow): Begin | undefined;
  /** Throws as `settledIn` does, and leaves it packed. */
  check(row: PartRow): void;
}

export const partColumns = "id, lane_id, entries, first_time, newest_time, packed, checksum";

export function ledgerRows(database: DatabaseSync): LedgerRows {
  const selectLane = database.prepare(
    "SELECT id, lane, begin_uid, begin_time, checksum FROM ledger_lane WHERE lane = ?",
  );
  const insertLane = database.prepare(
    "INSERT INTO ledger_lane (lane, begin_uid, begin_time, checksum) VALUES (?, ?, ?, ?)",
  );
  const updateLane = database.prepare(
    "UPDATE ledger_lane SET begin_uid = ?, begin_time = ?, checksum = ? WHERE id = ?",
  );
  const insertPart = database.prepare(`
    INSERT INTO ledger_part (${partColumns})
    VALUES ($id, $lane_id, $entries, $first_time, $newest_time, $packed, $checksum)`);
  return {
    lane(lane) {
      const row = selectLane.get(lane.toWellFormed()) as LaneRow | undefined;
      if (row === undefined) return undefined;
      const begin = { uid: row.begin_uid, time: row.begin_time };
      if (row.checksum !== laneChecksum(row.lane, begin)) throw changedLedger(`The ledger of ${row.lane}`);
      return { id: row.id, begin };
    },
    addLane(lane, begin) {
      const name = lane.toWellFormed();
      return Number(insertLane.run(name, begin.uid, begin.time, laneChecksum(name, begin)).lastInsertRowid);
    },
    moveBegin(lane, id, begin) {
      updateLane.run(begin.uid, begin.time, laneChecksum(lane.toWellFormed(), begin), id);
    },
    addPart(part, id) {
      const row = { ...part, id: id ?? null, checksum: partChecksum(part) };
      return Number(insertPart.run(row).lastInsertRowid);
    },
    settledIn,
    beginOf(row) {
      const [uid] = settledIn(row).keys();
      return uid === undefined ? undefined : { uid, time: row.first_time };
    },
    check: checkPart,
  };
}

/** The fields of a row that holds these settlements, of which there is at least one. */
export function toPart(laneId: number, settlements: ReadonlyMap<string, Settlement>): PartFields {
  const times = Array.from(settlements.values(), ({ time }) => wholeMs(time));
  return {
    lane_id: laneId,
    entries: settlements.size,
    first_time: times[0] ?? 0,
    newest_time: times.reduce((newest, time) => Math.max(newest, time)),
    packed: pack(settlements),
  };
}

/** A source may give times that are none; that must not keep its lane from being noted. */
export function wholeMs(time: number): number {
  return Number.isFinite(time) ? Math.floor(time) : 0;
}

function settledIn(row: PartRow): Map<string, Outcome> {
  checkPart(row);
  return unpack(row.packed, row.entries);
}

function checkPart(row: PartRow): void {
  if (row.checksum !== partChecksum(row)) throw changedLedger("A part of the ledger");
}

function laneChecksum(lane: string, { uid, time }: Begin): number {
  return crc32(JSON.stringify([lane, uid.toWellFormed(), time]));
}

function partChecksum({ lane_id, entries, first_time, newest_time, packed }: PartFields): number {
  return crc32(packed, crc32(`${lane_id} ${entries} ${first_time} ${newest_time}`));
}

function changedLedger(what: string): StorageError {
  return new StorageError(`${what} is not the one that was written: the disk has changed it.`, {
    remedy: "Start `loghook run` anew: it says from when on the ledger is known, and goes on with that.",
  });
}
