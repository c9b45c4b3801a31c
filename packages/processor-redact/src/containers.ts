/** In the place of something that goes. */
export const removed: unique symbol = Symbol("removed");

// TypeScript 7.0 does not know these yet: https://tc39.es/proposal-json-parse-with-source/
const exactNumber = JSON as typeof JSON & {
  isRawJSON(value: unknown): value is { readonly rawJSON: string };
};

/** Objects and lists. Not so numbers that are kept as their digits (`JSON.rawJSON`), nor bytes. */
export function isContainer(value: unknown): value is object {
  return (
    typeof value === "object" && value !== null && !exactNumber.isRawJSON(value) && !ArrayBuffer.isView(value)
  );
}

/** A value as JSON.stringify sees it. */
export function asJson(value: unknown): unknown {
  const hasOwnForm = isContainer(value) && "toJSON" in value && typeof value.toJSON === "function";
  return hasOwnForm ? (value as { toJSON(): unknown }).toJSON() : value;
}

/** The text of a value that is neither null nor an object or list. */
export function textOf(value: unknown): string {
  if (exactNumber.isRawJSON(value)) {
    return value.rawJSON.startsWith('"') ? String(JSON.parse(value.rawJSON)) : value.rawJSON;
  }
  if (ArrayBuffer.isView(value)) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64");
  }
  return String(value);
}

/** An object as JSON text. */
export function jsonOf(value: object): string {
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === "bigint" ? String(inner) : inner));
}

/**
 * An object or list with other values, in the order of `Object.entries`; `removed` ones are left out. The very one
 * where nothing changes, else a copy.
 *
 * @param renamed makes a new key of each key of an object
 */
export function withValues(
  container: object,
  values: readonly unknown[],
  renamed: (key: string) => string = (key) => key,
): object {
  const before = Object.entries(container);
  const keys = Array.isArray(container) ? undefined : before.map(([key]) => renamed(key));
  const isSame = before.every(
    ([key, value], index) => Object.is(value, values[index]) && (keys === undefined || keys[index] === key),
  );
  if (isSame) return container;
  if (keys === undefined) return values.filter((value) => value !== removed);
  const entries = keys.map((key, index): [string, unknown] => [key, values[index]]);
  // `fromEntries` makes a field of `__proto__`, where an assignment would set the prototype.
  return Object.fromEntries(withOwnNames(entries.filter(([, value]) => value !== removed)));
}

/** Two keys that were redacted to the same text still are two. */
function withOwnNames(entries: readonly [string, unknown][]): [string, unknown][] {
  const names = new Set<string>();
  return entries.map(([key, value]) => {
    let name = key;
    for (let n = 2; names.has(name); n++) name = `${key} ${n}`;
    names.add(name);
    return [name, value];
  });
}
