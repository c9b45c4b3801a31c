import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { parseExactJson } from "./exact-json.ts";
import { resourceFromAttributes } from "./otel/on-demand.ts";

/**
 * A record as JSON, to be kept and to be sent another time. A value that JSON has no form for comes back as JSON writes
 * it, and a bigint as its digits; Auth0's entries are JSON, down to the digits of their numbers.
 *
 * @throws {TypeError} where JSON cannot be written of it, such as of a circle
 */
export function recordToText(record: ReadableLogRecord): string {
  const { hrTime, hrTimeObserved, severityNumber, severityText, eventName, spanContext } = record;
  const { body, attributes, resource, instrumentationScope, droppedAttributesCount } = record;
  const fields = {
    hrTime,
    hrTimeObserved,
    severityNumber,
    severityText,
    eventName,
    spanContext,
    body,
    attributes,
    resource: resource.attributes,
    instrumentationScope,
    droppedAttributesCount,
  };
  return JSON.stringify(fields, (_key, value: unknown) =>
    typeof value === "bigint" ? String(value) : value,
  );
}

/** @param text what `recordToText` returned */
export function recordFromText(text: string): ReadableLogRecord {
  const record = parseExactJson(text) as ReadableLogRecord & { resource: ReadableLogRecord["attributes"] };
  return { ...record, resource: resourceFromAttributes(record.resource as never) };
}
