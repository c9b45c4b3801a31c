import { customHeaders, type Destination, headerValue } from "@loghook/http-delivery";
import type { WebhookConfig } from "./config.ts";

const ownHeaders = new Map([
  ["authorization", "is set with authorization"],
  ["content-type", "is set with format"],
  ["content-encoding", "is set with compression"],
]);

/** Why `headers` cannot set a header. */
export function reservedHeader(name: string): string | undefined {
  if (name.startsWith("webhook-")) return "cannot be set: webhook- headers hold the id and the signature";
  return ownHeaders.get(name);
}

/**
 * The headers that are the same for every request.
 *
 * @throws {ConfigError} naming the setting that cannot be sent as a header
 */
export function fixedHeaders(config: WebhookConfig, destination: Destination): Record<string, string> {
  const { headers, authorization } = config;
  return {
    ...customHeaders(headers, { destination, reserved: reservedHeader }),
    ...(authorization && { authorization: headerValue(authorization, destination.setting("authorization")) }),
  };
}
