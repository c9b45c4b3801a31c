import type { WebhookConfig } from "./config.ts";

/** What messages may say about the webhook. */
export interface Destination {
  /** `POST https://hooks.example.com/auth0`: without the query string. */
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

/** Query strings and fragments may hold tokens. */
export function publicUrl({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
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
