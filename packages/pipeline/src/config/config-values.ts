import { z } from "zod";
import { Secret } from "../secret.ts";

// The kinds of value that configs are made of. Each refuses with the end of a sentence that begins with the
// setting's path: "exporters.webhook.timeout" + " must be a duration such as 300ms, 15s or 5m, found 0x".
//
// What a JSON Schema cannot read from the checks stands in `meta`, in its own words: `pattern` for editors,
// `writeOnly` for what is never printed, `format: "uri"` for addresses, which are printed without their paths,
// `format: "file"` for files that are read.

/** The message of a refused value: "must " + what + what was found. Not for secrets, whose value would be shown. */
export function must(be: string): (issue: { input?: unknown }) => string {
  return ({ input }) => `must ${be}, found ${describeValue(input)}`;
}

/** A value in a message: short texts, numbers and truth values as they are, anything else by its kind. */
export function describeValue(value: unknown): string {
  if (typeof value === "string") return value.length <= 60 ? JSON.stringify(value) : "a long text";
  if (Array.isArray(value)) return "a list";
  if (value === undefined || value === null) return "nothing";
  if (typeof value === "function") return "a function";
  return typeof value === "object" ? "a group of settings" : String(value);
}

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A duration as Go writes it (`300ms`, `15s`, `1h30m`), and days (`7d`). Parsed to milliseconds. */
export function duration() {
  const error = must("be a duration such as 300ms, 15s or 5m");
  return z
    .string({ error })
    .regex(/^(0|(\d+(\.\d+)?(ms|s|m|h|d))+)$/, { error })
    .meta({ patternErrorMessage: "Write a duration such as 300ms, 15s, 5m or 1h30m." })
    .transform(parseDuration);
}

/** A duration that is longer than nothing. Parsed to milliseconds. */
export function positiveDuration() {
  return duration().refine((ms) => ms > 0, { error: "must be longer than 0s" });
}

function parseDuration(text: string): number {
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    total += Number(amount) * unitMs[unit as keyof typeof unitMs];
  }
  return total;
}

/**
 * The `meta` of a setting that is never printed, whatever it is parsed to. For secrets with checks of their own; the
 * others are a `secret()`.
 */
export const neverPrinted = { writeOnly: true } as const;

/** A text that is never printed. Parsed to a `Secret`. */
export function secret() {
  return z
    .string({ error: "must be a text" })
    .min(1, { error: "must not be empty" })
    .meta(neverPrinted)
    .transform((text) => new Secret(text));
}

/** One whole number of a range, both ends included. */
export function integer(min: number, max: number) {
  const error = must(`be a whole number from ${min} to ${max}`);
  return z.int({ error }).min(min, { error }).max(max, { error });
}

/** An absolute `http:` or `https:` address without credentials in it. */
export function httpUrl() {
  // The value is not shown: an address with a password in it is one of those that are refused.
  const error = "must be an absolute http or https URL, without a user name or password in it";
  return z.string({ error }).refine(isPlainHttpUrl, { error }).meta({
    format: "uri",
    pattern: "^[Hh][Tt][Tt][Pp][Ss]?://[^/?#@]+([/?#]|$)",
    patternErrorMessage: "Write an absolute http or https URL, without a user name or password in it.",
  });
}

function isPlainHttpUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "";
}

/** A list of names, or the same as one text separated by commas and spaces. Parsed to a list without empty items. */
export function nameList() {
  return z
    .union([z.string(), z.array(z.string())], {
      error: must("be a list of names, or one text with commas between them"),
    })
    .transform((value) =>
      (typeof value === "string" ? value.split(",") : value).map((name) => name.trim()).filter(Boolean),
    );
}
