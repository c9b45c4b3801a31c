import type { Processor } from "@loghook/pipeline";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { defaults, type FilterConfig } from "./config.ts";
import { createMatcher, levelOf, type RecordTraits } from "./matches.ts";

/** What the filter looks at. */
export type FilteredRecord = Pick<ReadableLogRecord, "severityNumber" | "eventName" | "attributes">;

// Far more than Auth0 has types. A source that invents a type per record costs time, not memory.
const maxDecisions = 1_000;

/**
 * Keeps the records whose level and type match, as they are and in their order.
 *
 * @param config what differs from the defaults; the default keeps everything
 */
export function createFilterProcessor(config: Partial<FilterConfig> = {}): Processor {
  const keeps = createRecordFilter({ ...defaults, ...config });
  return { process: (batch) => batch.filter(keeps) };
}

/** The filter as a question to ask of each record. */
export function createRecordFilter(config: FilterConfig): (record: FilteredRecord) => boolean {
  const decide = rememberDecisions(createMatcher(config));
  return (record) => decide(traitsOf(record));
}

function rememberDecisions(decide: (traits: RecordTraits) => boolean): (traits: RecordTraits) => boolean {
  const decisions = new Map<string, boolean>();
  return (traits) => {
    const key = `${traits.level}\0${traits.type ?? ""}\0${traits.category ?? ""}\0${traits.isForeign}`;
    const known = decisions.get(key);
    if (known !== undefined) return known;
    if (decisions.size >= maxDecisions) decisions.clear();
    const decision = decide(traits);
    decisions.set(key, decision);
    return decision;
  };
}

const auth0Prefix = "auth0.";

function traitsOf({ severityNumber, eventName, attributes }: FilteredRecord): RecordTraits {
  const type = textOf(attributes["auth0.type"]);
  const isForeign = type === undefined && !!eventName && !eventName.startsWith(auth0Prefix);
  return {
    level: levelOf(severityNumber),
    type: type ?? textOf(isForeign ? eventName : eventName?.slice(auth0Prefix.length)),
    category: textOf(attributes["auth0.category"]),
    isForeign,
  };
}

/** Entries are irregular: whatever is not a text that says something counts as absent. */
function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
