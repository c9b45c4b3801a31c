import { inspect } from "node:util";
import type { LogBatch } from "../component.ts";
import {
  BatchTooLargeError,
  DestinationRefusedError,
  LoghookError,
  RecordsRejectedError,
  RetryableError,
} from "../errors.ts";

/** What a failed export asks the caller to do. */
type Verdict = "retryable" | "too_large" | "rejected" | "refused";

const httpVerdicts: Readonly<Record<number, Verdict>> = {
  400: "rejected",
  408: "retryable",
  413: "too_large",
  415: "rejected",
  422: "rejected",
  425: "retryable",
  429: "retryable",
};

/**
 * By gRPC status (https://grpc.io/docs/guides/status-codes/). OTLP counts more of them as lost
 * (https://opentelemetry.io/docs/specs/otlp/#failures): here UNKNOWN and INTERNAL are tried again, since they say
 * nothing about the records. Which of the others is about the records, and which about everybody's, is gRPC's own
 * distinction.
 */
const grpcVerdicts: Readonly<Record<number, Verdict>> = {
  3: "rejected", // INVALID_ARGUMENT
  5: "refused", // NOT_FOUND
  6: "refused", // ALREADY_EXISTS
  7: "refused", // PERMISSION_DENIED
  9: "refused", // FAILED_PRECONDITION
  12: "refused", // UNIMPLEMENTED
  16: "refused", // UNAUTHENTICATED
};
const resourceExhausted = 8;

export interface FailedExport {
  /** The exporter, for messages. */
  readonly name: string;
  /** What was to be exported. */
  readonly batch: LogBatch;
  /** The same records in the same order, as the exporter got them. */
  readonly logs: LogBatch;
}

/**
 * What the failure of an OpenTelemetry exporter means for the records. Known are errors with an HTTP status
 * (`OTLPExporterError`) and those with a gRPC status (grpc-js' `ServiceError`); whatever says nothing of the kind may
 * pass by itself, so it is tried again: nothing is given up for an error that nobody understands.
 */
export function classifyExportFailure(failure: unknown, failed: FailedExport): LoghookError {
  if (failure instanceof LoghookError) return ofGivenRecords(failure, failed);
  const message = `${failed.name} failed: ${describeFailure(failure)}`;
  switch (verdictOf(failure)) {
    case "retryable":
      return new RetryableError(message, { cause: failure });
    case "rejected":
      return new RecordsRejectedError(message, { cause: failure, records: failed.batch });
    case "too_large":
      return new BatchTooLargeError(message, {
        cause: failure,
        remedy: "Lower max_batch_size, or let the destination take larger requests.",
      });
    case "refused":
      return new DestinationRefusedError(message, {
        cause: failure,
        remedy: "Check the address and the credentials that the exporter was made with.",
      });
  }
}

/**
 * An exporter may speak loghook's own errors. The records in them are to be those that the caller knows; a rejection of
 * none, or of strangers, is one of all.
 */
function ofGivenRecords(error: LoghookError, { batch, logs }: FailedExport): LoghookError {
  const isRejection = error instanceof RecordsRejectedError;
  if (!isRejection && !(error instanceof RetryableError && error.records)) return error;
  const named = new Set(error.records);
  const known = batch.filter((_, index) => named.has(logs[index] as LogBatch[number]));
  const records = known.length > 0 ? known : batch;
  const { message, cause, remedy } = error;
  return error instanceof RetryableError
    ? new RetryableError(message, { cause, remedy, records, retryAfterMs: error.retryAfterMs })
    : new RecordsRejectedError(message, { cause, remedy, records });
}

function verdictOf(failure: unknown): Verdict {
  // A serializer that went too deep into a record will do so again.
  if (failure instanceof RangeError && /call stack/.test(failure.message)) return "rejected";
  const status = httpStatusOf(failure);
  if (status !== undefined) return verdictOfHttp(status);
  const { code, details } = (failure ?? {}) as { code?: unknown; details?: unknown };
  // DOMExceptions have small numbers for codes, too, but no details.
  if (typeof code !== "number" || typeof details !== "string") return "retryable";
  // There is no status of its own for it: https://github.com/grpc/grpc/blob/master/doc/statuscodes.md
  const isTooLarge = code === resourceExhausted && /larger than|exceeds maximum size/i.test(details);
  return isTooLarge ? "too_large" : (grpcVerdicts[code] ?? "retryable");
}

function verdictOfHttp(status: number): Verdict {
  const isRefusal = status >= 300 && status < 500;
  return httpVerdicts[status] ?? (isRefusal ? "refused" : "retryable");
}

/** OpenTelemetry has it as `code`, most HTTP clients as one of the others. */
function httpStatusOf(failure: unknown): number | undefined {
  const { code, statusCode, status } = (failure ?? {}) as Record<string, unknown>;
  return [code, statusCode, status].find(
    (value): value is number => typeof value === "number" && value >= 100 && value < 600,
  );
}

/** The longest quotation of what an exporter says, in characters. */
const maxQuotedLength = 300;

function describeFailure(failure: unknown): string {
  const { data } = (failure ?? {}) as { data?: unknown };
  const said = [httpStatusOf(failure), wordsOf(failure), data === undefined ? "" : textOf(data)];
  const text = said
    .filter(Boolean)
    .join(" ")
    .replace(/[\s\p{Cc}\p{Cf}]+/gu, " ")
    .trim();
  const characters = [...text];
  if (characters.length > maxQuotedLength) return `${characters.slice(0, maxQuotedLength).join("")}…`;
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** Where all addresses of a host failed, node:net makes an AggregateError without a message. */
function wordsOf(failure: unknown): string {
  const isBare = failure instanceof AggregateError && failure.message === "" && failure.errors.length > 0;
  return isBare ? failure.errors.map(textOf).join("; ") : textOf(failure);
}

/** Not everything that is thrown is an Error, or can be made a text. */
function textOf(failure: unknown): string {
  if (typeof failure === "string") return failure;
  const { message } = (failure ?? {}) as { message?: unknown };
  if (typeof message === "string" && message !== "") return message;
  return failure instanceof Error ? failure.name : inspect(failure, { depth: 1 });
}
