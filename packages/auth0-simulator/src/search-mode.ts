import { type Answer, jsonText } from "./answer.ts";
import { apiError } from "./api-errors.ts";
import type { LogEntry } from "./log-store.ts";
import { InvalidQueryError, invalidProperty, readBoolean, readInteger } from "./query-values.ts";
import { compileQuery, type EntryTest, fieldOf, searchableFields } from "./search-query.ts";
import type { TenantLog } from "./tenant-log.ts";

const maxResults = 1000;

/**
 * GET /api/v2/logs without `from`: a search, newest first, of which only the first 1,000 results can be paged.
 *
 * @throws InvalidQueryError
 */
export function search(log: TenantLog, query: URLSearchParams): Answer {
  const asked = readSearch(query);
  const { page, perPage, test, order } = asked;
  if ((page + 1) * perPage > maxResults) return tooFar(page);
  const hits = log.all().slice(log.firstKept()).filter(test);
  const entries = order(hits).slice(page * perPage, (page + 1) * perPage);
  const logs = `[${entries.map((entry) => projected(entry, asked)).join(",")}]`;
  if (!asked.includeTotals) return jsonText(200, logs);
  // `total` is the number on the page, as Auth0 says itself, and not that of all hits.
  const { length } = entries;
  return jsonText(
    200,
    `{"start":${page * perPage},"limit":${perPage},"length":${length},"total":${length},"logs":${logs}}`,
  );
}

/** Seen in https://github.com/tfadeyi/auth0-simple-exporter/issues/69. */
function tooFar(page: number): Answer {
  const remedy =
    "please consider searching by checkpoint https://auth0.com/docs/logs/retrieve-log-events-using-mgmt-api#retrieve-logs-by-checkpoint";
  const message = `Requesting page ${page + 1} exceeds the allowed maximum of ${maxResults} records: ${remedy}`;
  return apiError(400, message, { errorCode: "invalid_paging" });
}

type Order = (entries: LogEntry[]) => LogEntry[];

interface Search {
  readonly page: number;
  readonly perPage: number;
  readonly includeTotals: boolean;
  readonly test: EntryTest;
  readonly order: Order;
  /** Empty: all. */
  readonly fields: readonly string[];
  readonly includeFields: boolean;
}

function readSearch(query: URLSearchParams): Search {
  return {
    page: readInteger(query, "page", { fallback: 0, min: 0, max: Number.MAX_SAFE_INTEGER }),
    perPage: readInteger(query, "per_page", { fallback: 50, min: 1, max: 100 }),
    includeTotals: readBoolean(query, "include_totals", false),
    test: readTest(query.get("q") ?? ""),
    order: readOrder(query.get("sort")),
    fields: query.get("fields")?.split(",").filter(Boolean) ?? [],
    includeFields: readBoolean(query, "include_fields", true),
  };
}

function readTest(query: string): EntryTest {
  try {
    return compileQuery(query);
  } catch (error) {
    throw new InvalidQueryError(`The search query string has an error: ${(error as Error).message}`);
  }
}

function readOrder(sort: string | null): Order {
  if (!sort) return (entries) => entries.reverse();
  const [, field = "", direction] = /^(\w+):(1|-1)$/.exec(sort) ?? [];
  if (!searchableFields.has(field)) throw invalidProperty("sort", `Unknown sort: ${sort}`);
  const key = field === "date" ? dateKey : (entry: LogEntry) => fieldOf(entry, field) ?? "";
  const sign = Number(direction);
  return (entries) =>
    entries
      .map((entry) => ({ entry, key: key(entry) }))
      .sort((a, b) => (a.key === b.key ? 0 : a.key < b.key ? -sign : sign))
      .map(({ entry }) => entry);
}

/** Entries without a date come first. */
function dateKey({ dateMs }: LogEntry): number {
  return Number.isNaN(dateMs) ? Number.NEGATIVE_INFINITY : dateMs;
}

/** The exact text, unless only some of its fields are wanted. */
function projected({ json }: LogEntry, { fields, includeFields }: Search): string {
  if (fields.length === 0) return json;
  const entry = Object.entries(JSON.parse(json) as object);
  return JSON.stringify(
    Object.fromEntries(entry.filter(([name]) => fields.includes(name) === includeFields)),
  );
}
