import type { AuditedEntry, FilteredCount } from "./audit-report.ts";
import type { LogBatch, Processor } from "./component.ts";

type LogRecord = LogBatch[number];

interface Reason {
  readonly processor: string;
  readonly rule: string;
}

/** Says of records that were filtered which processor left them out, by the ledger, and by which of its rules. */
export type ExplainFiltered = (
  batch: LogBatch,
  byOf: (record: LogRecord) => string | undefined,
) => Promise<(Reason & { readonly record: LogRecord })[]>;

/** A processor of the lane, with its name in the config. */
export interface NamedProcessor {
  readonly id: string;
  readonly processor: Processor;
}

/** Asks the processors that the lane has now. Each sees what those before it make of the records, as in the lane. */
export function explainWith(processors: readonly NamedProcessor[]): ExplainFiltered {
  return async (batch, byOf) => {
    const rules = new Map<LogRecord, string>();
    const originals = new Map(batch.map((record) => [uidOf(record), record]));
    let going: LogBatch = batch;
    for (const [index, { id, processor }] of processors.entries()) {
      if (going.length === 0) break;
      for (const record of going) {
        const original = originals.get(uidOf(record));
        if (original && byOf(original) === id) rules.set(original, ruleOf(processor, record));
      }
      // Nobody asks what the last one makes of them.
      if (index < processors.length - 1) going = await processor.process(going);
    }
    return batch.map((record) => {
      const by = byOf(record) ?? "a processor";
      return { record, processor: by, rule: rules.get(record) ?? notAsked(by, processors) };
    });
  };
}

function ruleOf(processor: Processor, record: LogRecord): string {
  if (!processor.explain) return "it does not say why";
  return processor.explain(record) ?? "with its present settings it would keep them";
}

function notAsked(by: string, processors: readonly NamedProcessor[]): string {
  return processors.some(({ id }) => id === by)
    ? "another processor would leave them out before it, with the present settings"
    : "the config has no such processor in this lane any more";
}

/** Entries name their types themselves, so there may be as many rules as entries. */
const maxRules = 200;

const otherRules = "other rules of it";

/** Counts records by the rule that left them out. */
export function countRules() {
  const counts = new Map<string, { processor: string; rule: string; count: number; example: AuditedEntry }>();

  function add({ processor, rule }: Reason, toExample: () => AuditedEntry): void {
    const key = `${processor}\0${rule}`;
    const known = counts.get(key);
    if (known) known.count += 1;
    else if (counts.size < maxRules || rule === otherRules) {
      counts.set(key, { processor, rule, count: 1, example: toExample() });
    } else add({ processor, rule: otherRules }, toExample);
  }

  return {
    add,
    list: (): FilteredCount[] => [...counts.values()].sort((a, b) => b.count - a.count),
  };
}

function uidOf(record: LogRecord): unknown {
  return record.attributes["log.record.uid"];
}
