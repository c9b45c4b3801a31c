import type { Clock, Ledger, Settlement } from "@loghook/pipeline";

export interface MemoryLedgerOptions {
  readonly clock: Clock;
  /** How far back it reaches, in milliseconds. */
  readonly windowMs: number;
}

interface LaneNotes {
  /** By their uids, in the order in which they were first noted. */
  readonly settled: Map<string, Settlement>;
  newestTime: number;
}

/** A ledger that is gone with the process. */
export function memoryLedger({ clock, windowMs }: MemoryLedgerOptions): Ledger {
  const lanes = new Map<string, LaneNotes>();

  function notesOf(lane: string): LaneNotes {
    const notes = lanes.get(lane) ?? { settled: new Map(), newestTime: Number.NEGATIVE_INFINITY };
    lanes.set(lane, notes);
    return notes;
  }

  function forget({ settled, newestTime }: LaneNotes): void {
    const limit = Math.min(clock.now(), newestTime) - windowMs;
    // From the front and no further: what comes behind the first that is kept counts as known.
    for (const [uid, { time }] of settled) {
      if (time >= limit) return;
      settled.delete(uid);
    }
  }

  return {
    note(lane, settlements) {
      const notes = notesOf(lane);
      for (const settlement of settlements) {
        notes.settled.set(settlement.uid, settlement);
        notes.newestTime = Math.max(notes.newestTime, settlement.time);
      }
    },
    async read(lane) {
      const notes = notesOf(lane);
      forget(notes);
      const [begin] = notes.settled.values();
      return {
        get(uid) {
          const found = notes.settled.get(uid);
          return found && { as: found.as, by: found.by };
        },
        begin: begin && { uid: begin.uid, time: begin.time },
      };
    },
  };
}
