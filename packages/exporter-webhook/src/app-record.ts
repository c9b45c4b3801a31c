import { changedRecord } from "@loghook/pipeline";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";

/** A record of an app's own log, as a webhook gets it. What the record does not say is left out. */
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
  readonly scope: { readonly name: string; readonly version: string | undefined };
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
  return isAuth0Entry(record) ? record : changedRecord(record, { body: toAppRecord(record) as never });
}

/** A record of receiver-auth0, or one that `emitTo` made of such a record. */
function isAuth0Entry({ attributes, resource }: ReadableLogRecord): boolean {
  return ["auth0.type", "auth0.domain"].some((name) => name in attributes || name in resource.attributes);
}

function toAppRecord(record: ReadableLogRecord): AppRecord {
  const { instrumentationScope: scope, spanContext } = record;
  return {
    timestamp: rfc3339(record.hrTime),
    severity_number: record.severityNumber,
    severity_text: record.severityText,
    event_name: record.eventName,
    body: record.body,
    attributes: record.attributes,
    resource: record.resource.attributes,
    scope: { name: scope.name, version: scope.version },
    trace_id: spanContext?.traceId,
    span_id: spanContext?.spanId,
  };
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
