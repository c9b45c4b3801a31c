import {
  BatchTooLargeError,
  DestinationRefusedError,
  type LogBatch,
  type LoghookError,
  parseRetryAfter,
  RecordsRejectedError,
  RetryableError,
} from "@loghook/pipeline";
import type { Destination } from "./destination.ts";

/** What a webhook answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The first 4 KB of the body. */
  readonly text: string;
}

/** What an answer means for the records of the request. */
type Verdict = "taken" | "retryable" | "too_large" | "rejected" | "refused";

interface Meaning {
  readonly verdict: Verdict;
  /** What to do about it. */
  remedy?(destination: Destination): string;
}

const checkUrl = ({ setting }: Destination) => `check ${setting("url")}`;
const checkAuthorization = ({ setting }: Destination) => `check ${setting("authorization")}`;
const checkBody = ({ setting }: Destination) =>
  `check that the webhook expects what ${setting("format")} and ${setting("send_as_batch")} make`;

/** The statuses that mean something of their own. The others go by their class, see below. */
const meanings: Readonly<Record<number, Meaning>> = {
  400: { verdict: "rejected", remedy: checkBody },
  401: { verdict: "refused", remedy: checkAuthorization },
  403: { verdict: "refused", remedy: checkAuthorization },
  404: { verdict: "refused", remedy: checkUrl },
  405: { verdict: "refused", remedy: checkUrl },
  407: {
    verdict: "refused",
    remedy: () => "check the user name and the password in HTTP_PROXY and HTTPS_PROXY",
  },
  408: { verdict: "retryable" },
  409: { verdict: "refused", remedy: () => "if it means that it has the records already, let it answer 2xx" },
  410: { verdict: "refused", remedy: checkUrl },
  413: {
    verdict: "too_large",
    remedy: ({ setting }) => `lower ${setting("max_batch_size")}, or let it take more`,
  },
  415: { verdict: "rejected", remedy: checkBody },
  422: { verdict: "rejected", remedy: checkBody },
  425: { verdict: "retryable" },
  429: { verdict: "retryable", remedy: ({ setting }) => `lower ${setting("concurrency")} if this lasts` },
};

/** 1xx cannot be a last answer, and above 5xx there is nothing: both are as good as no answer. */
const meaningOfClass: Readonly<Record<number, Meaning>> = {
  2: { verdict: "taken" },
  3: { verdict: "refused", remedy: ({ setting }) => `set ${setting("url")} to the final address` },
  4: { verdict: "refused", remedy: ({ setting }) => `check ${setting("url")} and what the webhook expects` },
};

export function meaningOf(status: number): Meaning {
  return meanings[status] ?? meaningOfClass[Math.floor(status / 100)] ?? { verdict: "retryable" };
}

export interface AnswerContext {
  readonly destination: Destination;
  /** The records of the request. */
  readonly records: LogBatch;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** @returns the error to reject with; undefined when the records were taken */
export function classifyResponse(answer: Answer, context: AnswerContext): LoghookError | undefined {
  const { records, destination, now } = context;
  const meaning = meaningOf(answer.status);
  const message = describeAnswer(answer, destination);
  const remedy = meaning.remedy && `The webhook answered ${answer.status}: ${meaning.remedy(destination)}.`;
  const retryAfterMs = parseRetryAfter(answer.headers["retry-after"], now);
  switch (meaning.verdict) {
    case "taken":
      return undefined;
    case "retryable":
      return new RetryableError(message, { remedy, retryAfterMs });
    case "refused":
      return new DestinationRefusedError(message, { remedy, retryAfterMs });
    case "rejected":
      return new RecordsRejectedError(message, { remedy, records });
    case "too_large":
      // One record cannot be halved: it is this record that the webhook does not take.
      if (records.length === 1)
        return new RecordsRejectedError(message, { remedy: tooLargeAlone(answer), records });
      return new BatchTooLargeError(message, { remedy });
  }
}

function tooLargeAlone({ status }: Answer): string {
  return `The webhook answered ${status} to a single record: let it take larger requests.`;
}

function describeAnswer(answer: Answer, destination: Destination): string {
  const location = describeLocation(answer, destination);
  const quotation = destination.quote(answer.text);
  return `${destination.request} was answered with ${answer.status}${location}${quotation ? `: ${quotation}` : "."}`;
}

function describeLocation({ status, headers }: Answer, destination: Destination): string {
  const location = [headers.location].flat()[0];
  if (status < 300 || status > 399 || !location) return "";
  const url = URL.parse(location, destination.request.slice("POST ".length));
  return ` to ${url ? destination.quote(`${url.origin}${url.pathname}`) : "an address that is none"}`;
}
