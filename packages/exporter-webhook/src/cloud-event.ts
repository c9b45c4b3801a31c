import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { recordId } from "./webhook-id.ts";

/**
 * A record as a CloudEvent 1.0 in JSON
 * (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md).
 *
 * @param entry the record's body as JSON text
 */
export function cloudEvent(record: ReadableLogRecord, entry: string): string {
  const attributes = JSON.stringify({
    specversion: "1.0",
    id: recordId(record),
    source: sourceOf(record),
    type: typeOf(record),
    time: timeOf(record),
    datacontenttype: "application/json",
  });
  return `${attributes.slice(0, -1)},"data":${entry}}`;
}

function sourceOf({ resource }: ReadableLogRecord): string {
  const { "auth0.domain": domain, "service.name": service = "unknown_service" } = resource.attributes;
  if (typeof domain === "string") return `https://${domain}/`;
  return `/${encodeURIComponent(String(service).toWellFormed())}`;
}

function typeOf({ eventName }: ReadableLogRecord): string {
  if (!eventName) return "log.record";
  return eventName.startsWith("auth0.") ? `com.auth0.log.${eventName.slice("auth0.".length)}` : eventName;
}

/** RFC 3339. Undefined, and so left out, when the time is unknown or outside of the years that RFC 3339 can write. */
function timeOf({ hrTime: [seconds, nanoseconds] }: ReadableLogRecord): string | undefined {
  const time = new Date(seconds * 1000 + nanoseconds / 1_000_000);
  const known = time.getTime() > 0 && time.getUTCFullYear() <= 9999;
  return known ? time.toISOString() : undefined;
}
