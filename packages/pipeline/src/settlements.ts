import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import type { LogBatch } from "./component.ts";
import { recordUid } from "./record-source.ts";
import type { Ledger, Settlement } from "./storage.ts";

/** What a processor left out, by `log.record.uid`, with the id of the processor. */
export type LeftOut = ReadonlyMap<string, string>;

/** How what a pass reads is settled, in the order of reading, until it is noted in the ledger. */
export interface Settlements {
  /** To be told of everything that is read. */
  read(batch: LogBatch, leftOut: LeftOut): void;
  /** A record that counts as settled although it was not delivered. */
  setAside(record: ReadableLogRecord, as: "parked" | "dropped"): void;
  asideOf(record: ReadableLogRecord): "parked" | "dropped" | undefined;
  /** To be called before the checkpoint moves over the first `position` entries of the pass. */
  note(position: number): void;
}

export interface SettlementsOptions {
  readonly lane: string;
  /** Undefined: none is kept. */
  readonly ledger: Ledger | undefined;
}

export function trackSettlements({ lane, ledger }: SettlementsOptions): Settlements {
  const asides = new WeakMap<ReadableLogRecord, "parked" | "dropped">();
  // For the ledger alone, until the checkpoint has passed them. By uid: a processor may have put a copy in its place.
  const unsettled: Settlement[] = [];
  const asidesByUid = new Map<string, "parked" | "dropped">();
  let noted = 0;

  function asItCame(settlement: Settlement): Settlement {
    const { uid } = settlement;
    const as = asidesByUid.get(uid) ?? settlement.as;
    asidesByUid.delete(uid);
    return { ...settlement, as };
  }

  return {
    read(batch, leftOut) {
      if (ledger === undefined) return;
      for (const record of batch) {
        const uid = recordUid(record);
        const by = leftOut.get(uid);
        const [seconds, nanoseconds] = record.hrTime;
        const time = seconds * 1000 + Math.trunc(nanoseconds / 1e6);
        const as = by === undefined ? "delivered" : "filtered";
        unsettled.push({ uid, time, as, ...(by !== undefined && { by }) });
      }
    },
    setAside(record, as) {
      asides.set(record, as);
      if (ledger !== undefined) asidesByUid.set(recordUid(record), as);
    },
    asideOf: (record) => asides.get(record),
    note(position) {
      if (ledger === undefined) return;
      const settled = unsettled.splice(0, position - noted);
      noted = position;
      ledger.note(lane, asidesByUid.size === 0 ? settled : settled.map(asItCame));
    },
  };
}
