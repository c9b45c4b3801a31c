// A number that may be written again in another way: one of 16 characters and more, with an exponent, with a fraction
// that ends in 0, or -0; behind a key or in a list. Within a text it looks alike now and then, which costs a slower parse
// and nothing else. All of them must be found, lest an entry read differently beside others.
const unsafeNumber = /(?:":|[[,])\s*(?:-?(?:\d[\d.]{15}|\d[\d.]*[eE]|\d+\.\d*0(?!\d))|-0(?![\d.]))/;

/**
 * `JSON.parse`, but numbers that would be written differently from how they came are kept as their text, so that
 * `JSON.stringify` gives back 12345678901234567890 and not 12345678901234567000
 * (https://tc39.es/proposal-json-parse-with-source/).
 *
 * @throws {SyntaxError} as `JSON.parse` does
 */
export function parseExactJson(text: string): unknown {
  return unsafeNumber.test(text) ? JSON.parse(text, keepExactNumber as never) : JSON.parse(text);
}

function keepExactNumber(_key: string, value: unknown, context: { source?: string }): unknown {
  if (typeof value !== "number" || context.source === undefined) return value;
  return JSON.stringify(value) === context.source ? value : exactNumber.rawJSON(context.source);
}

// TypeScript 7.0 does not know these two yet.
const exactNumber = JSON as typeof JSON & {
  rawJSON(text: string): object;
  isRawJSON(value: unknown): value is { readonly rawJSON: string };
};

/** The digits of a number that `parseExactJson` kept as its text. Undefined: it is something else. */
export function exactDigits(value: unknown): string | undefined {
  return exactNumber.isRawJSON(value) ? value.rawJSON : undefined;
}
