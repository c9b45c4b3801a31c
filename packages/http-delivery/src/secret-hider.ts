/**
 * Makes a function that replaces secrets by `[redacted]`, however the other side may have written them: as they are,
 * escaped as in HTML, in JSON or in a URL, in hexadecimal digits, in base64, also within the base64 of a longer text; and
 * the beginning of one at which the text ends, since what was read of an answer may end within a secret.
 *
 * @param secrets as they are; one of fewer than four characters is none, and would blot out half of an answer
 * @param maxLength the function makes little more than so many UTF-16 code units of a text
 */
export function secretHider(secrets: readonly string[], maxLength: number): (text: string) => string {
  const long = secrets.filter((secret) => secret.length >= minSecretLength);
  const byBeginning = groupByBeginning([...new Set(long.flatMap(encodings))]);
  return (text) => {
    let shown = "";
    let secretEnd = 0;
    for (let at = 0; at < text.length && shown.length <= maxLength; at++) {
      const isWithin = at < secretEnd;
      const candidates = byBeginning.get(text[at] ?? "") ?? [];
      secretEnd = Math.max(secretEnd, ...candidates.map((secret) => endOfSecret(secret, text, at)));
      if (at >= secretEnd) shown += text[at];
      else if (!isWithin) shown += "[redacted]";
    }
    return shown;
  };
}

const minSecretLength = 4;

function encodings(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const hex = bytes.toString("hex");
  const base64 = bytes.toString("base64");
  const inLonger = [0, 1, 2].map((before) => base64Within(bytes, before));
  return [
    ...[secret, base64, base64.replace(/=+$/, ""), bytes.toString("base64url"), hex, hex.toUpperCase()],
    ...inLonger.flatMap((text) => [text, text.replaceAll("+", "-").replaceAll("/", "_")]),
  ].filter((text) => text.length >= minSecretLength);
}

/**
 * What every base64 text has in common that has these bytes in it, where the bytes before them are `before` more than a
 * multiple of three: a character of base64 is six bits, and one that has bits of other bytes may be any.
 */
function base64Within(bytes: Buffer, before: number): string {
  const text = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
  return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
}

/** All the ways to write a character. */
type Spellings = readonly string[];

/** The secrets by what they may begin with, so that only few are looked for at any place of a text. */
function groupByBeginning(secrets: readonly string[]): ReadonlyMap<string, (readonly Spellings[])[]> {
  const known = new Map<string, Spellings>();
  const groups = new Map<string, (readonly Spellings[])[]>();
  for (const secret of secrets) {
    const written = [...secret].map((character) => {
      const spelled = known.get(character) ?? [...new Set(spellings(character))];
      known.set(character, spelled);
      return spelled;
    });
    for (const beginning of new Set(written[0]?.map((next) => next[0] ?? ""))) {
      groups.set(beginning, [...(groups.get(beginning) ?? []), written]);
    }
  }
  return groups;
}

const htmlNames = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["'", "&apos;"],
]);

function spellings(character: string): Spellings {
  const code = character.codePointAt(0) ?? 0;
  const hexadecimal = code.toString(16);
  const percent = Buffer.from(character).toString("hex").replace(/../g, "%$&");
  const unicode = hexadecimal.padStart(4, "0");
  const inBothCases = [hexadecimal, hexadecimal.toUpperCase()].map((digits) => `&#x${digits};`);
  return [
    character,
    percent,
    percent.toUpperCase(),
    `\\u${unicode}`,
    `\\u${unicode.toUpperCase()}`,
    // As JSON escapes a quotation mark, and PHP's a slash.
    `\\${character}`,
    ...inBothCases,
    `&#${code};`,
    // As PHP writes an apostrophe.
    `&#0${code};`,
    htmlNames.get(character) ?? character,
    // As forms write a space.
    character === " " ? "+" : character,
    // What is left of a byte that is no UTF-8.
    code > 0x7f ? "\ufffd" : character,
  ];
}

/** @returns where the secret that begins there ends; `start` when none does */
function endOfSecret(secret: readonly Spellings[], text: string, start: number): number {
  // Several, because a character may be the beginning of another one's spelling.
  let ends = [start];
  for (const [index, spellingsOfNext] of secret.entries()) {
    const isCutOff = ends.some((end) => spellingsOfNext.some((next) => next.startsWith(text.slice(end))));
    if (isCutOff && index >= minSecretLength) return text.length;
    ends = ends.flatMap((end) =>
      spellingsOfNext.filter((next) => text.startsWith(next, end)).map((next) => end + next.length),
    );
    if (ends.length === 0) return start;
    ends = [...new Set(ends)];
  }
  return Math.max(...ends);
}
