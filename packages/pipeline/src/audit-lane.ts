import type { AuditError, AuditedEntry, AuditKind, LaneAudit } from "./audit-report.ts";
import { countRules, type ExplainFiltered } from "./audit-rules.ts";
import type { LogBatch } from "./component.ts";
import { recordUid } from "./record-source.ts";
import type { LedgerPart } from "./storage.ts";

type LogRecord = LogBatch[number];

/** What is known of a lane before anything is listed. In this order: what the checkpoint has passed is in the ledger. */
export interface LaneKnowledge {
  readonly lane: string;
  /** `Receiver.passed`. Undefined: the lane has no checkpoint. */
  readonly passed: ((record: LogRecord) => boolean) | undefined;
  /** Undefined: the storage keeps none. */
  readonly ledger: LedgerPart | undefined;
  /** The uids of what is parked now. Read after the ledger. */
  readonly parked: ReadonlySet<string>;
  readonly explain: ExplainFiltered;
}

/** Milliseconds since 1970. */
export interface AuditWindow {
  /** Undefined: from the first entry of the ledger on. */
  readonly from: number | undefined;
  /** May be infinite. */
  readonly to: number;
  /** Where the listing begins. Not after `from`. */
  readonly listFrom: number;
}

/** A lane that is being compared with what its source holds. */
export interface LaneComparison {
  /** Takes the next of what was listed. */
  take(batch: LogBatch): Promise<void>;
  /** @param error what ended the listing early */
  report(error?: AuditError): LaneAudit;
}

type Entries = Record<AuditKind, AuditedEntry[]>;

const maxExamples = 5;
const maxMissing = 100_000;
const kinds: readonly AuditKind[] = [
  "delivered",
  "filtered",
  "parked",
  "taken_up",
  "dropped",
  "waiting",
  "not_covered",
  "missing",
];

export function compareLane(known: LaneKnowledge, window: AuditWindow): LaneComparison {
  const { lane, passed, ledger, parked, explain } = known;
  const begin = ledger?.begin;
  const counts = Object.fromEntries(kinds.map((kind) => [kind, 0])) as Record<AuditKind, number>;
  const examples = Object.fromEntries(kinds.map((kind): [string, AuditedEntry[]] => [kind, []])) as Entries;
  const { missing } = examples;
  const rules = countRules();
  // Entries come in the order in which the lane reads them, which their times need not follow to the second: what was
  // settled before the ledger began is told by its place. Of `undecided` that is not known while its begin is to come.
  let begun = begin !== undefined && begin.time < window.listFrom;
  let undecided = { count: 0, entries: [] as AuditedEntry[] };

  function count(kind: AuditKind, toEntry: () => AuditedEntry): void {
    counts[kind] += 1;
    if (examples[kind].length < (kind === "missing" ? maxMissing : maxExamples))
      examples[kind].push(toEntry());
  }

  /** What was undecided is known to be this. */
  function decide(kind: AuditKind): void {
    const { count: all, entries } = undecided;
    undecided = { count: 0, entries: [] };
    for (const entry of entries) count(kind, () => entry);
    counts[kind] += all - entries.length;
  }

  function isInWindow(time: number): boolean {
    if (time >= window.to) return false;
    if (window.from !== undefined) return time >= window.from;
    return begun || time >= (begin?.time ?? window.listFrom);
  }

  function kindOf(record: LogRecord, uid: string): AuditKind | "undecided" {
    // Whatever else is known of it: while it is parked, it is not known to have been delivered.
    if (parked.has(uid)) return "parked";
    const settled = ledger?.get(uid);
    if (settled) return settled.as === "parked" ? "taken_up" : settled.as;
    if (!passed?.(record)) return "waiting";
    if (begin === undefined) return "not_covered";
    if (begun) return "missing";
    return timeOf(record) < begin.time ? "not_covered" : "undecided";
  }

  /** The ledger begins here: what came before it was settled before, whatever its time. */
  function beginHere(): void {
    begun = true;
    // Where the window is the ledger's own, it is none of it.
    if (window.from === undefined) undecided = { count: 0, entries: [] };
    else decide("not_covered");
  }

  /** Whether a processor left it out, so that it is to be asked why. */
  function takeOne(record: LogRecord): boolean {
    const uid = recordUid(record);
    if (!begun && uid === begin?.uid) beginHere();
    if (!isInWindow(timeOf(record))) return false;
    const kind = kindOf(record, uid);
    if (kind !== "undecided") count(kind, () => entryOf(record));
    else {
      undecided.count += 1;
      if (undecided.entries.length < maxMissing) undecided.entries.push(entryOf(record));
    }
    return kind === "filtered";
  }

  return {
    async take(batch) {
      const filtered = batch.filter(takeOne);
      const byOf = (record: LogRecord): string | undefined => ledger?.get(recordUid(record))?.by;
      for (const { record, ...reason } of await explain(filtered, byOf))
        rules.add(reason, () => entryOf(record));
    },
    report(error) {
      // The source does not hold the ledger's begin any more, so the times have to tell; or it was not asked for it.
      decide(error ? "not_covered" : "missing");
      return {
        lane,
        verdict: verdictOf(counts, error),
        from: isoTime(window.from ?? begin?.time ?? window.listFrom),
        to: isoTime(window.to),
        ...(begin && { ledgerBegin: { id: begin.uid, time: isoTime(begin.time) } }),
        entries: Object.values(counts).reduce((sum, number) => sum + number, 0),
        counts: { ...counts },
        filteredBy: rules.list(),
        examples: { ...examples, missing: missing.slice(0, maxExamples) },
        missing,
        ...(error && { error }),
      };
    },
  };
}

function verdictOf(counts: Record<AuditKind, number>, error: AuditError | undefined): LaneAudit["verdict"] {
  if (counts.missing > 0) return "missing";
  return error || counts.not_covered > 0 ? "unknown" : "complete";
}

function entryOf(record: LogRecord): AuditedEntry {
  return { id: recordUid(record), time: isoTime(timeOf(record)), type: record.eventName };
}

function timeOf({ hrTime: [seconds, nanoseconds] }: LogRecord): number {
  return seconds * 1000 + Math.trunc(nanoseconds / 1e6);
}

/** Sources may name times that no date can. */
function isoTime(ms: number): string {
  const furthest = 8.64e15; // https://tc39.es/ecma262/#sec-time-values-and-time-range
  return new Date(Math.min(Math.max(ms, -furthest), furthest)).toISOString();
}
