import { createHash } from "node:crypto";
import { RetryableError } from "@loghook/pipeline";
import { compareLogIds } from "./log-id.ts";

/** An entry as it came, and what tells it from others. */
export interface PageEntry {
  /** Whatever stood in the array. Usually an object, but that is not for us to demand. */
  readonly entry: unknown;
  /** Where reading can go on behind it: `log_id`, else `_id`. Undefined: it has neither. */
  readonly logId: string | undefined;
  /** The same on every reading: the `logId`, else a digest of the whole entry and how often it came before in its page. */
  readonly uid: string;
}

/**
 * Reads the body of `GET /api/v2/logs`: a bare array, nothing else is a page. Entries are in the order of their ids
 * afterwards, so that a checkpoint between two of them is right whatever the order in which they came.
 *
 * @throws RetryableError when the text is not a page; it never quotes the text, which holds people's data
 */
export function parsePage(text: string, host: string): PageEntry[] {
  const entries = parseExactly(text);
  if (!Array.isArray(entries)) {
    const found = entries === undefined ? "something that is not JSON" : "JSON that is not a list of entries";
    throw new RetryableError(`${host} answered with ${found} (${text.length} characters).`, {
      remedy: "If it stays so, check what a proxy in between answers.",
    });
  }
  const digest = createDigest();
  const page = entries.map((entry) => identify(entry, digest));
  if (!isOrdered(page)) page.sort((a, b) => compareLogIds(a.logId ?? "", b.logId ?? ""));
  return page;
}

// A number that a double may not hold: one of 16 characters and more, or with an exponent, behind a key or in a list.
// Within a text it looks alike now and then, which costs a slower parse and nothing else.
const unsafeNumber = /(?:":|[[,])\s*-?(?:\d[\d.]{15}|\d[\d.]*[eE])/;

/** Undefined: not JSON. */
function parseExactly(text: string): unknown {
  try {
    return unsafeNumber.test(text) ? JSON.parse(text, keepExactNumber as never) : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Numbers that would be written differently from how they came are kept as their text, so that `JSON.stringify` gives
 * back 12345678901234567890 and not 12345678901234567000 (https://tc39.es/proposal-json-parse-with-source/).
 */
function keepExactNumber(_key: string, value: unknown, context: { source?: string }): unknown {
  if (typeof value !== "number" || context.source === undefined) return value;
  return JSON.stringify(value) === context.source ? value : exactNumber.rawJSON(context.source);
}

// TypeScript 7.0 does not know these two yet.
const exactNumber = JSON as typeof JSON & {
  rawJSON(text: string): object;
  isRawJSON(value: unknown): value is { readonly rawJSON: string };
};

function identify(entry: unknown, digest: (entry: unknown) => string): PageEntry {
  const { log_id, _id } = (entry ?? {}) as { log_id?: unknown; _id?: unknown };
  const logId = idText(log_id) ?? idText(_id);
  return { entry, logId, uid: logId ?? digest(entry) };
}

/** Ids are texts. One that came as a number is still an id. */
function idText(value: unknown): string | undefined {
  if (typeof value === "string") return value === "" ? undefined : value;
  if (typeof value === "number") return String(value);
  return exactNumber.isRawJSON(value) ? value.rawJSON : undefined;
}

/** For the entries of one page. Two that are equal may well be two events, so each has a digest of its own. */
function createDigest(): (entry: unknown) => string {
  const copies = new Map<string, number>();
  return (entry) => {
    const text = JSON.stringify(entry);
    const copy = copies.get(text) ?? 0;
    copies.set(text, copy + 1);
    const hash = createHash("sha256").update(text);
    // Behind the text of an entry, which is JSON, no other entry goes on like this.
    return (copy === 0 ? hash : hash.update(`#${copy}`)).digest("hex");
  };
}

/** As pages nearly always are. Where an entry has no id nobody can say where it belongs, and the order stays. */
function isOrdered(page: readonly PageEntry[]): boolean {
  let last = "";
  for (const { logId } of page) {
    if (logId === undefined) return true;
    if (compareLogIds(logId, last) < 0) return page.some((entry) => entry.logId === undefined);
    last = logId;
  }
  return true;
}
