import type { DatabaseSync } from "node:sqlite";
import type { Logger } from "@loghook/pipeline";
import { type LedgerRows, type PartRow, partColumns } from "./ledger-parts.ts";
import type { LaneToKeep } from "./ledger-upkeep.ts";
import { inTransaction } from "./writing.ts";

/**
 * Examines the ledger. Where the disk has changed something, that and all before it goes, so that what a lane has left
 * is complete from its beginning on; an error says so.
 *
 * @returns the lanes that are noted
 */
export function repairLedger(database: DatabaseSync, rows: LedgerRows, logger: Logger): LaneToKeep[] {
  return inTransaction(database, () => {
    const damagedUpTo = findDamage(database, rows);
    const lanes = database.prepare("SELECT id, lane FROM ledger_lane").all() as unknown as LaneToKeep[];
    const known = lanes.filter((lane) => {
      const sound = isSound(() => rows.lane(lane.lane));
      const last = sound ? damagedUpTo.get(lane.id) : Number.MAX_SAFE_INTEGER;
      return last === undefined || dropUpTo(lane, last);
    });
    dropWithoutLane();
    return known;
  });

  /** @returns whether something is left */
  function dropUpTo(lane: LaneToKeep, last: number): boolean {
    database.prepare("DELETE FROM ledger_part WHERE lane_id = ? AND id <= ?").run(lane.id, last);
    const next = database
      .prepare(`SELECT ${partColumns} FROM ledger_part WHERE lane_id = ? ORDER BY id LIMIT 1`)
      .get(lane.id) as PartRow | undefined;
    const begin = next && rows.beginOf(next);
    if (begin) rows.moveBegin(lane.lane, lane.id, begin);
    else database.prepare("DELETE FROM ledger_lane WHERE id = ?").run(lane.id);
    logger.error(
      { lane: lane.lane, begin },
      "The disk has changed the ledger: what this lane settled before is not known any more.",
    );
    return begin !== undefined;
  }

  function dropWithoutLane(): void {
    const { changes } = database
      .prepare("DELETE FROM ledger_part WHERE lane_id NOT IN (SELECT id FROM ledger_lane)")
      .run();
    if (Number(changes) > 0) logger.error({ rows: changes }, "Parts of the ledger are of no lane any more.");
  }
}

/** @returns for each lane with damage the last row that has it */
function findDamage(database: DatabaseSync, rows: LedgerRows): Map<number, number> {
  const damagedUpTo = new Map<number, number>();
  for (const row of database.prepare(`SELECT ${partColumns} FROM ledger_part ORDER BY id`).iterate()) {
    const part = row as unknown as PartRow;
    if (!isSound(() => rows.check(part))) damagedUpTo.set(part.lane_id, part.id);
  }
  return damagedUpTo;
}

function isSound(look: () => unknown): boolean {
  try {
    look();
    return true;
  } catch {
    return false;
  }
}
