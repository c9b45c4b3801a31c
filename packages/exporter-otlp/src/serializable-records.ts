import type { LogBatch } from "@loghook/pipeline";
import type { HrTime } from "@opentelemetry/api";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { type NumberForms, toSerializable, toSerializableMap } from "./serializable-value.ts";

type Resource = ReadableLogRecord["resource"];
type Scope = ReadableLogRecord["instrumentationScope"];

/**
 * Copies of the records that the serializers of @opentelemetry/otlp-transformer can take: see `toSerializable`; what a
 * plain record may lack and they need is there, empty. Records of one resource and scope still have one and the same.
 */
export function serializableRecords(batch: LogBatch, forms: NumberForms): ReadableLogRecord[] {
  const resourceOf = remembering((resource: Resource | undefined) => ({
    ...(resource?.schemaUrl !== undefined && { schemaUrl: resource.schemaUrl }),
    attributes: toSerializableMap(resource?.attributes ?? {}, forms),
  }));
  const scopeOf = remembering((scope: Scope | undefined) => ({
    ...scope,
    name: scope?.name ?? "",
    ...(scope?.attributes && { attributes: toSerializableMap(scope.attributes, forms) }),
  }));
  // Field by field: the SDK's own records have some of theirs as getters of their class, which a spread leaves behind.
  return batch.map((record) => ({
    hrTime: timestamp(record.hrTime),
    hrTimeObserved: timestamp(record.hrTimeObserved),
    severityNumber: record.severityNumber,
    severityText: record.severityText?.toWellFormed(),
    eventName: record.eventName?.toWellFormed(),
    body: toSerializable(record.body, forms),
    attributes: toSerializableMap(record.attributes ?? {}, forms),
    droppedAttributesCount: record.droppedAttributesCount ?? 0,
    spanContext: record.spanContext,
    resource: resourceOf(record.resource),
    instrumentationScope: scopeOf(record.instrumentationScope),
  })) as ReadableLogRecord[];
}

/** The serializers group records by the identity of these objects. */
function remembering<Given, Made>(make: (given: Given) => Made): (given: Given) => Made {
  const made = new Map<Given, Made>();
  return (given) => {
    const known = made.get(given) ?? make(given);
    made.set(given, known);
    return known;
  };
}

const unknownTime: HrTime = [0, 0];
const nanosPerSecond = 1_000_000_000n;

/**
 * Nanoseconds since 1970 travel as 64 bits without a sign. A time before that, or after the year 2554, would wrap
 * around in protobuf and be refused in JSON; OTLP has 0 for a time that is not known.
 */
function timestamp(time: HrTime | undefined): HrTime {
  if (!time?.every(Number.isFinite)) return unknownTime;
  const nanos = BigInt(Math.trunc(time[0])) * nanosPerSecond + BigInt(Math.trunc(time[1]));
  return BigInt.asUintN(64, nanos) === nanos ? time : unknownTime;
}
