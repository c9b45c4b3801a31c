import { DestinationRefusedError, type LoghookError, RetryableError } from "@loghook/pipeline";
import type { Io } from "./io.ts";
import type { ObservedRequest } from "./observed-request.ts";
import { painter, printable } from "./terminal-text.ts";
import { span } from "./wording.ts";

export interface Sending {
  readonly url: string;
  /** Undefined: it did not come to a request. */
  readonly request: ObservedRequest | undefined;
  /** Undefined: the entry was taken. */
  readonly error: LoghookError | undefined;
  readonly durationMs: number;
}

/** Shows the request and the answer on stdout, and what is wrong on stderr. */
export function reportSend(io: Io, sending: Sending): void {
  const { url, request, error, durationMs } = sending;
  const paint = painter(io.stdout, io.env);
  if (request)
    io.stdout.write(`${paint("bold", `POST ${withoutQuery(url)}`)}\n${describeRequest(request)}\n`);
  const answer = request?.answer ? `${request.answer.status} ${request.answer.text}`.trim() : "no answer";
  const verdict = error
    ? paint("red", "the webhook has not taken the entry")
    : paint("green", "the webhook has taken the entry");
  io.stdout.write(`${paint("bold", printable(answer))} after ${span(durationMs)}: ${verdict}.\n`);
  if (error)
    io.stderr.write(
      describeError(error)
        .map((line) => `${line}\n`)
        .join(""),
    );
}

/** Query strings may hold tokens. */
function withoutQuery(text: string): string {
  const { origin, pathname, search } = new URL(text);
  return `${origin}${pathname}${search ? "?[redacted]" : ""}`;
}

const secretHeaders = new Set(["authorization", "proxy-authorization"]);

function describeRequest({ headers, body }: ObservedRequest): string {
  const lines = headers.map(([name, value]) => {
    return `${name}: ${secretHeaders.has(name.toLowerCase()) ? "[redacted]" : printable(value)}`;
  });
  const text = body.length > 0 ? body.toString("utf8").trimEnd() : "(the body was not sent)";
  return `${lines.join("\n")}\n\n${text.split("\n").map(printable).join("\n")}\n`;
}

function describeError(error: LoghookError): string[] {
  const lines = [error.message];
  // The settings are named as in a config file; here are options of the same names.
  if (error.remedy) lines.push(error.remedy.replaceAll("exporters.webhook.", ""));
  if (error instanceof RetryableError) {
    const pause =
      error.retryAfterMs === undefined ? "" : `, not before ${span(error.retryAfterMs)} have passed`;
    lines.push(`It may pass: loghook run would try again by itself${pause}.`);
  }
  if (error instanceof DestinationRefusedError)
    lines.push("loghook run would hold all entries back until this is mended.");
  return lines;
}
