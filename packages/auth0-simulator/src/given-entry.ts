import type { LogEntry } from "./log-store.ts";

/** An entry that a caller wrote, as an object or as the exact text. */
export type GivenEntry = Record<string, unknown> | string;

/** What fills the gaps. */
export interface Filling {
  readonly logId: string;
  /** Milliseconds since 1970. */
  readonly dateMs: number;
}

/** The id that the entry brings along, if any. */
export function ownLogId(given: GivenEntry): string | undefined {
  const { log_id: logId } = typeof given === "string" ? parse(given) : given;
  return typeof logId === "string" && logId !== "{{log_id}}" ? logId : undefined;
}

/** @throws TypeError when a text is not a JSON object, or has no place for the id */
export function toLogEntry(given: GivenEntry, filling: Filling): LogEntry {
  const json = typeof given === "string" ? fillText(given, filling) : fillObject(given, filling);
  const { log_id: logId, type, date } = parse(json);
  if (typeof given === "string" && typeof logId !== "string") {
    throw new TypeError(
      'An entry given as text needs its own "log_id", or "log_id":"{{log_id}}" in its place.',
    );
  }
  return {
    logId: typeof logId === "string" ? logId : filling.logId,
    json,
    type: typeof type === "string" ? type : "",
    dateMs: dateOf(date),
  };
}

function dateOf(date: unknown): number {
  return typeof date === "string" || typeof date === "number" ? new Date(date).getTime() : Number.NaN;
}

function fillText(text: string, { logId, dateMs }: Filling): string {
  return text.replaceAll("{{log_id}}", logId).replaceAll("{{date}}", new Date(dateMs).toISOString());
}

/** `date` comes first and the ids last, as in Auth0's entries. A key that is there but undefined stays away. */
function fillObject(entry: Record<string, unknown>, { logId, dateMs }: Filling): string {
  return JSON.stringify({
    ...(!("date" in entry) && { date: new Date(dateMs).toISOString() }),
    ...entry,
    ...(!("log_id" in entry) && { log_id: logId }),
    ...(!("_id" in entry) && { _id: entry.log_id ?? logId }),
  });
}

function parse(text: string): Record<string, unknown> {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TypeError("An entry given as text must be a JSON object.");
  }
  return value as Record<string, unknown>;
}
