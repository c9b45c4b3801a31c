import { sampleEntry } from "@loghook/auth0-simulator";

/** A log of any length, of which no more than one page is ever in memory. */
export interface LargeLog {
  /** How many entries it has. */
  readonly length: number;
  /** Of an entry, in bytes, on the average. */
  readonly entryBytes: number;
  /** What `GET /api/v2/logs` answers for this many entries from this one on. */
  page(first: number, count: number): Buffer;
  /** The place of the entry behind this id. */
  placeBehind(logId: string): number;
}

/** As in a tenant at work, some 1.5 KB each: logins, calls of the Management API, failures. */
const types = ["s", "sapi", "s", "f", "sapi", "s", "seacft", "s", "sapi", "fp"];
const entriesPerTemplate = 100;
const counterDigits = 12;
const ingestedHoursAgo = 2;

/** Entries of many types as the simulator writes them, with ids that count on. */
export function createLargeLog(length: number): LargeLog {
  const prefix = idPrefix(Date.now() - ingestedHoursAgo * 3_600_000);
  const templates = Array.from({ length: entriesPerTemplate }, (_, index) => toTemplate(index, prefix));
  const entryBytes = templates.reduce((sum, { text }) => sum + text.length, 0) / templates.length;
  const templateOf = (place: number): Template => templates[place % entriesPerTemplate] as Template;
  return {
    length,
    entryBytes,
    page(first, count) {
      const last = Math.min(first + count, length);
      const parts: Buffer[] = [];
      for (let place = first; place < last; place++) {
        const { text, counters } = templateOf(place);
        const digits = place.toString().padStart(counterDigits, "0");
        for (const at of counters) text.write(digits, at, "latin1");
        parts.push(place === first ? openBracket : comma, Buffer.from(text));
      }
      return parts.length === 0 ? Buffer.from("[]") : Buffer.concat([...parts, closeBracket]);
    },
    placeBehind: (logId) => (logId.startsWith(prefix) ? placeOf(logId) + 1 : 0),
  };
}

/** The place of the entry with this id. */
export function placeOf(logId: string): number {
  return Number(logId.slice(-counterDigits));
}

const [openBracket, comma, closeBracket] = [Buffer.from("["), Buffer.from(","), Buffer.from("]")];

interface Template {
  readonly text: Buffer;
  /** Where the counters of its ids stand. */
  readonly counters: readonly number[];
}

function toTemplate(index: number, prefix: string): Template {
  const sample = sampleEntry(types[index % types.length] as string, { seed: index + 1 });
  const { log_id: sampleId } = JSON.parse(sample) as { log_id: string };
  const text = Buffer.from(sample.replaceAll(sampleId, prefix + "0".repeat(counterDigits)));
  const counters: number[] = [];
  for (let at = text.indexOf(prefix); at !== -1; at = text.indexOf(prefix, at + 1))
    counters.push(at + prefix.length);
  return { text, counters };
}

/** `900`, the time of ingestion, and what of the 56 digits is not the counter. */
function idPrefix(at: number): string {
  const time = new Date(at).toISOString().replaceAll(/\D/g, "");
  return `900${time}`.padEnd(56 - counterDigits, "0");
}
