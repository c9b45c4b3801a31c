import { createHmac } from "node:crypto";
import { ConfigError, type Secret } from "@loghook/pipeline";

/** Makes tokens that stand for values. The same value has the same token wherever the key is the same. */
export interface Pseudonyms {
  /** `hmac_` and 20 hexadecimal digits: 80 bits of HMAC-SHA-256, which a million people do not exhaust. */
  tokenOf(text: string): string;
  /** `hmac_…@example.com`; the token alone for what is no e-mail address. */
  emailTokenOf(text: string): string;
}

/** @param key undefined: whoever asks for a token gets an error */
export function createPseudonyms(key: Secret | undefined): Pseudonyms {
  function tokenOf(text: string): string {
    if (!key) throw new ConfigError("Pseudonyms need a key.", { remedy: "Set hmac_key." });
    const digest = createHmac("sha256", key.reveal()).update(canonical(text)).digest("hex");
    return `hmac_${digest.slice(0, 20)}`;
  }
  return {
    tokenOf,
    emailTokenOf(text) {
      const domain = emailDomain(text);
      return domain === undefined ? tokenOf(text) : `${tokenOf(text)}@${domain}`;
    },
  };
}

/**
 * Case does not tell one person from another in an e-mail address: the domain has none (RFC 5321 §2.4), and nobody
 * gives `Jane@` and `jane@` to two people. In other values it may.
 */
export function canonical(text: string): string {
  return emailDomain(text) === undefined ? text : text.trim().toLowerCase();
}

/** RFC 5321 §4.5.3.1: 64 for the local part, 255 for the domain. */
const longestAddress = 320;

/** The domain of an e-mail address, in lower case. Undefined: it is none, or one so odd that its end may not be a domain. */
export function emailDomain(text: string): string | undefined {
  if (text.length > longestAddress) return undefined;
  const [, domain = ""] = /^\s*[^\s@"<>(),:;|\\]+@([^\s@]+)\s*$/.exec(text) ?? [];
  const labels = domain.toLowerCase().split(".");
  const isDomain = labels.length > 1 && labels.every((label) => /^[\p{L}\p{M}\p{N}-]+$/u.test(label));
  return isDomain && /\p{L}/u.test(labels.at(-1) ?? "") ? labels.join(".") : undefined;
}
