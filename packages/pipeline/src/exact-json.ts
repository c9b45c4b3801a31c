export interface ExactJsonOptions {
  /**
   * Lists and objects in each other, beyond which they are kept as a text that holds their JSON, to the letter. Neither
   * `JSON.stringify` nor anybody else who goes through a value by recursion can handle any depth. Default: no limit.
   */
  readonly maxDepth?: number;
}

/** What `readExactJson` makes of a text. */
export interface ExactJson {
  readonly value: unknown;
  /**
   * Where the text is a list of objects: the text of each, to the letter. Undefined: it is something else, or something
   * in it lay too deep.
   */
  readonly items: readonly string[] | undefined;
}

/** `parseExactJson` for who wants to know from what a list was read, too. */
export function readExactJson(
  text: string,
  { maxDepth = Number.POSITIVE_INFINITY }: ExactJsonOptions = {},
): ExactJson {
  const { json, mayLoseDigits, itemsAt } = inspect(text, maxDepth);
  const value: unknown = mayLoseDigits ? JSON.parse(json, keepExactNumber as never) : JSON.parse(json);
  const isListOfObjects = json === text && Array.isArray(value) && value.length * 2 === itemsAt.length;
  const items = isListOfObjects
    ? value.map((_, n) => text.slice(itemsAt[2 * n], itemsAt[2 * n + 1]))
    : undefined;
  return { value, items };
}

/**
 * `JSON.parse`, but numbers that would be written differently from how they came are kept as their text, so that
 * `JSON.stringify` gives back 12345678901234567890 and not 12345678901234567000
 * (https://tc39.es/proposal-json-parse-with-source/).
 *
 * @throws {SyntaxError} as `JSON.parse` does
 */
export function parseExactJson(text: string, options?: ExactJsonOptions): unknown {
  return readExactJson(text, options).value;
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

interface Inspected {
  /** The text, with what lies too deep as texts. Where it was no JSON it is none. */
  readonly json: string;
  /** Some number in it may be written again in another way. */
  readonly mayLoseDigits: boolean;
  /** Where each list and object directly within the outermost one begins and ends. */
  readonly itemsAt: readonly number[];
}

const [quote, backslash, plus, minus, point, zero, nine, exponent] = [
  0x22, 0x5c, 0x2b, 0x2d, 0x2e, 0x30, 0x39, 0x65,
];
const [openBracket, closeBracket, openBrace, closeBrace] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Goes through the text once, from one text in it to the next. */
function inspect(text: string, maxDepth: number): Inspected {
  const parts: string[] = [];
  const itemsAt: number[] = [];
  let mayLoseDigits = false;
  let copiedTo = 0;
  let depth = 0;
  let deepFrom = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      at = endOfText(text, at);
    } else if (code === openBrace || code === openBracket) {
      depth += 1;
      if (depth === 2) itemsAt.push(at);
      if (depth === maxDepth + 1) deepFrom = at;
    } else if (code === closeBrace || code === closeBracket) {
      if (depth === maxDepth + 1) {
        parts.push(text.slice(copiedTo, deepFrom), JSON.stringify(text.slice(deepFrom, at + 1)));
        copiedTo = at + 1;
      }
      depth -= 1;
      if (depth === 1) itemsAt.push(at + 1);
    } else if (code === minus || (code >= zero && code <= nine)) {
      const end = endOfNumber(text, at);
      mayLoseDigits ||= isUnsafe(text.slice(at, end));
      at = end - 1;
    }
  }
  const json = copiedTo === 0 ? text : [...parts, text.slice(copiedTo)].join("");
  return { json, mayLoseDigits, itemsAt };
}

/** Where the text that begins with the quote at `start` has its other one; at the very end when there is none. */
function endOfText(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let escapes = end;
    while (text.charCodeAt(escapes - 1) === backslash) escapes -= 1;
    if ((end - escapes) % 2 === 0) return end;
  }
  return text.length;
}

/** Behind the digits, signs, points and exponents that begin at `start`. */
function endOfNumber(text: string, start: number): number {
  let end = start + 1;
  while (isPartOfNumber(text.charCodeAt(end))) end += 1;
  return end;
}

function isPartOfNumber(code: number): boolean {
  const isDigit = code >= zero && code <= nine;
  return isDigit || code === point || code === minus || code === plus || (code | 0x20) === exponent;
}

/** With 16 characters and more, with an exponent, with a fraction that ends in 0, and -0. */
const unsafeNumber = /^-?[\d.]{16}|e|\..*0$|^-0$/i;

function isUnsafe(number: string): boolean {
  return unsafeNumber.test(number);
}
