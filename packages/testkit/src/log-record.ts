import { SeverityNumber } from "@opentelemetry/api";
import { resourceFromAttributes } from "@opentelemetry/resources";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";

const resource = resourceFromAttributes({ "service.name": "auth0", "auth0.domain": "acme.eu.auth0.com" });
const scope = { name: "@loghook/testkit" };

/** A record as receiver-auth0 makes it, for tests of what comes after. `n` makes its id and its time. */
export function testRecord(n: number, overrides: Partial<ReadableLogRecord> = {}): ReadableLogRecord {
  const id = `900${String(n).padStart(53, "0")}`;
  const seconds = 1_772_442_846 + n;
  return {
    hrTime: [seconds, 0],
    hrTimeObserved: [seconds, 0],
    severityNumber: SeverityNumber.ERROR,
    severityText: "error",
    eventName: "auth0.f",
    body: {
      log_id: id,
      date: new Date(seconds * 1000).toISOString(),
      type: "f",
      description: "Wrong password.",
    },
    attributes: { "log.record.uid": id, "auth0.type": "f", "auth0.category": "auth.login.fail" },
    resource,
    instrumentationScope: scope,
    droppedAttributesCount: 0,
    ...overrides,
  };
}

/** `count` records in order, numbered from `first`. */
export function testBatch(count: number, first = 1): ReadableLogRecord[] {
  return Array.from({ length: count }, (_, index) => testRecord(first + index));
}
