/**
 * JSON in which nothing is nested deeper than `maxDepth`: what lies deeper is there as a text that holds its JSON, to the
 * letter. Neither `JSON.stringify` nor anybody else who goes through such a value by recursion could handle it; Auth0's
 * own entries have a depth of about ten. Text that is not JSON stays no JSON.
 */
export function limitDepth(text: string, maxDepth: number): string {
  const parts: string[] = [];
  let copiedTo = 0;
  let depth = 0;
  let deepFrom = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case quote:
        at = endOfText(text, at);
        break;
      case openBracket:
      case openBrace:
        depth += 1;
        if (depth === maxDepth + 1) deepFrom = at;
        break;
      case closeBracket:
      case closeBrace:
        if (depth === maxDepth + 1) {
          parts.push(text.slice(copiedTo, deepFrom), JSON.stringify(text.slice(deepFrom, at + 1)));
          copiedTo = at + 1;
        }
        depth -= 1;
    }
  }
  return copiedTo === 0 ? text : [...parts, text.slice(copiedTo)].join("");
}

const [quote, backslash, openBracket, closeBracket, openBrace, closeBrace] = [
  0x22, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d,
];

/** Where the text that begins with the quote at `start` has its other one; at the very end when there is none. */
function endOfText(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let escapes = end;
    while (text.charCodeAt(escapes - 1) === backslash) escapes -= 1;
    if ((end - escapes) % 2 === 0) return end;
  }
  return text.length;
}
