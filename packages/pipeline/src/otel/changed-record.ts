import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";

/**
 * A copy of a record with other values in some of its fields. Not a spread: the records of an SDK have their fields as
 * getters, which a spread leaves behind.
 */
export function changedRecord(
  record: ReadableLogRecord,
  changes: Partial<ReadableLogRecord>,
): ReadableLogRecord {
  const { hrTime, hrTimeObserved, spanContext, severityText, severityNumber, eventName } = record;
  return {
    hrTime,
    hrTimeObserved,
    ...(spanContext && { spanContext }),
    ...(severityText !== undefined && { severityText }),
    ...(severityNumber !== undefined && { severityNumber }),
    ...(eventName !== undefined && { eventName }),
    body: record.body,
    attributes: record.attributes,
    resource: record.resource,
    instrumentationScope: record.instrumentationScope,
    droppedAttributesCount: record.droppedAttributesCount,
    ...changes,
  };
}
