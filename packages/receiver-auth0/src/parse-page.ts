import { createHash } from "node:crypto";
import { type ExactJson, exactDigits, RetryableError, readExactJson } from "@loghook/pipeline";
import { compareLogIds } from "./log-id.ts";

/** An entry as it came, and what tells it from others. */
export interface PageEntry {
  /** Whatever stood in the array. Usually an object, but that is not for us to demand. */
  readonly entry: unknown;
  /** The entry as the tenant wrote it. Undefined: it had to be changed. */
  readonly json?: string | undefined;
  /** Where reading can go on behind it: `log_id`, else `_id`. Undefined: it has neither. */
  readonly logId: string | undefined;
  /** The same on every reading: the `logId`, else a digest of the whole entry and how often it came before in its page. */
  readonly uid: string;
}

/** Of lists and objects in each other, the page among them: Auth0's own entries have a depth of about ten. */
const maxDepth = 500;

/**
 * Reads the body of `GET /api/v2/logs`: a bare array, nothing else is a page. Entries are in the order of their ids
 * afterwards, so that a checkpoint between two of them is right whatever the order in which they came.
 *
 * @throws RetryableError when the text is not a page; it never quotes the text, which holds people's data
 */
export function parsePage(text: string, host: string): PageEntry[] {
  const { value: entries, items } = readExactly(text);
  if (!Array.isArray(entries)) {
    const found = entries === undefined ? "something that is not JSON" : "JSON that is not a list of entries";
    throw new RetryableError(`${host} answered with ${found} (${text.length} characters).`, {
      remedy: "If it stays so, check what a proxy in between answers.",
    });
  }
  const digest = createDigest();
  const page = entries.map((entry, index) => identify(entry, { digest, json: items?.[index] }));
  if (!isOrdered(page)) page.sort((a, b) => compareLogIds(a.logId ?? "", b.logId ?? ""));
  return page;
}

/** A value of undefined: not JSON. */
function readExactly(text: string): ExactJson {
  try {
    return readExactJson(text, { maxDepth });
  } catch {
    return { value: undefined, items: undefined };
  }
}

interface EntrySource {
  readonly digest: (entry: unknown) => string;
  readonly json?: string | undefined;
}

function identify(entry: unknown, { digest, json }: EntrySource): PageEntry {
  const logId = logIdOf(entry);
  return { entry, json, logId, uid: logId ?? digest(entry) };
}

/** Where reading can go on behind an entry: `PageEntry.logId`. */
export function logIdOf(entry: unknown): string | undefined {
  const { log_id, _id } = (entry ?? {}) as { log_id?: unknown; _id?: unknown };
  return idText(log_id) ?? idText(_id);
}

/** Ids are texts. One that came as a number is still an id. */
function idText(value: unknown): string | undefined {
  const text = exactDigits(value) ?? value;
  if (typeof text === "number") return String(text);
  return typeof text === "string" && idForm.test(text) ? text : undefined;
}

// Reading goes on behind it, by its name in a URL. A long one would be the last of all, and nothing stood behind it.
const idForm = /^[\x21-\x7e]{1,200}$/;

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
