import {
  BatchTooLargeError,
  type Clock,
  DestinationRefusedError,
  type LogBatch,
  type LoghookError,
  parseRetryAfter,
  RecordsRejectedError,
  RetryableError,
} from "@loghook/pipeline";
import type { Destination } from "./destination.ts";
import type { Answer } from "./post.ts";

/** What an answer means for the records of the request. */
export interface Meaning {
  readonly verdict: "taken" | "retryable" | "too_large" | "rejected" | "refused";
  /** What to do about it, as the end of a sentence: `check exporters.webhook.url`. */
  remedy?(destination: Destination): string;
}

export interface AnswerContext {
  readonly destination: Destination;
  /** The records of the request. */
  readonly records: LogBatch;
  /** What the other side says about it. Default: the body of the answer, as a text. */
  readonly text?: string | undefined;
  /** For dates in `Retry-After`. */
  readonly clock: Pick<Clock, "now">;
}

/** @returns the error to reject with; undefined when the records were taken */
export function answerError(
  answer: Answer,
  meaning: Meaning,
  context: AnswerContext,
): LoghookError | undefined {
  if (meaning.verdict === "taken") return undefined;
  const { records, destination, clock } = context;
  const quotation = destination.quote(context.text ?? answer.body.toString());
  const location = describeLocation(answer, destination);
  const message = `${destination.request} was answered with ${answer.status}${location}${quotation ? `: ${quotation}` : "."}`;
  const excerpt = quotation ? `${answer.status}: ${quotation}` : `${answer.status}`;
  const answered = `The ${destination.noun} answered ${answer.status}`;
  const remedy = meaning.remedy && `${answered}: ${meaning.remedy(destination)}.`;
  const retryAfterMs = parseRetryAfter(answer.headers["retry-after"], clock.now());
  switch (meaning.verdict) {
    case "retryable":
      return new RetryableError(message, { remedy, retryAfterMs });
    case "refused":
      return new DestinationRefusedError(message, { remedy, retryAfterMs });
    case "rejected":
      return new RecordsRejectedError(message, { remedy, records, answer: excerpt });
    case "too_large":
      if (records.length > 1) return new BatchTooLargeError(message, { remedy });
      // One record cannot be halved: it is this record that the other side does not take.
      return new RecordsRejectedError(message, {
        remedy: `${answered} to a single record: let it take larger requests.`,
        records,
        answer: excerpt,
      });
  }
}

function describeLocation({ status, headers }: Answer, destination: Destination): string {
  const location = [headers.location].flat()[0];
  if (status < 300 || status > 399 || !location) return "";
  const url = URL.parse(location, destination.request.slice("POST ".length));
  return ` to ${url ? destination.quote(`${url.origin}${url.pathname}`) : "an address that is none"}`;
}
