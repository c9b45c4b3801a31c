import { type Processor, recordAttribute } from "@loghook/pipeline";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { defaults, type FilterConfig } from "./config.ts";
import { createRule, levelOf, type RecordTraits, type Rule } from "./matches.ts";

/** What the filter looks at. */
export type FilteredRecord = Pick<ReadableLogRecord, "severityNumber" | "eventName" | "attributes">;

// Far more than Auth0 has types. A source that invents a type per record costs time, not memory.
const maxReasons = 1_000;

/**
 * Keeps the records whose level and type match, as they are and in their order.
 *
 * @param config what differs from the defaults; the default keeps everything
 */
export function createFilterProcessor(config: Partial<FilterConfig> = {}): Processor {
  const explain = createRecordRule({ ...defaults, ...config });
  return {
    onlySelects: true,
    process: (batch) => batch.filter((record) => explain(record) === undefined),
    explain,
  };
}

/** The filter as a question to ask of each record: what is against it? Undefined: nothing, and it is kept. */
export function createRecordRule(config: FilterConfig): (record: FilteredRecord) => string | undefined {
  const rule = rememberReasons(createRule(config));
  return (record) => rule(traitsOf(record));
}

function rememberReasons(rule: Rule): Rule {
  // By type: nearly always all records of a type have the same traits.
  const reasons = new Map<
    string | undefined,
    { readonly traits: RecordTraits; readonly reason: string | undefined }
  >();
  return (traits) => {
    const known = reasons.get(traits.type);
    if (known && areSame(known.traits, traits)) return known.reason;
    if (reasons.size >= maxReasons) reasons.clear();
    const reason = rule(traits);
    reasons.set(traits.type, { traits, reason });
    return reason;
  };
}

function areSame(a: RecordTraits, b: RecordTraits): boolean {
  return a.level === b.level && a.type === b.type && a.category === b.category && a.isForeign === b.isForeign;
}

const auth0Prefix = "auth0.";

function traitsOf(record: FilteredRecord): RecordTraits {
  const { severityNumber, eventName } = record;
  const type = textOf(recordAttribute(record, "auth0.type"));
  const isForeign = type === undefined && !!eventName && !eventName.startsWith(auth0Prefix);
  return {
    level: levelOf(severityNumber),
    type: type ?? textOf(isForeign ? eventName : eventName?.slice(auth0Prefix.length)),
    category: textOf(recordAttribute(record, "auth0.category")),
    isForeign,
  };
}

/** Entries are irregular: whatever is not a text that says something counts as absent. */
function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
