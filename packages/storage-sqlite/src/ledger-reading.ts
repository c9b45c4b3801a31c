import type { DatabaseSync } from "node:sqlite";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Ledger, LedgerPart, Settlement } from "@loghook/pipeline";
import type { Outcome } from "./ledger-packing.ts";
import { type LedgerRows, type PartRow, partColumns, wholeMs } from "./ledger-parts.ts";
import { toStorageError } from "./sqlite-errors.ts";

interface ReadingOptions {
  readonly directory: string;
  /** What is noted and not written yet. */
  staged?(lane: string): Iterable<Settlement>;
}

/** Entries that are unpacked without letting anybody else have a turn: some milliseconds. */
const entriesPerTurn = 4_000;

export function ledgerReading(
  database: DatabaseSync,
  rows: LedgerRows,
  { directory, staged = () => [] }: ReadingOptions,
): Ledger["read"] {
  const select = database.prepare(
    `SELECT ${partColumns} FROM ledger_part WHERE lane_id = ? AND newest_time >= ? ORDER BY id`,
  );

  /** Packed: that is quick and small, and nobody can write meanwhile. */
  function look(lane: string, since: number): { begin: LedgerPart["begin"]; parts: PartRow[] } {
    database.exec("BEGIN"); // both at one moment, also while another process writes
    try {
      const row = rows.lane(lane);
      const parts = row ? (select.all(row.id, since) as unknown as PartRow[]) : [];
      return { begin: row?.begin, parts };
    } finally {
      database.exec("COMMIT");
    }
  }

  return async (lane, { since = Number.MIN_SAFE_INTEGER } = {}) => {
    try {
      const { begin, parts } = look(lane, since);
      const latest = [...staged(lane)];
      const settled = new Map<string, Outcome>();
      let entries = 0;
      for (const part of parts) {
        entries += part.entries;
        if (entries > entriesPerTurn) {
          await nextTurn();
          entries = part.entries;
        }
        for (const [uid, outcome] of rows.settledIn(part)) settled.set(uid, outcome);
      }
      for (const { uid, as, by } of latest) settled.set(uid, { as, by });
      return { get: (uid) => settled.get(uid), begin: begin ?? beginOf(latest) };
    } catch (error) {
      throw toStorageError(error, "read", directory);
    }
  };
}

export function beginOf([first]: readonly Settlement[]): LedgerPart["begin"] {
  return first && { uid: first.uid, time: wholeMs(first.time) };
}
