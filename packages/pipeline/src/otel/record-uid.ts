import { randomUUID } from "node:crypto";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { changedRecord } from "./changed-record.ts";

const uidAttribute = "log.record.uid";

/**
 * The record, with a new id in its attribute `log.record.uid` where it has none
 * (https://opentelemetry.io/docs/specs/semconv/registry/attributes/log/). Two equal lines of a log are two records, and
 * whoever sorts out repeats by the id must not lose one of them.
 */
export function withUid(record: ReadableLogRecord): ReadableLogRecord {
  // A record that was made by hand may have no attributes at all.
  const uid = record.attributes?.[uidAttribute];
  if (typeof uid === "string" && uid !== "") return record;
  return changedRecord(record, { attributes: { ...record.attributes, [uidAttribute]: randomUUID() } });
}
