import { isDeepStrictEqual } from "node:util";

/** Something in a value that is not as it should be. */
export interface Difference {
  /** `body.details.ip` */
  readonly path: string;
  /** In words. */
  readonly expected: string;
  readonly found: string;
}

const nothing = "nothing";

/** What of `expected` is missing in `found`, or is something else there. More fields may stand beside it. */
export function missing(expected: unknown, found: unknown, path: string): Difference[] {
  if (isGroup(expected) && isGroup(found)) {
    return Object.keys(expected).flatMap((key) => missing(expected[key], found[key], join(path, key)));
  }
  if (Array.isArray(expected) && Array.isArray(found) && expected.length === found.length) {
    return expected.flatMap((item, index) => missing(item, found[index], join(path, index)));
  }
  return isDeepStrictEqual(expected, found) ? [] : [difference(expected, found, path)];
}

/** Every difference between the two. */
export function different(expected: unknown, found: unknown, path: string): Difference[] {
  if (isGroup(expected) && isGroup(found)) {
    const keys = new Set([...Object.keys(expected), ...Object.keys(found)]);
    return [...keys].flatMap((key) => different(expected[key], found[key], join(path, key)));
  }
  if (Array.isArray(expected) && Array.isArray(found) && expected.length === found.length) {
    return expected.flatMap((item, index) => different(item, found[index], join(path, index)));
  }
  return isDeepStrictEqual(expected, found) ? [] : [difference(expected, found, path)];
}

/** What stands at `details.request.ip`; `*` is every field and every item. A field may have dots in its name. */
export function valuesAt(value: unknown, wanted: string, path: string): { path: string; value: unknown }[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const here = join(path, key);
    return [key, "*"].flatMap((name) => {
      if (wanted === name) return [{ path: here, value: inner }];
      return wanted.startsWith(`${name}.`) ? valuesAt(inner, wanted.slice(name.length + 1), here) : [];
    });
  });
}

/** Where a text stands: in the texts and the names of a value. */
export function placesOf(text: string, value: unknown, path: string): string[] {
  if (typeof value !== "object" || value === null) return String(value).includes(text) ? [path] : [];
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(key.includes(text) ? [join(path, key)] : []),
    ...placesOf(text, inner, join(path, key)),
  ]);
}

/** A value in a message. */
export function shown(value: unknown): string {
  if (value === undefined) return nothing;
  const text = JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

function difference(expected: unknown, found: unknown, path: string): Difference {
  return { path, expected: shown(expected), found: shown(found) };
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const join = (path: string, key: string | number): string => (path === "" ? String(key) : `${path}.${key}`);
