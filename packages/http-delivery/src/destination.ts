import { type Environment, proxySecrets } from "@loghook/http-dispatcher";
import { publicUrl } from "@loghook/pipeline";
import { secretHider } from "./secret-hider.ts";

/** What messages may say about the other side. */
export interface Destination {
  /** `POST https://hooks.example.com/auth0`: without what may be a credential in the path or the query string. */
  readonly request: string;
  /** What remedies call it: `webhook`. */
  readonly noun: string;
  /** The setting that holds its address, as the config file names it: `exporters.webhook.url`. */
  readonly address: string;
  /** How long a request may take. */
  readonly timeoutMs: number;
  /** A setting as the config file names it: `timeout` → `exporters.webhook.timeout`. */
  setting(key: string): string;
  /**
   * Makes a text from the other side fit for a message: one line, no secret of ours in any of the usual spellings, at
   * most 300 characters.
   */
  quote(text: string): string;
}

export interface DestinationOptions {
  /** Absolute, http or https. */
  readonly url: string;
  /** The key of the setting that holds the address: `url`. */
  readonly addressKey: string;
  /** The component as the config names it: `webhook`, `webhook/backup`. */
  readonly id: string;
  readonly noun: string;
  readonly timeoutMs: number;
  /**
   * What the other side must not get into our logs by echoing it, beside the credentials in the URL: values of headers,
   * as they are sent, and others. Of `Bearer abc` also `abc` is hidden, and of `Basic` credentials the password.
   */
  readonly secrets: readonly string[];
  /** Where to find proxies: their passwords are hidden, too. Default: nowhere. */
  readonly env?: Environment | undefined;
}

/** The longest quotation of an answer, in characters. */
const maxQuotedLength = 300;

/** No more than this is looked at of an answer, in UTF-16 code units. */
const maxReadLength = 8192;

export function describeDestination(options: DestinationOptions): Destination {
  const { id, noun, addressKey, timeoutMs } = options;
  const url = new URL(options.url);
  // A character may be two UTF-16 code units, and a space at either end is not quoted.
  const hide = secretHider(textsToHide(url, options), 2 * (maxQuotedLength + 1));
  const setting = (key: string): string => `exporters.${id}.${key}`;
  return {
    request: `POST ${publicUrl(url.href)}`,
    noun,
    address: setting(addressKey),
    timeoutMs,
    setting,
    quote(text) {
      const characters = [...hide(oneLine(text.slice(0, maxReadLength))).trim()];
      const isLong = characters.length > maxQuotedLength;
      return isLong ? `${characters.slice(0, maxQuotedLength).join("")}…` : characters.join("");
    },
  };
}

/** Parts of the path that may be credentials; plain words would blot out half of an answer. */
function hiddenSegments(url: URL): string[] {
  return url.pathname.split("/").filter((segment) => segment.length >= 8 && !/^[a-z-]+$/.test(segment));
}

function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}\p{Cf}]+/gu, " ");
}

function textsToHide(url: URL, { secrets, env = {} }: DestinationOptions): string[] {
  const sent = [...secrets, ...proxySecrets(env)].flatMap(partsOf);
  return [...sent, ...hiddenSegments(url), url.search, ...url.searchParams.values()].map(oneLine);
}

/** A secret, its credentials without their scheme ("Bearer abc" may be echoed as "unknown token abc"), and what they say. */
function partsOf(secret: string): string[] {
  const [, scheme = "", credentials = ""] = /^(\S+) +(.*)$/s.exec(secret) ?? [];
  if (scheme.toLowerCase() !== "basic") return [secret, credentials];
  const pair = Buffer.from(credentials, "base64").toString();
  return [secret, credentials, pair, pair.slice(pair.indexOf(":") + 1)];
}
