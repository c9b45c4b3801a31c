import { hash } from "node:crypto";
import { type LogBatch, recordAttribute } from "@loghook/pipeline";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";

/** The record's id in its source. A record that came without one is named by its content. */
export function recordId(record: ReadableLogRecord): string {
  const uid = recordAttribute(record, "log.record.uid");
  return typeof uid === "string" && uid !== ""
    ? uid
    : `sha256-${digest(JSON.stringify(record.body) ?? "null")}`;
}

/**
 * The value of `webhook-id`: the same for the same records, over retries, restarts and processes, and another one for
 * any other selection or order of records. A destination can remember it to take a request only once.
 */
export function webhookId(batch: LogBatch): string {
  return `msg_${digest(JSON.stringify(batch.map((record) => [sourceOf(record), recordId(record)])))}`;
}

/** Two tenants may use the same ids. */
function sourceOf({ resource }: ReadableLogRecord): string {
  return String(resource.attributes["auth0.domain"] ?? resource.attributes["service.name"] ?? "");
}

function digest(text: string): string {
  return hash("sha256", text, "base64url");
}
