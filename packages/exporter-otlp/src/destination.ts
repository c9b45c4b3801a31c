import { type Destination, describeDestination as describe } from "@loghook/http-delivery";
import type { OtlpConfig } from "./config.ts";

/**
 * What messages may say about the server.
 *
 * @param id the component as the config names it: `otlp_http`, `otlp_http/backup`
 */
export function describeDestination(config: OtlpConfig, id: string): Destination {
  const { url, addressKey, timeoutMs, headers } = config;
  const secrets = Object.values(headers).flatMap((value) => {
    const text = value.reveal();
    // The credentials without their scheme: "Bearer abc" may be echoed as "unknown token abc".
    return [text, text.slice(text.indexOf(" ") + 1)];
  });
  return describe({ url, addressKey, id, noun: "server", timeoutMs, secrets });
}
