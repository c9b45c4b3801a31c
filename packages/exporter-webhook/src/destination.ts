import { type Destination, describeDestination as describe } from "@loghook/http-delivery";
import type { WebhookConfig } from "./config.ts";

/**
 * What messages may say about the webhook.
 *
 * @param id the component as the config names it: `webhook`, `webhook/backup`
 */
export function describeDestination(config: WebhookConfig, id: string): Destination {
  const { url, timeoutMs } = config;
  return describe({ url, addressKey: "url", id, noun: "webhook", timeoutMs, secrets: secretsOf(config) });
}

function secretsOf({ authorization, headers, signingSecrets }: WebhookConfig): string[] {
  const credentials = authorization?.reveal() ?? "";
  return [
    credentials,
    // The credentials without their scheme: "Bearer abc" may be echoed as "unknown token abc".
    credentials.slice(credentials.indexOf(" ") + 1),
    ...Object.values(headers).map((value) => value.reveal()),
    ...signingSecrets.map((secret) => secret.reveal()),
  ];
}
