import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "@loghook/pipeline";
import { type Outcome, pack } from "./ledger-packing.ts";
import { type LedgerRows, type PartRow, partColumns } from "./ledger-parts.ts";
import { inTransaction } from "./writing.ts";

/**
 * Rows of fewer entries are joined, so many of them at once. Longer rows would be smaller by a quarter, for twice the CPU
 * time that the ledger takes now (bench/ledger-cost.ts).
 */
export const smallPart = 64;

export interface LaneToKeep {
  readonly id: number;
  readonly lane: string;
}

export interface LedgerUpkeep {
  /** The last row that is long enough, and how many come behind it. */
  tail(lane: LaneToKeep): { readonly joined: number; readonly rows: number };
  /** Makes one row of the first `smallPart` that come behind row `joined`. Returns its id. */
  join(lane: LaneToKeep, joined: number): number;
  /** Drops what is older than the window. */
  forget(lane: LaneToKeep): void;
}

export function ledgerUpkeep(
  database: DatabaseSync,
  { rows, clock, windowMs }: { readonly rows: LedgerRows; readonly clock: Clock; readonly windowMs: number },
): LedgerUpkeep {
  const lastLong = database.prepare(
    "SELECT ifnull(max(id), 0) AS id FROM ledger_part WHERE lane_id = ? AND entries >= ?",
  );
  const countBehind = database.prepare("SELECT count(*) AS n FROM ledger_part WHERE lane_id = ? AND id > ?");
  const firstBehind = database.prepare(
    `SELECT ${partColumns} FROM ledger_part WHERE lane_id = ? AND id > ? ORDER BY id LIMIT ${smallPart}`,
  );
  const drop = database.prepare("DELETE FROM ledger_part WHERE lane_id = ? AND id BETWEEN ? AND ?");
  const newest = database.prepare("SELECT max(newest_time) AS time FROM ledger_part WHERE lane_id = ?");
  const times = database.prepare("SELECT id, newest_time FROM ledger_part WHERE lane_id = ? ORDER BY id");
  const one = database.prepare(`SELECT ${partColumns} FROM ledger_part WHERE id = ?`);

  /** By this machine's clock and by the lane's, so that one of them alone makes it forget nothing. */
  function findLastOld(id: number): number | undefined {
    const now = clock.now();
    const limit = Math.min(now, Number(newest.get(id)?.time)) - windowMs;
    let lastOld: number | undefined;
    for (const row of times.iterate(id)) {
      const time = Number(row.newest_time);
      if (time < limit) lastOld = Number(row.id);
      // A time that is still to come is a wrong one, and must not hold up the others.
      else if (time <= now) break;
    }
    return lastOld;
  }

  return {
    tail({ id }) {
      const joined = Number(lastLong.get(id, smallPart)?.id);
      return { joined, rows: Number(countBehind.get(id, joined)?.n) };
    },
    join({ id }, joined) {
      return inTransaction(database, () => {
        const parts = firstBehind.all(id, joined) as unknown as PartRow[];
        const [first, last] = [parts[0], parts.at(-1)];
        if (first === undefined || last === undefined) return joined;
        const settled = new Map<string, Outcome>();
        for (const part of parts) for (const [uid, how] of rows.settledIn(part)) settled.set(uid, how);
        drop.run(id, first.id, last.id);
        return rows.addPart(
          {
            lane_id: id,
            entries: settled.size,
            first_time: first.first_time,
            newest_time: parts.reduce(
              (latest, part) => Math.max(latest, part.newest_time),
              first.newest_time,
            ),
            packed: pack(settled),
          },
          last.id,
        );
      });
    },
    forget({ id, lane }) {
      const lastOld = findLastOld(id);
      if (lastOld === undefined) return;
      inTransaction(database, () => {
        // The last old row stays: its first entry is where the ledger begins, whatever may be missing behind it.
        if (Number(drop.run(id, 0, lastOld - 1).changes) === 0) return;
        const begin = rows.beginOf(one.get(lastOld) as unknown as PartRow);
        if (begin) rows.moveBegin(lane, id, begin);
      });
    },
  };
}
