import { duration, integer } from "@loghook/pipeline";
import { eventTypes, type Level, levelNames } from "@loghook/receiver-auth0";
import { InvalidArgumentError } from "commander";

// Values of options. Each refuses with a sentence that commander puts behind the option's name. Not for secrets:
// commander repeats the refused value.

/** A whole number of a range, both ends included. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  const schema = integer(min, max);
  return (text) => parsed(schema.safeParse(/^\d+$/.test(text) ? Number(text) : text));
}

/** `300ms`, `15s`, `1h30m`, `7d`: as in the config file. Milliseconds. */
export function durationMs(text: string): number {
  return parsed(duration().safeParse(text));
}

interface Parsed<Value> {
  readonly data?: Value;
  readonly error?: { readonly issues: readonly { readonly message: string }[] };
}

function parsed<Value>({ data, error }: Parsed<Value>): Value {
  if (data === undefined) throw new InvalidArgumentError(`It ${error?.issues[0]?.message}.`);
  return data;
}

/** A level by its number or its name. */
export function level(text: string): Level {
  const index = /^\d$/.test(text) ? Number(text) : levelNames.indexOf(text.toLowerCase() as "debug");
  if (!(index in levelNames)) {
    throw new InvalidArgumentError(`It must be a level: 0 to 4, or ${levelNames.join(", ")}.`);
  }
  return index as Level;
}

/** Names separated by commas, with at least one among them. */
function names(text: string): string[] {
  const list = text
    .split(",")
    .map((name) => name.trim())
    .filter(Boolean);
  if (list.length === 0)
    throw new InvalidArgumentError("It must be a list of names with commas between them.");
  return list;
}

/** A number of things per second, with or without `/s`. */
export function perSecond(text: string): number {
  const [, number] = /^(\d{1,6}(?:\.\d+)?)(?:\/s)?$/.exec(text) ?? [];
  if (number === undefined)
    throw new InvalidArgumentError("It must be a number per second, such as 5, 0.2 or 5/s.");
  return Number(number);
}

/** What a bucket holds, and what flows into it each second: `50/16`. */
export function rateLimit(text: string): { burst: number; perSecond: number } {
  const [, burst, perSecond] = /^([1-9]\d{0,5})\/(\d{1,6}(?:\.\d+)?)(?:\/s)?$/.exec(text) ?? [];
  if (burst === undefined || !(Number(perSecond) > 0)) {
    throw new InvalidArgumentError(
      "It must be the requests that are possible at once and those that are possible per second, such as 2/2 or 50/16.",
    );
  }
  return { burst: Number(burst), perSecond: Number(perSecond) };
}

/** A code of the catalogue. */
export function eventCode(text: string): string {
  if (eventTypes.has(text)) return text;
  throw new InvalidArgumentError(`There is no event type ${text}. \`loghook types\` shows all of them.`);
}

/** Codes of the catalogue, separated by commas. */
export function eventCodes(text: string): string[] {
  const codes = names(text);
  for (const code of codes) eventCode(code);
  return codes;
}
