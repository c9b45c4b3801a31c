import type { LogEntry } from "./log-store.ts";
import { dateInRange, dateSpan, textInRange } from "./search-range.ts";
import { type Clause, parseQuery, type QueryNode } from "./search-syntax.ts";

export type EntryTest = (entry: LogEntry) => boolean;

/** https://auth0.com/docs/deploy-monitor/logs/log-search-query-syntax */
export const searchableFields: ReadonlySet<string> = new Set(
  "client_id client_name connection connection_id description date hostname ip log_id organization_id user_id user_name user_agent strategy strategy_type type".split(
    " ",
  ),
);
/** Where a term without a field is looked for. */
const defaultFields = ["user_name", "connection", "client_name", "type", "ip", "log_id", "description"];

/** @throws Error with the text of the refusal when the query cannot be understood */
export function compileQuery(query: string): EntryTest {
  const text = query.trim();
  return text === "" ? () => true : compile(parseQuery(text));
}

function compile(node: QueryNode): EntryTest {
  switch (node.kind) {
    case "not": {
      const test = compile(node.of);
      return (entry) => !test(entry);
    }
    case "and": {
      const tests = node.of.map(compile);
      return (entry) => tests.every((test) => test(entry));
    }
    case "or": {
      const tests = node.of.map(compile);
      return (entry) => tests.some((test) => test(entry));
    }
    case "clause":
      return compileClause(node);
  }
}

function compileClause(clause: Clause): EntryTest {
  if (clause.field === undefined) {
    const tests = defaultFields.map((field) => compileClause({ ...clause, field }));
    return (entry) => tests.some((test) => test(entry));
  }
  if (!searchableFields.has(clause.field)) throw new Error(`unknown field "${clause.field}"`);
  if (clause.field === "date") return compileDate(clause);
  const { field, term, range } = clause;
  const test = range ? (value: string) => textInRange(value, range) : compileTerm(term);
  return (entry) => {
    const value = fieldOf(entry, field);
    return value !== undefined && test(value);
  };
}

function compileDate({ term, range }: Clause): EntryTest {
  if (range) {
    const inRange = dateInRange(range);
    return (entry) => inRange(entry.dateMs);
  }
  const { startMs, endMs } = dateSpan(term);
  return (entry) => entry.dateMs >= startMs && entry.dateMs < endMs;
}

/** Values are compared whole and case-sensitively; `*` stands for anything. */
function compileTerm(term: string): (value: string) => boolean {
  if (!term.includes("*")) return (value) => value === term;
  const literals = term.replaceAll("*", "");
  const isPrefix = term.indexOf("*") === term.length - 1;
  if (!isPrefix && literals.length < 3)
    throw new Error("wildcards need at least three characters beside them");
  const pattern = new RegExp(`^${term.split("*").map(RegExp.escape).join(".*")}$`, "s");
  return (value) => pattern.test(value);
}

/** The value of a field as text; undefined where the entry has none. */
export function fieldOf(entry: LogEntry, field: string): string | undefined {
  if (field === "log_id") return entry.logId;
  if (field === "type") return entry.type;
  const value: unknown = (JSON.parse(entry.json) as Record<string, unknown>)[field];
  return value === undefined || value === null ? undefined : String(value);
}
