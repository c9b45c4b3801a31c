import { randomUUID } from "node:crypto";
import type { LogBatch } from "@loghook/pipeline";
import { JsonLogsSerializer } from "@opentelemetry/otlp-transformer";
import { serializableRecords } from "./serializable-records.ts";
import type { NumberForms } from "./serializable-value.ts";

/** Nobody outside of this process can know it, so no entry can hold it. */
const mark = randomUUID();

/** Numbers that the serializer would write wrongly go through it as marked texts. */
const forms: NumberForms = {
  integer: (integer) => `${mark}i${integer}`,
  double: (double) => (Number.isInteger(double) ? `${mark}d${double}` : double),
};
const markedNumber = new RegExp(`\\{"stringValue":"${mark}([id])([^"]+)"\\}`, "g");

/** An ExportLogsServiceRequest in JSON, whose integers are texts: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */
export function encodeJson(batch: LogBatch): Uint8Array {
  const serialized = JsonLogsSerializer.serializeRequest(serializableRecords(batch, forms));
  const text = new TextDecoder().decode(serialized);
  return Buffer.from(text.replace(markedNumber, (_all, kind, digits) => anyValue(kind, digits)));
}

function anyValue(kind: string, digits: string): string {
  return kind === "i" ? `{"intValue":"${digits}"}` : `{"doubleValue":${digits}}`;
}
