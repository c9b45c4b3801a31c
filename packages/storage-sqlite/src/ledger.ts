import type { DatabaseSync } from "node:sqlite";
import type { Clock, Ledger, Logger, Settlement } from "@loghook/pipeline";
import { ledgerRows, toPart } from "./ledger-parts.ts";
import { beginOf, ledgerReading } from "./ledger-reading.ts";
import { repairLedger } from "./ledger-repair.ts";
import { type LaneToKeep, ledgerUpkeep, smallPart } from "./ledger-upkeep.ts";
import type { Passenger } from "./writing.ts";

/** How often what is older than the window is looked for. */
const forgetEveryMs = 3_600_000;

interface OwnLedgerOptions {
  readonly directory: string;
  readonly windowMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface LaneState extends LaneToKeep {
  /** The last row that is long enough, or was joined. */
  joined: number;
  /** How many come behind it. */
  rows: number;
}

export interface OwnLedger extends Ledger {
  /** Takes what is noted along with the next transaction of anybody. */
  readonly passenger: Passenger;
  /** Notes that wait for a transaction. */
  isWaiting(): boolean;
}

/** The ledger in the hands of the storage's owner. Says aloud what of it was damaged. */
export function ownLedger(database: DatabaseSync, options: OwnLedgerOptions): OwnLedger {
  const { directory, clock, logger } = options;
  const rows = ledgerRows(database);
  const upkeep = ledgerUpkeep(database, { ...options, rows });
  const staged = new Map<string, Map<string, Settlement>>();
  const lanes = new Map<string, LaneState>();
  for (const lane of repairLedger(database, rows, logger))
    lanes.set(lane.lane, { ...lane, ...upkeep.tail(lane) });
  let landed: { readonly state: LaneState; readonly row: number; readonly entries: number }[] = [];
  let forgotAt = Number.NEGATIVE_INFINITY;

  /** Nothing is lost where it fails: the rows stay as they are, and are looked after another time. */
  function lookAfter(lane: string | undefined, act: () => void): void {
    try {
      act();
    } catch (error) {
      logger.warn({ lane, err: error }, "The ledger could not be made smaller.");
    }
  }

  function forgetNowAndThen(): void {
    if (Math.abs(clock.now() - forgotAt) < forgetEveryMs) return; // a clock may jump back
    forgotAt = clock.now();
    for (const state of lanes.values()) lookAfter(state.lane, () => upkeep.forget(state));
  }

  function write(lane: string, notes: ReadonlyMap<string, Settlement>): void {
    const state = lanes.get(lane) ?? addLane(lane, notes);
    const row = rows.addPart(toPart(state.id, notes));
    landed.push({ state, row, entries: notes.size });
  }

  function addLane(lane: string, notes: ReadonlyMap<string, Settlement>): LaneState {
    const id = rows.addLane(lane, beginOf([...notes.values()]) ?? { uid: "", time: 0 });
    return { id, lane, joined: 0, rows: 0 };
  }

  function count({ state, row, entries }: (typeof landed)[number]): void {
    lanes.set(state.lane, state);
    if (entries >= smallPart) {
      state.joined = row;
      state.rows = 0;
      return;
    }
    state.rows += 1;
    if (state.rows % smallPart === 0) lookAfter(state.lane, () => join(state));
  }

  function join(state: LaneState): void {
    while (state.rows >= smallPart) {
      state.joined = upkeep.join(state, state.joined);
      state.rows -= smallPart;
    }
  }

  forgetNowAndThen();
  return {
    note(lane, settlements) {
      if (settlements.length === 0) return;
      const notes = staged.get(lane) ?? new Map<string, Settlement>();
      staged.set(lane, notes);
      for (const settlement of settlements) notes.set(settlement.uid, settlement);
    },
    read: ledgerReading(database, rows, {
      directory,
      staged: (lane) => staged.get(lane)?.values() ?? [],
    }),
    passenger: {
      aboard() {
        landed = [];
        for (const [lane, notes] of staged) write(lane, notes);
      },
      arrived() {
        staged.clear();
        landed.forEach(count);
        forgetNowAndThen();
      },
    },
    isWaiting: () => staged.size > 0,
  };
}

/** No ledger is kept, and none that was kept before: it would have a gap when one is kept again. */
export function dropLedger(database: DatabaseSync): undefined {
  database.exec("BEGIN IMMEDIATE; DELETE FROM ledger_part; DELETE FROM ledger_lane; COMMIT");
}
