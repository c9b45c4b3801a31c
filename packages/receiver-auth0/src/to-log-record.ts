import { resourceFromAttributes, withSource } from "@loghook/pipeline";
import type { Attributes, HrTime, SeverityNumber } from "@opentelemetry/api";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { attributeMap, isAttributeValue } from "./attribute-map.ts";
import type { Auth0Config } from "./config.ts";
import { eventTypes, type Level, levelNames } from "./event-types.ts";
import { logIdTime } from "./log-id.ts";
import type { PageEntry } from "./parse-page.ts";

/** The first number of each range, as OpenTelemetry lays them out: https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber */
// As numbers: the enum would load all of @opentelemetry/api for them.
const severities: Record<Level, SeverityNumber> = { 0: 5, 1: 9, 2: 13, 3: 17, 4: 21 };
const unspecified: SeverityNumber.UNSPECIFIED = 0;

const uidAttribute = "log.record.uid";

export type ToLogRecord = (page: PageEntry, observed: HrTime) => ReadableLogRecord;

/** All records of a receiver have one and the same resource and scope. */
export function createToLogRecord({
  domain,
  resourceAttributes,
}: Pick<Auth0Config, "domain" | "resourceAttributes">): ToLogRecord {
  const ownAttributes = { ...resourceAttributes, "service.name": "auth0", "auth0.domain": domain };
  let resource: ReadableLogRecord["resource"] | undefined;
  const instrumentationScope = { name: "@loghook/receiver-auth0" };

  return ({ entry, json, logId, uid }, hrTimeObserved) => {
    const type = typeOf(entry);
    const known = type === undefined ? undefined : eventTypes.get(type);
    resource ??= resourceFromAttributes(ownAttributes);
    const time = entryTime(entry) ?? (logId === undefined ? undefined : logIdTime(logId));
    const record: Omit<ReadableLogRecord, "body" | "attributes"> = {
      hrTime: time === undefined ? hrTimeObserved : toHrTime(time),
      hrTimeObserved,
      severityNumber: known ? severities[known.level] : unspecified,
      ...(known && { severityText: levelNames[known.level] }),
      ...(type !== undefined && { eventName: `auth0.${type}` }),
      resource,
      instrumentationScope,
      droppedAttributesCount: 0,
    };
    const knownAttributes = { [uidAttribute]: uid, "auth0.type": type, "auth0.category": known?.category };
    return json === undefined
      ? { ...record, body: entry, attributes: attributesOf(entry, knownAttributes) }
      : withSource(record, { json, known: knownAttributes, attributesOf });
  };
}

const noFields = {};

function fieldsOf(entry: unknown): Readonly<Record<string, unknown>> {
  return typeof entry === "object" && entry !== null ? (entry as Record<string, unknown>) : noFields;
}

function typeOf(entry: unknown): string | undefined {
  const { type } = fieldsOf(entry);
  return typeof type === "string" && type !== "" ? type : undefined;
}

function attributesOf(entry: unknown, { [uidAttribute]: uid }: Attributes): Attributes {
  const fields = fieldsOf(entry);
  const type = typeOf(entry);
  const known = type === undefined ? undefined : eventTypes.get(type);
  const attributes: Attributes = {};
  for (const { attribute, read } of attributeMap) {
    const value = read(fields, known, uid as string);
    if (isAttributeValue(value)) attributes[attribute] = value;
  }
  return attributes;
}

/** When the entry says that it happened, in milliseconds since 1970. Undefined: it does not, or not so that it can be read. */
export function entryTime(entry: unknown): number | undefined {
  return dateTime(fieldsOf(entry).date);
}

/** The types of Auth0's SDK know `date` as an object, too. */
function dateTime(date: unknown): number | undefined {
  if (typeof date === "string") return plausible(Date.parse(date));
  if (typeof date === "number") return plausible(date);
  if (typeof date === "object" && date !== null && "$date" in date) return dateTime(date.$date);
  return undefined;
}

// The years that have four digits. Beyond, it is no time that anybody can write down.
const firstTime = Date.parse("0001-01-01T00:00:00Z");
const lastTime = Date.parse("9999-12-31T23:59:59.999Z");

function plausible(time: number): number | undefined {
  return time >= firstTime && time <= lastTime ? time : undefined;
}

/** The time of a record, in milliseconds since 1970. */
export function recordTime({ hrTime: [seconds, nanoseconds] }: Pick<ReadableLogRecord, "hrTime">): number {
  return seconds * 1000 + nanoseconds / 1_000_000;
}

export function toHrTime(time: number): HrTime {
  const seconds = Math.floor(time / 1000);
  return [seconds, Math.round((time - seconds * 1000) * 1_000_000)];
}
