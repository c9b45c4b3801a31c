import { type Destination, describeDestination as describe } from "@loghook/http-delivery";
import type { Environment } from "@loghook/http-dispatcher";
import type { WebhookConfig } from "./config.ts";

/**
 * What messages may say about the webhook.
 *
 * @param id the component as the config names it: `webhook`, `webhook/backup`
 * @param env where its proxies are
 */
export function describeDestination(config: WebhookConfig, id: string, env?: Environment): Destination {
  const { url, timeoutMs } = config;
  return describe({
    url,
    addressKey: "url",
    id,
    noun: "webhook",
    timeoutMs,
    secrets: secretsOf(config),
    env,
  });
}

function secretsOf({ authorization, headers, signingSecrets }: WebhookConfig): string[] {
  const signing = signingSecrets.map((secret) => secret.reveal());
  return [
    authorization?.reveal() ?? "",
    ...Object.values(headers).map((value) => value.reveal()),
    ...signing,
    // Without whsec_, as some keep it.
    ...signing.map((secret) => secret.slice(secret.indexOf("_") + 1)),
  ];
}
