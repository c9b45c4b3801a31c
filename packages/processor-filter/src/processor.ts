import type { LogBatch, Processor } from "@loghook/pipeline";
import { defaults, type FilterConfig } from "./config.ts";
import { createMatcher, levelOf, type RecordTraits } from "./matches.ts";

type LogRecord = LogBatch[number];

// Far more than Auth0 has types. A source that invents a type per record costs time, not memory.
const maxDecisions = 1_000;

/**
 * Keeps the records whose level and type match, as they are and in their order.
 *
 * @param config what differs from the defaults; the default keeps everything
 */
export function createFilterProcessor(config: Partial<FilterConfig> = {}): Processor {
  const keeps = rememberDecisions(createMatcher({ ...defaults, ...config }));
  return { process: (batch) => batch.filter((record) => keeps(traitsOf(record))) };
}

function rememberDecisions(decide: (traits: RecordTraits) => boolean): (traits: RecordTraits) => boolean {
  const decisions = new Map<string, boolean>();
  return (traits) => {
    const key = `${traits.level}\0${traits.type ?? ""}\0${traits.category ?? ""}`;
    const known = decisions.get(key);
    if (known !== undefined) return known;
    if (decisions.size >= maxDecisions) decisions.clear();
    const decision = decide(traits);
    decisions.set(key, decision);
    return decision;
  };
}

function traitsOf(record: LogRecord): RecordTraits {
  return {
    level: levelOf(record.severityNumber),
    type: textOf(record.attributes["auth0.type"]) ?? textOf(record.eventName?.replace(/^auth0\./, "")),
    category: textOf(record.attributes["auth0.category"]),
  };
}

/** Entries are irregular: whatever is not a text that says something counts as absent. */
function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
