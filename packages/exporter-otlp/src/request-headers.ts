import { customHeaders, type Destination } from "@loghook/http-delivery";
import type { OtlpConfig } from "./config.ts";

const ownHeaders = new Map([
  ["content-type", "is set with encoding"],
  ["content-encoding", "is set with compression"],
  ["accept-encoding", "cannot be set: answers are read as they come"],
]);

/** Why `headers` cannot set a header. */
export function reservedHeader(name: string): string | undefined {
  return ownHeaders.get(name);
}

/** https://opentelemetry.io/docs/specs/otlp/#otlphttp */
const contentTypes = { proto: "application/x-protobuf", json: "application/json" } as const;

/**
 * The headers of every request.
 *
 * @throws {ConfigError} naming the setting that cannot be sent as a header
 */
export function requestHeaders(
  { headers, encoding }: OtlpConfig,
  destination: Destination,
): Record<string, string> {
  return {
    ...customHeaders(headers, { destination, reserved: reservedHeader }),
    "content-type": contentTypes[encoding],
  };
}
