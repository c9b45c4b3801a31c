import type { RedactConfig } from "./config.ts";
import { mask } from "./mask.ts";
import { createPseudonyms } from "./pseudonym.ts";
import { scrub } from "./scrub.ts";
import { addressIn, truncateIp } from "./truncate-ip.ts";

/** What a rule does with what it names. */
export const actionNames = [
  "remove",
  "mask",
  "pseudonymize",
  "hash_email",
  "truncate_ip",
  "scrub",
  "keep",
] as const;

export type ActionName = (typeof actionNames)[number];

/** Those that make tokens. */
export const keyedActions: readonly ActionName[] = ["pseudonymize", "hash_email", "scrub"];

/**
 * Told of a text that a rule names and of what takes its place, and likewise of parts of it that may stand alone
 * elsewhere. Returns what takes the place of a part after all.
 */
export type Note = (text: string, replacement: string, extent: "whole" | "part") => string;

/** What becomes of a text that is not empty. */
type TextAction = (text: string, note: Note) => string;

/** `remove` is here, too: this is what stands in other places for what is gone from its own. */
export type TextActions = Readonly<Record<Exclude<ActionName, "keep">, TextAction>>;

type ActionSettings = Pick<RedactConfig, "hmacKey" | "prefixBits">;

export function createTextActions({ hmacKey, prefixBits }: ActionSettings): TextActions {
  const pseudonyms = createPseudonyms(hmacKey);
  const truncate = (address: string): string => truncateIp(address, prefixBits);
  return {
    remove: noting(() => mask),
    mask: noting(() => mask),
    pseudonymize: noting(pseudonyms.tokenOf),
    hash_email: noting(pseudonyms.emailTokenOf),
    truncate_ip: noting((text) => truncateList(text, truncate)),
    scrub: (text, note) =>
      scrub(text, {
        pseudonyms,
        truncate,
        replace: (found, replacement) => note(found, replacement, "part"),
      }),
  };
}

function noting(replace: (text: string) => string): TextAction {
  return (text, note) => {
    const replacement = replace(text);
    note(text, replacement, "whole");
    for (const part of partsOf(text)) note(part, replace(part), "part");
    return replacement;
  };
}

/** One address, or several as X-Forwarded-For has them. What is none is masked, since it may be anything. */
function truncateList(text: string, truncate: (address: string) => string): string {
  const addresses = text.split(",").map((item) => addressIn(item.trim()));
  return addresses.map((address) => (address === undefined ? mask : truncate(address))).join(", ");
}

/**
 * The text without spaces around it, the `65a1…` of `auth0|65a1…`, the addresses of a list, the one of an address with
 * a port, and that of `Jane <jane@example.com>`.
 */
function partsOf(text: string): string[] {
  const [, afterBar = ""] = /^\S+\|([^\s|]+)$/.exec(text) ?? [];
  const words = text.split(/[\s,;<>"|]+/);
  const ips = words.flatMap((word) => addressIn(word) ?? []);
  const mapped = ips.flatMap((ip) => /^::ffff:([\d.]+)$/i.exec(ip)?.[1] ?? []);
  const emails = words.filter((word) => word.includes("@"));
  return [text.trim(), afterBar, ...ips, ...mapped, ...emails].filter((part) => part !== "" && part !== text);
}
