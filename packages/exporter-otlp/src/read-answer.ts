import type { Answer } from "@loghook/http-delivery";
import { ProtobufLogsSerializer } from "@opentelemetry/otlp-transformer";
import { z } from "zod";

/** What a server says of records that it took, by https://opentelemetry.io/docs/specs/otlp/#partial-success-1 */
export interface PartialSuccess {
  /** How many of the request's records it did not take. */
  readonly rejected: number;
  /** Why, or what else it has to say. May be empty. */
  readonly message: string;
}

// In JSON an int64 is a text or a number, and null is as good as absent:
// https://protobuf.dev/programming-guides/json/
const count = z.union([z.int().min(0), z.string().regex(/^\d+$/).transform(Number)]);
const logsResponse = z.object({
  partialSuccess: z
    .object({ rejectedLogRecords: count.nullish(), errorMessage: z.string().nullish() })
    .nullish(),
});
const statusResponse = z.object({ message: z.string() });

/**
 * Reads the body of a success. Servers do not always answer in the encoding that they were asked in, and many say a
 * full success with an empty body.
 *
 * @returns undefined: this is not an OTLP answer
 */
export function readPartialSuccess(answer: Answer): PartialSuccess | undefined {
  const response = logsResponse.safeParse(parse(answer, parseProtobufResponse)).data;
  if (!response) return undefined;
  const { rejectedLogRecords, errorMessage } = response.partialSuccess ?? {};
  return { rejected: rejectedLogRecords ?? 0, message: errorMessage ?? "" };
}

/** Reads the `message` of the google.rpc.Status that stands in a failure. @returns undefined: there is none */
export function readStatusMessage(answer: Answer): string | undefined {
  return statusResponse.safeParse(parse(answer, parseProtobufStatus)).data?.message;
}

/** @returns undefined for what is neither JSON nor protobuf */
function parse(answer: Answer, parseProtobuf: (body: Buffer) => unknown): unknown {
  const { body } = answer;
  const contentType = String(answer.headers["content-type"]);
  if (body.length === 0) return {};
  try {
    // No field of protobuf begins as an object of JSON does.
    if (contentType.includes("json") || body[0] === "{".charCodeAt(0)) return JSON.parse(body.toString());
    return contentType.startsWith("text/") ? undefined : parseProtobuf(body);
  } catch {
    return undefined;
  }
}

function parseProtobufResponse(body: Buffer): unknown {
  return ProtobufLogsSerializer.deserializeResponse(body);
}

/** A Status has its message where an ExportLogsPartialSuccess has its own, in field 2 behind a number. */
function parseProtobufStatus(body: Buffer): unknown {
  const { partialSuccess } = ProtobufLogsSerializer.deserializeResponse(
    Buffer.concat([partialSuccessTag, lengthOf(body), body]),
  );
  return { message: partialSuccess?.errorMessage };
}

/** `partial_success = 1` of ExportLogsServiceResponse: https://protobuf.dev/programming-guides/encoding/#structure */
const partialSuccessTag = Buffer.from([(1 << 3) | 2]);

/** As a varint of three bytes, which is enough for 2 MB. */
function lengthOf({ length }: Buffer): Buffer {
  return Buffer.from([(length & 0x7f) | 0x80, ((length >> 7) & 0x7f) | 0x80, length >> 14]);
}
