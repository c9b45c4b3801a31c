import type { WebhookConfig } from "./config.ts";

/** What messages may say about the webhook. */
export interface Destination {
  /** `POST https://hooks.example.com/auth0`: without what may be a credential in the path or the query string. */
  readonly request: string;
  /** How long a request may take. */
  readonly timeoutMs: number;
  /** A setting as the config file names it: `exporters.webhook.timeout`. */
  setting(key: string): string;
  /** Makes a text from the other side fit for a message: one line, no secret of ours, at most 300 characters. */
  quote(text: string): string;
}

/** The longest quotation of an answer, in characters. */
const maxQuotedLength = 300;

/** Shorter texts are no secrets, and would blot out half of the answer. */
const minSecretLength = 4;

/** @param id the component as the config names it: `webhook`, `webhook/backup` */
export function describeDestination(config: WebhookConfig, id: string): Destination {
  const secrets = textsToHide(config);
  return {
    request: `POST ${publicUrl(new URL(config.url))}`,
    timeoutMs: config.timeoutMs,
    setting: (key) => `exporters.${id}.${key}`,
    quote(text) {
      let shown = oneLine(text);
      for (const secret of secrets) shown = shown.replaceAll(secret, "[redacted]");
      const characters = [...shown.trim()];
      const isLong = characters.length > maxQuotedLength;
      return isLong ? `${characters.slice(0, maxQuotedLength).join("")}…` : characters.join("");
    },
  };
}

/**
 * Query strings may hold tokens, and so do paths: with Slack, Discord or Zapier the path is the credential. Shown is the
 * first segment where it is a plain word; that tells two webhooks of a host apart.
 */
function publicUrl({ origin, pathname }: URL): string {
  const [first = "", ...others] = pathname.slice(1).split("/");
  if (!isPlainWord(first)) return `${origin}/${pathname === "/" ? "" : "…"}`;
  return `${origin}/${first}${others.length > 0 ? "/…" : ""}`;
}

function isPlainWord(segment: string): boolean {
  return /^[a-z][a-z0-9_-]{0,15}$/i.test(segment) && !/\d{4}/.test(segment);
}

/** Parts of the path that may be credentials; plain words would blot out half of an answer. */
function hiddenSegments(url: URL): string[] {
  return url.pathname.split("/").filter((segment) => segment.length >= 8 && !/^[a-z-]+$/.test(segment));
}

function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}\p{Cf}]+/gu, " ");
}

/** Everything that a destination must not get into our logs by echoing it, the longest first. */
function textsToHide(config: WebhookConfig): string[] {
  const authorization = config.authorization?.reveal() ?? "";
  const url = new URL(config.url);
  const secrets = [
    authorization,
    // The credentials without their scheme: "Bearer abc" may be echoed as "unknown token abc".
    authorization.slice(authorization.indexOf(" ") + 1),
    ...Object.values(config.headers).map((value) => value.reveal()),
    ...config.signingSecrets.map((secret) => secret.reveal()),
    ...hiddenSegments(url),
    url.search,
    ...url.searchParams.values(),
  ];
  const texts = secrets.flatMap((secret) => [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
  ]);
  return [...new Set(texts.map(oneLine))]
    .filter((text) => text.length >= minSecretLength)
    .sort((a, b) => b.length - a.length);
}
