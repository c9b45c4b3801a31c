import { isIP } from "node:net";
import { mask } from "./mask.ts";
import { guisesOf, wordEnd, wordStart } from "./text-guises.ts";

/** Takes what was taken out in one place out of other places. Gives back the very text where there is nothing in it. */
export interface Sweep {
  /** What takes the place of a value. Undefined: it was not taken out. */
  whole(value: string): string | undefined;
  text(text: string): string;
  /** A key of an object. */
  key(key: string): string;
}

/** Values with the texts that take their places. */
export type Replacements = ReadonlyMap<string, string>;

/** Shorter ones are looked for as whole values only: "al" is in too many words. */
const shortestPart = 4;
/** From here on a value is looked for within words, too; a shorter one stands by itself. */
const shortestWithinWords = 8;
/** Longer ones are looked for as they are and in two encodings, since their pattern would be too large. */
const longestPattern = 256;

/** @param replacements where two values differ in case alone, the first one stands for other ways to write them */
export function createSweep(replacements: Replacements): Sweep {
  const byLowerCase = new Map<string, Part>();
  for (const [value, by] of replacements) {
    const lowerCase = value.toLowerCase();
    if (value.length >= shortestPart && !byLowerCase.has(lowerCase)) {
      byLowerCase.set(
        lowerCase,
        createPart(value, (match) => replacements.get(match) ?? by),
      );
    }
  }
  // What holds another value is replaced whole.
  const parts = [...byLowerCase.values()].sort((one, other) => other.value.length - one.value.length);
  const partsForKeys = parts.filter(({ value }) => !looksLikeAKey(value));

  function whole(value: string): string | undefined {
    return replacements.get(value) ?? byLowerCase.get(value.toLowerCase())?.replacementOf(value);
  }

  return {
    whole,
    text: (text) => (text === mask ? text : (whole(text) ?? replaceParts(text, parts))),
    key: (key) => (/^[\p{L}_$-]*$/u.test(key) ? key : replaceParts(key, partsForKeys)),
  };
}

/** Leaves everything as it is. */
export const noSweep: Sweep = { whole: () => undefined, text: (text) => text, key: (key) => key };

/** Keys are the structure of an entry: `email` as somebody's name must not rename the fields. */
function looksLikeAKey(value: string): boolean {
  return value.length <= shortestPart || /^[\p{L}\p{M}_-]*$/u.test(value);
}

/** A value that is looked for within other texts. */
interface Part {
  readonly value: string;
  /** @param match the value as it stands there */
  replacementOf(match: string): string;
  /** Its letters and digits, which stand in every guise of it. A text without them need not be searched. */
  readonly runs: readonly string[];
  replaceIn(text: string): string;
}

function createPart(value: string, replacementOf: Part["replacementOf"]): Part {
  let pattern: RegExp | undefined;
  return {
    value,
    replacementOf,
    runs: value.toLowerCase().match(/[a-z0-9]+/g) ?? [],
    replaceIn(text) {
      if (value.length > longestPattern) return replaceLong(text, value, replacementOf(value));
      pattern ??= new RegExp(patternOf(value), "giu");
      return text.replace(pattern, (match) => inTheGuiseOf(match, replacementOf(match)));
    },
  };
}

/** @param parts longest first */
function replaceParts(text: string, parts: readonly Part[]): string {
  const lowerCase = text.toLowerCase();
  const found = parts.filter(({ runs }) => runs.every((run) => lowerCase.includes(run)));
  return found.reduce((swept, part) => part.replaceIn(swept), text);
}

function patternOf(value: string): string {
  const guises = guisesOf(value);
  // 203.0.113.2 is not in 203.0.113.24.
  const standsAlone = value.length < shortestWithinWords || isIP(value) !== 0;
  // The look ahead fails sooner than the look behind.
  return standsAlone ? `(?=${guises})${wordStart}${guises}${wordEnd}` : guises;
}

/** Where the value was percent-encoded, so must be what takes its place. */
function inTheGuiseOf(match: string, replacement: string): string {
  return /%[\da-f]{2}/i.test(match) ? encodeURIComponent(replacement) : replacement;
}

function replaceLong(text: string, value: string, replacement: string): string {
  if (text.length < value.length) return text;
  const inJson = JSON.stringify(value).slice(1, -1);
  const inUrl = encodeURIComponent(value.toWellFormed());
  return [value, inJson, inUrl].reduce((swept, guise) => swept.replaceAll(guise, () => replacement), text);
}
