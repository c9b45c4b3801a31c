import type { z } from "zod";
import { type ConfigDocument, type ConfigPath, pathKey } from "./config-document.ts";
import { describeValue } from "./config-values.ts";
import { namedSettings, type SettingSchema, schemaWithin, settingSchema } from "./setting-schema.ts";
import { suggestion } from "./suggestion.ts";

type Issue = z.core.$ZodIssue;

/**
 * Checks values against a schema and notes every problem in the document, each as the end of a sentence that begins
 * with the setting's path.
 *
 * @param path where in the file `document.value` stands
 * @returns what the schema made of it; undefined when a problem was noted
 */
export function checkAgainstSchema<T>(
  schema: z.ZodType<T>,
  document: ConfigDocument,
  path: ConfigPath,
): T | undefined {
  const first = schema.safeParse(document.value, { error: describeIssue });
  if (first.success) return first.data;

  // A text from the environment was taken for a number or a truth value, and the schema wants a text here after all.
  const texts = first.error.issues
    .map((issue) => [...path, ...issue.path] as ConfigPath)
    .filter((at) => document.texts.has(pathKey(at)));
  const value = texts.reduce<unknown>(
    (changed, at) => withValue(changed, at.slice(path.length), document.texts.get(pathKey(at))),
    document.value,
  );
  const second = texts.length > 0 ? schema.safeParse(value, { error: describeIssue }) : first;
  if (second.success) return second.data;

  // Where the text does not help either, the first finding is the better one: it judges the number.
  for (const issue of (texts.length > 0 && second.error.issues.length < first.error.issues.length
    ? second
    : first
  ).error.issues) {
    noteIssue(issue, { document, path, schema });
  }
  return undefined;
}

function withValue(target: unknown, path: ConfigPath, value: unknown): unknown {
  const [head, ...rest] = path;
  if (head === undefined) return value;
  const inner = (target as Record<string | number, unknown>)[head];
  const changed = withValue(inner, rest, value);
  return Array.isArray(target)
    ? target.with(Number(head), changed)
    : Object.fromEntries(
        Object.entries(target as object).map(([key, old]) => [key, key === head ? changed : old]),
      );
}

interface NoteOptions {
  readonly document: ConfigDocument;
  readonly path: ConfigPath;
  readonly schema: z.ZodType;
}

function noteIssue(issue: Issue, { document, path, schema }: NoteOptions): void {
  const at = [...path, ...issue.path] as ConfigPath;
  if (issue.code === "unrecognized_keys") {
    const names = settingNames(schema, issue.path);
    for (const key of issue.keys) {
      const remedy =
        suggestion(key, names) ?? (names.length > 0 ? `there are ${names.join(", ")}` : "take it out");
      document.problem([...at, key], `is not a setting; ${remedy}`, { at: "key" });
    }
    return;
  }
  // What could not be read is missing for that reason, which has been noted already.
  const name = at.join(".");
  if (document.problems.some(({ path: noted }) => noted === name)) return;
  // A rule about a group of settings cannot be judged while one of them could not be read.
  const isGroup = issue.code === "custom" && isSettings(valueAt(document.value, issue.path));
  if (isGroup && document.problems.some(({ path: noted }) => noted.startsWith(`${name}.`))) return;
  const message = isMissing(document.value, issue.path) ? describeMissing(at, document) : issue.message;
  document.problem(at, message, { at: isGroup ? "key" : "value" });
}

function isSettings(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as never)?.[key], value);
}

export function isMissing(value: unknown, path: readonly PropertyKey[]): boolean {
  return path.length > 0 && valueAt(value, path) === undefined;
}

function describeMissing(path: ConfigPath, document: ConfigDocument): string {
  const text = document.emptied.get(pathKey(path));
  return text === undefined ? "is required" : `is required, but ${text || "its text"} is empty`;
}

/** What zod finds by itself, where a schema brings no message of its own. */
export function describeIssue(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return `must be ${typeWords[issue.expected] ?? issue.expected}, found ${describeValue(issue.input)}`;
    case "invalid_value":
      return `must be ${oneOf(issue.values)}, found ${describeValue(issue.input)}`;
    case "too_small":
      return `must be at least ${issue.minimum}`;
    case "too_big":
      return `must be at most ${issue.maximum}`;
    default:
      return "cannot be used as it is";
  }
}

const typeWords: Record<string, string> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a group of settings",
  record: "a group of settings",
};

function oneOf(values: readonly unknown[]): string {
  return values.length === 1 ? String(values[0]) : `one of ${values.map(String).join(", ")}`;
}

/** The settings that a schema knows at a path, for "did you mean". */
export function settingNames(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const inner = path.reduce<SettingSchema | undefined>(
    (outer, key) => outer && schemaWithin(outer, key as string | number),
    settingSchema(schema),
  );
  return inner ? namedSettings(inner) : [];
}
