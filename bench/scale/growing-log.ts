import { sampleEntry } from "@loghook/auth0-simulator";

/** A log that grows by itself, at an even pace. Nothing of it is kept: an entry follows from its place. */
export interface GrowingLog {
  /** How many entries it has at a time, in milliseconds since 1970. */
  lengthAt(time: number): number;
  /** When the entry at this place can be read for the first time. */
  appearsAt(place: number): number;
  /** What `GET /api/v2/logs` answers at this time for so many entries from this one on. */
  page(first: number, count: number, at: number): Buffer;
  /** The place of the entry behind this id. */
  placeBehind(logId: string): number;
}

export interface GrowingLogOptions {
  readonly entriesPerSecond: number;
  /** When the first entry appears. */
  readonly beginsAt: number;
}

/** A tenant at work: logins, calls of the Management API, failures. */
const types = ["s", "sapi", "s", "f", "sapi", "s", "seacft", "s", "sapi", "fp"];
const idLength = 56;
const counterDigits = 12;
/** Stand in a sample where ids and the date are to come. */
const sampledAt = Date.UTC(2026, 2, 2, 9, 14);

interface Template {
  readonly text: Buffer;
  readonly ids: readonly number[];
  readonly dates: readonly number[];
}

const templates = Array.from({ length: 50 }, (_, index) => toTemplate(index));

export function createGrowingLog({ entriesPerSecond, beginsAt }: GrowingLogOptions): GrowingLog {
  const periodMs = 1000 / entriesPerSecond;
  const appearsAt = (place: number): number => beginsAt + place * periodMs;
  const lengthAt = (time: number): number => Math.max(Math.floor((time - beginsAt) / periodMs) + 1, 0);

  function entryAt(place: number): Buffer {
    const { text, ids, dates } = templates[place % templates.length] as Template;
    const date = new Date(Math.ceil(appearsAt(place))).toISOString();
    const id = idOf(date, place);
    for (const at of ids) text.write(id, at, "latin1");
    for (const at of dates) text.write(date, at, "latin1");
    return Buffer.from(text);
  }

  return {
    lengthAt,
    appearsAt,
    page(first, count, at) {
      const length = Math.max(Math.min(first + count, lengthAt(at)) - first, 0);
      const entries = Array.from({ length }, (_, index) => entryAt(first + index));
      const parts = entries.flatMap((entry, index) => (index === 0 ? [entry] : [comma, entry]));
      return Buffer.concat([openBracket, ...parts, closeBracket]);
    },
    // Reading begins behind an id that no entry has, before the first.
    placeBehind: (logId) => (logId.slice(-counterDigits) === madeUp ? 0 : placeOf(logId) + 1),
  };
}

/** The place of the entry with this id. */
export function placeOf(logId: string): number {
  return Number(logId.slice(-counterDigits)) - 1;
}

const madeUp = "0".repeat(counterDigits);
const [openBracket, comma, closeBracket] = [Buffer.from("["), Buffer.from(","), Buffer.from("]")];

/** `900`, the time of ingestion, and the place, counted from 1. */
function idOf(date: string, place: number): string {
  const time = `900${date.replaceAll(/\D/g, "")}`;
  return time.padEnd(idLength - counterDigits, "0") + String(place + 1).padStart(counterDigits, "0");
}

function toTemplate(index: number): Template {
  const sample = sampleEntry(types[index % types.length] as string, { seed: index + 1, at: sampledAt });
  const { log_id, date } = JSON.parse(sample) as { log_id: string; date: string };
  const text = Buffer.from(sample);
  return { text, ids: placesOf(text, log_id), dates: placesOf(text, date) };
}

function placesOf(text: Buffer, part: string): readonly number[] {
  const places: number[] = [];
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + 1)) places.push(at);
  return places;
}
