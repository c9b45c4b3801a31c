/** The query string cannot be accepted. Answered with a 400 that carries the message. */
export class InvalidQueryError extends Error {
  override readonly name = "InvalidQueryError";
}

export function invalidProperty(name: string, reason: string): InvalidQueryError {
  return new InvalidQueryError(`Query validation error: '${reason}' on property ${name}`);
}

interface Bounds {
  readonly fallback: number;
  readonly min: number;
  readonly max: number;
}

/** @throws InvalidQueryError when it is not a whole number or out of bounds */
export function readInteger(query: URLSearchParams, name: string, bounds: Bounds): number {
  const text = query.get(name);
  if (text === null) return bounds.fallback;
  if (!/^-?\d+$/.test(text)) throw invalidProperty(name, "Expected type integer but found type string");
  const value = Number(text);
  if (value < bounds.min) {
    throw invalidProperty(name, `Too small value: ${text}, minimum allowed value ${bounds.min}`);
  }
  if (value > bounds.max) {
    throw invalidProperty(name, `Too large value: ${text}, maximum allowed value ${bounds.max}`);
  }
  return value;
}

/** @throws InvalidQueryError when it is neither `true` nor `false` */
export function readBoolean(query: URLSearchParams, name: string, fallback: boolean): boolean {
  const text = query.get(name);
  if (text === null) return fallback;
  if (text !== "true" && text !== "false") {
    throw invalidProperty(name, "Expected type boolean but found type string");
  }
  return text === "true";
}
