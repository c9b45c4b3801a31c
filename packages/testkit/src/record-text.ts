import { inspect } from "node:util";
import type { LogBatch } from "@loghook/pipeline";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";

/** What the records of a batch say, one text for each: to compare before and after. */
export function recordTexts(batch: LogBatch): string[] {
  return batch.map(recordText);
}

function recordText(record: ReadableLogRecord): string {
  const { hrTime, hrTimeObserved, severityNumber, severityText, eventName, spanContext } = record;
  const { attributes, body, instrumentationScope, droppedAttributesCount } = record;
  // Field by field: those of an SDK's record are getters, and its resource works out what it says when it is asked.
  const said = {
    hrTime,
    hrTimeObserved,
    severityNumber,
    severityText,
    eventName,
    spanContext,
    body,
    attributes,
  };
  const around = { resource: record.resource.attributes, instrumentationScope, droppedAttributesCount };
  // Not JSON: a body may hold numbers and bytes that JSON cannot.
  return inspect({ ...said, ...around }, { depth: null, maxArrayLength: null, maxStringLength: null });
}
