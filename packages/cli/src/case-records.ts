import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { sampleEntry } from "@loghook/auth0-simulator";
import { type LogBatch, type ReceiverSettings, suggestion } from "@loghook/pipeline";
import { eventTypes, type RecordOrigin, toLogRecord } from "@loghook/receiver-auth0";
import type { GivenEntry, GivenRecord } from "./case-file.ts";

/** What is wrong with a given entry, as the end of a sentence that begins with its path. */
export class UnusableEntryError extends Error {}

/**
 * The JSON texts that one given entry stands for.
 *
 * @param place how many entries stand before it
 * @param file the one with the cases: others are looked for from its folder
 * @throws {UnusableEntryError}
 */
export function entryTexts(given: GivenEntry, place: number, file: string): string[] {
  if ("fromFile" in given) return textsIn(resolve(dirname(file), given.fromFile));
  if ("entry" in given) return [JSON.stringify(given.entry)];
  const sample = JSON.parse(sampleOf(given.sample, place)) as unknown;
  return [JSON.stringify(merged(sample, given.with))];
}

/** When samples happen: a second lies between two of a case, so that each has an id of its own. */
const samplesBegin = Date.UTC(2026, 2, 2, 9, 14);

function sampleOf(type: string, place: number): string {
  if (!eventTypes.has(type)) {
    const remedy = suggestion(type, [...eventTypes.keys()]) ?? "`loghook types` shows them";
    throw new UnusableEntryError(
      `asks for a sample of ${JSON.stringify(type)}, which no event type of the catalogue is; ${remedy}`,
    );
  }
  return sampleEntry(type, { at: samplesBegin + place * 1000, seed: place + 1 });
}

function textsIn(path: string): string[] {
  const text = readText(path).trim();
  const whole = parseOrUndefined(text);
  if (whole !== undefined) return [whole].flat().map((entry) => JSON.stringify(entry));
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  if (lines.length > 1 && lines.every((line) => parseOrUndefined(line) !== undefined)) return lines;
  throw new UnusableEntryError(`names ${path}, which holds neither JSON nor JSON Lines`);
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UnusableEntryError(`names ${path}, which cannot be read (${code})`);
  }
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Groups are merged, everything else takes the place of what was there. */
function merged(base: unknown, changes: unknown): unknown {
  if (!isGroup(base) || !isGroup(changes)) return changes;
  const changed = Object.entries(changes).map(([key, value]) => [key, merged(base[key], value)]);
  return { ...base, ...Object.fromEntries(changed) };
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The records that the receiver makes of these entries. */
export function recordsOfEntries(texts: readonly string[], { settings }: ReceiverSettings): LogBatch {
  const origin = originOf(settings);
  return texts.map((text) => toLogRecord(text, origin));
}

/** As far as the config says it without a variable that is not set. */
function originOf({ domain, resource_attributes: attributes }: ReceiverSettings["settings"]): RecordOrigin {
  return {
    domain: typeof domain === "string" ? domain : "acme.eu.auth0.com",
    resourceAttributes: isGroup(attributes) ? (attributes as Record<string, string>) : {},
  };
}

/** Records that somebody wrote by hand. Without an id they are `record-0`, `record-1` and so on. */
export function recordsAsGiven(records: readonly GivenRecord[]): LogBatch {
  return records.map(({ body, attributes, severity_number, event_name }, place) => {
    const { eventName, severityText, ...frame } = toLogRecord("{}", originOf({}));
    return {
      ...frame,
      body: body as LogBatch[number]["body"],
      attributes: { "log.record.uid": `record-${place}`, ...attributes },
      severityNumber: severity_number,
      ...(event_name !== undefined && { eventName: event_name }),
    };
  });
}
