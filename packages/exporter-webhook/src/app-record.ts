import { changedRecord } from "@loghook/pipeline";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";

/**
 * A record of an app's own log, as a webhook gets it. What the record does not say is left out. What JSON has no form for
 * is written as OTLP writes it in JSON: bytes in base64, NaN and the infinities as texts.
 */
export interface AppRecord {
  /** RFC 3339, with as many digits as the record has. */
  readonly timestamp: string | undefined;
  readonly severity_number: number | undefined;
  readonly severity_text: string | undefined;
  readonly event_name: string | undefined;
  readonly body: ReadableLogRecord["body"];
  readonly attributes: ReadableLogRecord["attributes"];
  /** The attributes of the resource: `service.name` and the like. */
  readonly resource: ReadableLogRecord["attributes"];
  /** The logger. */
  readonly scope: { readonly name: string; readonly version: string | undefined } | undefined;
  // As OpenTelemetry names them where logs are not OTLP:
  // https://opentelemetry.io/docs/specs/otel/compatibility/logging_trace_context/
  readonly trace_id: string | undefined;
  readonly span_id: string | undefined;
}

/**
 * The record as the webhook exporter is to get it. Exporters of loghook send the body alone: it is the entry, just as
 * Auth0 wrote it. The body of an app's own record is a mere part of it, often one sentence; there the whole record
 * becomes the body.
 */
export function withWholeRecordAsBody(record: ReadableLogRecord): ReadableLogRecord {
  if (isAuth0Entry(record)) return record;
  // Of a record that was made by hand, anything may be missing.
  const {
    attributes = {},
    resource = { attributes: {} },
    hrTime = [0, 0],
  } = record as Partial<typeof record>;
  const whole = changedRecord(record, { attributes, resource: resource as typeof record.resource, hrTime });
  return { ...whole, body: toAppRecord(whole) as never };
}

/**
 * A record of receiver-auth0, or one that `emitTo` made of such a record. The attributes alone do not tell: an app that
 * logs something about Auth0 may well give it the same ones.
 */
function isAuth0Entry({ attributes = {}, resource, body }: Partial<ReadableLogRecord>): boolean {
  if (typeof body !== "object" || body === null) return false;
  const isOfAuth0 = ["auth0.type", "auth0.domain"].some(
    (name) => name in attributes || name in (resource?.attributes ?? {}),
  );
  const { log_id: logId, type } = body as Record<string, unknown>;
  return isOfAuth0 && (logId !== undefined || (type !== undefined && type === attributes["auth0.type"]));
}

function toAppRecord(record: ReadableLogRecord): AppRecord {
  const { instrumentationScope: scope, spanContext } = record;
  return {
    timestamp: rfc3339(record.hrTime),
    severity_number: record.severityNumber,
    severity_text: record.severityText,
    event_name: record.eventName,
    body: writable(record.body),
    attributes: writable(record.attributes),
    resource: writable(record.resource.attributes),
    scope: scope && { name: scope.name, version: scope.version },
    trace_id: spanContext?.traceId,
    span_id: spanContext?.spanId,
  };
}

/**
 * The value in terms of JSON: https://protobuf.dev/programming-guides/json/
 *
 * One that cannot be written, because of a circle in it or a depth beyond the stack, stays as it is: whoever writes the
 * request finds out, and rejects this record and no other.
 */
function writable<T>(value: T): T {
  try {
    return jsonForm(value) as T;
  } catch {
    return value;
  }
}

function jsonForm(value: unknown): unknown {
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  // Dates, and numbers kept as JSON.rawJSON: JSON.stringify knows how to write them.
  if (typeof value !== "object" || value === null || "toJSON" in value || "rawJSON" in value) return value;
  if (Array.isArray(value)) return value.map(jsonForm);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, jsonForm(item)]));
}

/** Undefined when the time is unknown or outside of the years that RFC 3339 can write. */
function rfc3339([seconds, nanoseconds]: ReadableLogRecord["hrTime"]): string | undefined {
  const date = new Date(seconds * 1000);
  if (!(date.getTime() > 0) || date.getUTCFullYear() > 9999) return undefined;
  const fraction = String(nanoseconds)
    .padStart(9, "0")
    .replace(/0{1,6}$/, "");
  return date.toISOString().replace("000Z", `${fraction}Z`);
}
