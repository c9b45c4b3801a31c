import { type Destination, describeDestination as describe } from "@loghook/http-delivery";
import type { Environment } from "@loghook/http-dispatcher";
import type { OtlpConfig } from "./config.ts";

/**
 * What messages may say about the server.
 *
 * @param id the component as the config names it: `otlp_http`, `otlp_http/backup`
 * @param env where its proxies are
 */
export function describeDestination(config: OtlpConfig, id: string, env?: Environment): Destination {
  const { url, addressKey, timeoutMs, headers } = config;
  const secrets = Object.values(headers).map((value) => value.reveal());
  return describe({ url, addressKey, id, noun: "server", timeoutMs, secrets, env });
}
