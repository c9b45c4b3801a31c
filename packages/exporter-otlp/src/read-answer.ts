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
const camelCased = z.object({ rejectedLogRecords: count.nullish(), errorMessage: z.string().nullish() });
const snakeCased = z
  .object({ rejected_log_records: count.nullish(), error_message: z.string().nullish() })
  .transform((names) => ({
    rejectedLogRecords: names.rejected_log_records,
    errorMessage: names.error_message,
  }));
// A reader of JSON is to know the names of the definition, too. An object that says other things and nothing of a
// partial success is somebody else's: `{"status":"error"}`.
const logsResponse = z.union([
  z.strictObject({}).transform(() => null),
  z.object({ partialSuccess: camelCased.nullable() }).transform((response) => response.partialSuccess),
  z.object({ partial_success: snakeCased.nullable() }).transform((response) => response.partial_success),
]);
const statusResponse = z.object({ message: z.string() });

/**
 * Reads the body of a success. Servers do not always answer in the encoding that they were asked in, and many say a
 * full success with an empty body.
 *
 * @returns undefined: this is not an OTLP answer
 */
export function readPartialSuccess(answer: Answer): PartialSuccess | undefined {
  if (!isJson(answer) && !isProtobuf(answer)) return undefined;
  const response = logsResponse.safeParse(parse(answer, parseProtobufResponse));
  if (!response.success) return undefined;
  const { rejectedLogRecords, errorMessage } = response.data ?? {};
  return { rejected: rejectedLogRecords ?? 0, message: errorMessage ?? "" };
}

/** Reads the `message` of the google.rpc.Status that stands in a failure. @returns undefined: there is none */
export function readStatusMessage(answer: Answer): string | undefined {
  return statusResponse.safeParse(parse(answer, parseProtobufStatus)).data?.message;
}

/** @returns undefined for what is neither JSON nor protobuf */
function parse(answer: Answer, parseProtobuf: (body: Buffer) => unknown): unknown {
  const { body } = answer;
  if (body.length === 0) return {};
  try {
    if (isJson(answer)) return JSON.parse(body.toString());
    return contentType(answer).startsWith("text/") ? undefined : parseProtobuf(body);
  } catch {
    return undefined;
  }
}

function contentType({ headers }: Answer): string {
  return String(headers["content-type"] ?? "").toLowerCase();
}

function isJson(answer: Answer): boolean {
  // No field of protobuf begins as an object of JSON does.
  return contentType(answer).includes("json") || answer.body[0] === "{".charCodeAt(0);
}

/** Said to be, or so by its looks: many servers say nothing of it, or `application/octet-stream`. */
function isProtobuf(answer: Answer): boolean {
  const { body } = answer;
  return body.length === 0 || contentType(answer).includes("protobuf") || isPartialSuccessAlone(body);
}

/**
 * Whether this is a response of a partial success and nothing else: its tag, its length, and then the tag of the count
 * or of the message. No text looks like that. As fields that nobody knows, which are skipped, `error` would do.
 */
function isPartialSuccessAlone(body: Buffer): boolean {
  const content = body.findIndex((byte, at) => at > 0 && byte < 0x80) + 1;
  const isEmpty = content === body.length;
  return body[0] === partialSuccessTag[0] && (isEmpty || [countTag, messageTag].includes(body[content] ?? 0));
}

function parseProtobufResponse(body: Buffer): unknown {
  const { partialSuccess } = ProtobufLogsSerializer.deserializeResponse(body);
  return { partialSuccess: partialSuccess ?? null };
}

/** A Status has its message where an ExportLogsPartialSuccess has its own, in field 2 behind a number. */
function parseProtobufStatus(body: Buffer): unknown {
  const { partialSuccess } = ProtobufLogsSerializer.deserializeResponse(
    Buffer.concat([partialSuccessTag, lengthOf(body), body]),
  );
  return { message: partialSuccess?.errorMessage };
}

// https://protobuf.dev/programming-guides/encoding/#structure
/** `partial_success = 1` of ExportLogsServiceResponse. */
const partialSuccessTag = Buffer.from([(1 << 3) | 2]);
/** `rejected_log_records = 1` and `error_message = 2` of ExportLogsPartialSuccess. */
const countTag = 1 << 3;
const messageTag = (2 << 3) | 2;

/** As a varint of three bytes, which is enough for 2 MB. */
function lengthOf({ length }: Buffer): Buffer {
  return Buffer.from([(length & 0x7f) | 0x80, ((length >> 7) & 0x7f) | 0x80, length >> 14]);
}
