// A backslash, also percent-encoded.
const backslash = String.raw`(?:\\|%(?:25)*5c)`;

// Not in the middle of a word or number. An encoded character in front ends with a letter or digit, but is none.
export const wordStart: string = `(?<=^|[^\\p{L}\\p{N}]|%[\\da-f]{2}|${backslash}[bfnrt]|${backslash}u[\\da-f]{4})`;
export const wordEnd: string = String.raw`(?![\p{L}\p{N}])`;

/**
 * A regular expression's source for a text as it stands in other texts: as it is, percent-encoded, or within a JSON
 * text, and each of them within another one. Case is left to the flags, which must be `iu`.
 */
export function guisesOf(text: string): string {
  let afterBackslash = false;
  let source = "";
  for (const char of text) {
    // One run of backslashes stands for any other: each JSON text around a text doubles them.
    if (char === "\\" && afterBackslash) continue;
    source += /[a-z0-9]/i.test(char) ? char : `(?:${formsOf(char, afterBackslash).join("|")})`;
    afterBackslash = char === "\\";
  }
  return source;
}

const jsonEscapes: Readonly<Record<string, string>> = {
  "\n": "n",
  "\r": "r",
  "\t": "t",
  "\b": "b",
  "\f": "f",
};

function formsOf(char: string, afterBackslash: boolean): string[] {
  if (char === "\\") return [`${backslash}+`];
  const codeUnits = char.split("").map((unit) => unit.charCodeAt(0).toString(16).padStart(4, "0"));
  // Two runs of backslashes in a row could share them out in many ways, and all would be tried.
  const mayBeEscaped = /["'/]/.test(char) && !afterBackslash;
  const forms = [
    `${mayBeEscaped ? `${backslash}*` : ""}(?:${plainForms(char).join("|")})`,
    codeUnits.map((unit) => `${backslash}+u${unit}`).join(""),
  ];
  const letter = jsonEscapes[char];
  if (letter !== undefined) forms.push(`${backslash}+${letter}`);
  return forms;
}

function plainForms(char: string): string[] {
  const forms = [RegExp.escape(char)];
  if (char.isWellFormed()) {
    forms.push(
      [...Buffer.from(char)].map((byte) => `%(?:25)*${byte.toString(16).padStart(2, "0")}`).join(""),
    );
  }
  // In a query: https://url.spec.whatwg.org/#concept-urlencoded-serializer
  if (char === " ") forms.push(String.raw`\+`);
  return forms;
}
