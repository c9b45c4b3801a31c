import type { Pseudonyms } from "./pseudonym.ts";
import { wordEnd, wordStart } from "./text-guises.ts";
import { addressIn } from "./truncate-ip.ts";

// What begins with a run of characters begins where the run does (or behind an encoded character), so that the time
// grows with the length of the text and not with its square. `@`, `|` and `+` may be percent-encoded.
const local = String.raw`[\p{L}\p{M}\p{N}.!+~_'-]`;
const label = String.raw`[\p{L}\p{M}\p{N}-]+`;
const finders = [
  // Who stands in a URL of an API: /api/v2/users/auth0%7C65a1…
  String.raw`(?<=/users/)[^\s"'<>/?#\\]+`,
  // Auth0's user ids: auth0|65a1…, samlp|acme|jane@example.com
  String.raw`(?:(?<![\p{L}\p{N}-])|(?<=%[\da-f]{2}))[a-z][a-z0-9-]*(?:\||%7C)[^\s"'<>()/?&#,;\\]*[^\s"'<>()/?&#,;\\.:!|]`,
  // E-mail addresses
  `(?:(?<!${local})(?<!%(?=[\\da-f]{2}))|(?<=%(?!2B)[\\da-f]{2}))(?:${local}|%2B)+(?:@|%40)(?:${label}\\.)+(?=\\p{L})${label}`,
  // What may be an IPv4 or IPv6 address
  String.raw`${wordStart}(?<ip>\d{1,3}(?:\.\d{1,3}){3}|(?:[\da-f]{0,4}:){2,7}(?:\d{1,3}(?:\.\d{1,3}){3}|[\da-f]{0,4}))${wordEnd}`,
];
const finder = new RegExp(finders.join("|"), "giu");
/** What each of them has in it, so that most texts are done with sooner. */
const hint = /[@|]|%40|%7C|\/users\/|\d\.\d|:[\da-f]*:/i;

export interface ScrubOptions {
  readonly pseudonyms: Pseudonyms;
  truncate(address: string): string;
  /** Told of each thing that is found, and of what is to take its place. Returns what takes it. */
  replace(found: string, replacement: string): string;
}

/** Replaces e-mail addresses, IP addresses and user ids within a text, and leaves the rest of it. */
export function scrub(text: string, options: ScrubOptions): string {
  if (!hint.test(text)) return text;
  return text.replace(finder, (match: string, ip: string | undefined) => {
    if (ip !== undefined) return scrubAddress(ip, options);
    // Signs that an address may hold, and that rather are the sentence's when they stand in front.
    const [signs] = /^[.!~']*/.exec(match) ?? [""];
    const encoded = match.slice(signs.length);
    const found = decoded(encoded);
    const { tokenOf, emailTokenOf } = options.pseudonyms;
    const replacement = options.replace(found, found.includes("|") ? tokenOf(found) : emailTokenOf(found));
    return `${signs}${found === encoded ? replacement : encodeURIComponent(replacement)}`;
  });
}

/** A colon behind an IPv6 address may be the sentence's. */
function scrubAddress(found: string, { truncate, replace }: ScrubOptions): string {
  const address = [found, found.replace(/:$/, "")].find((text) => addressIn(text) !== undefined);
  if (address === undefined) return found;
  return `${replace(address, truncate(address))}${found.slice(address.length)}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
