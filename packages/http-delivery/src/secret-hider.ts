/**
 * Makes a function that replaces secrets by `[redacted]`, however the other side may have written them: as they are,
 * escaped as in HTML, in JSON or in a URL, or in base64; and the beginning of one at which the text ends, since what was
 * read of an answer may end within a secret.
 *
 * @param secrets as they are; one of fewer than four characters is none, and would blot out half of an answer
 * @param maxLength the function makes little more than so many UTF-16 code units of a text
 */
export function secretHider(secrets: readonly string[], maxLength: number): (text: string) => string {
  const long = secrets.filter((secret) => secret.length >= minSecretLength);
  const hidden = [...new Set(long.flatMap(withBase64))].map((secret) => [...secret].map(spellings));
  return (text) => {
    let shown = "";
    let secretEnd = 0;
    for (let at = 0; at < text.length && shown.length <= maxLength; at++) {
      const isWithin = at < secretEnd;
      secretEnd = Math.max(secretEnd, ...hidden.map((secret) => endOfSecret(secret, text, at)));
      if (at >= secretEnd) shown += text[at];
      else if (!isWithin) shown += "[redacted]";
    }
    return shown;
  };
}

const minSecretLength = 4;

function withBase64(secret: string): string[] {
  const base64 = Buffer.from(secret).toString("base64");
  return [secret, base64, base64.replace(/=+$/, ""), Buffer.from(secret).toString("base64url")];
}

/** All the ways to write a character. */
type Spellings = readonly string[];

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
