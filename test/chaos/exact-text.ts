/**
 * A JSON value as text that is equal where the values are, order of the fields included: numbers keep the digits that a
 * double would lose.
 */
export function exactText(json: string): string {
  return JSON.stringify(exactValue(json));
}

/** The value, with numbers that a double cannot hold as `{"digits": "…"}`. */
export function exactValue(json: string): unknown {
  const keepDigits = (_key: string, value: unknown, { source }: { source?: string }): unknown =>
    typeof value === "number" && source !== undefined && isBeyondDouble(value, source)
      ? { digits: source }
      : value;
  // TypeScript does not know of the third argument yet: https://github.com/tc39/proposal-json-parse-with-source
  return JSON.parse(json, keepDigits as (key: string, value: unknown) => unknown);
}

function isBeyondDouble(value: number, source: string): boolean {
  return /^-?\d+$/.test(source) ? !Number.isSafeInteger(value) : source.replace(/\D/g, "").length > 16;
}
