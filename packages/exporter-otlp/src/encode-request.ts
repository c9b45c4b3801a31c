import { type LogBatch, RecordsRejectedError } from "@loghook/pipeline";
import type { OtlpEncoding } from "./config.ts";
import { encodeJson } from "./encode-json.ts";
import { encodeProto } from "./encode-proto.ts";

const encoders = { json: encodeJson, proto: encodeProto } as const;

/**
 * The body of a request with these records.
 *
 * @throws {RecordsRejectedError} when one of them cannot be written: a circle in it, or deeper than the stack
 */
export function encodeRequest(batch: LogBatch, encoding: OtlpEncoding): Uint8Array {
  try {
    return encoders[encoding](batch);
  } catch (cause) {
    // Whichever of the records it is, the caller finds out by sending fewer.
    throw new RecordsRejectedError("A record cannot be written in OTLP.", { cause, records: batch });
  }
}
