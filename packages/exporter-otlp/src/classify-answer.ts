import {
  type Answer,
  type AnswerContext,
  answerError,
  type Destination,
  type Meaning,
} from "@loghook/http-delivery";
import { DestinationRefusedError, type LoghookError, RecordsRejectedError } from "@loghook/pipeline";
import { readPartialSuccess, readStatusMessage } from "./read-answer.ts";

const checkAddress = ({ address }: Destination) => `check ${address}`;
const checkHeaders = ({ setting }: Destination) => `check ${setting("headers")}`;
const checkEncoding = ({ setting }: Destination) =>
  `check that the server takes what ${setting("encoding")} and ${setting("compression")} make`;
const sendFewer = ({ setting }: Destination) => `lower ${setting("concurrency")} if this lasts`;

/** The statuses that mean something of their own. The others go by their class, see below. */
const meanings: Readonly<Record<number, Meaning>> = {
  400: { verdict: "rejected", remedy: checkEncoding },
  401: { verdict: "refused", remedy: checkHeaders },
  403: { verdict: "refused", remedy: checkHeaders },
  404: { verdict: "refused", remedy: checkAddress },
  405: { verdict: "refused", remedy: checkAddress },
  407: {
    verdict: "refused",
    remedy: () => "check the user name and the password in HTTP_PROXY and HTTPS_PROXY",
  },
  413: {
    verdict: "too_large",
    remedy: ({ setting }) => `lower ${setting("max_batch_size")}, or let it take more`,
  },
  415: { verdict: "rejected", remedy: checkEncoding },
  422: { verdict: "rejected", remedy: checkEncoding },
  // The only ones that are to be retried: https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes
  429: { verdict: "retryable", remedy: sendFewer },
  502: { verdict: "retryable" },
  503: { verdict: "retryable" },
  504: { verdict: "retryable" },
};

/**
 * Where OTLP has the client drop the data, and nothing says that the data is at fault, the destination counts as refusing:
 * asked again slowly, with an alert, until somebody has put it right. 1xx cannot be a last answer, and above 5xx there
 * is nothing: both are as good as no answer.
 */
const meaningOfClass: Readonly<Record<number, Meaning>> = {
  3: { verdict: "refused", remedy: ({ address }) => `set ${address} to the final address` },
  4: { verdict: "refused", remedy: ({ address }) => `check ${address} and what the server expects` },
  5: { verdict: "refused", remedy: () => "look for the reason in its log" },
};

export interface OtlpAnswerContext extends AnswerContext {
  /** Called with what a server says that took everything. */
  onWarning(message: string): void;
}

/** @returns the error to reject with; undefined when the records were taken */
export function classifyAnswer(answer: Answer, context: OtlpAnswerContext): LoghookError | undefined {
  const statusClass = Math.floor(answer.status / 100);
  if (statusClass === 2) return classifySuccess(answer, context);
  const meaning = meanings[answer.status] ?? meaningOfClass[statusClass] ?? { verdict: "retryable" };
  return answerError(answer, meaning, { ...context, text: readStatusMessage(answer) });
}

function classifySuccess(answer: Answer, context: OtlpAnswerContext): LoghookError | undefined {
  const { destination, records, onWarning } = context;
  const partialSuccess = readPartialSuccess(answer);
  if (!partialSuccess) return unreadable(answer, destination);
  const message = destination.quote(partialSuccess.message);
  const { rejected } = partialSuccess;
  if (rejected === 0) {
    if (message !== "") onWarning(message);
    return undefined;
  }
  // OTLP does not say which ones, and that a request with a partial success must not be made again. Nor is it: the
  // caller makes others, of half of the records, until the refused ones stand alone. That repeats those that were
  // taken, as at-least-once delivery may; not to know which entry was refused would be to lose it.
  const counted = `${rejected} of ${records.length} records rejected`;
  const said = message ? `: ${message}` : "";
  return new RecordsRejectedError(
    `${destination.request} was answered with ${answer.status} and ${counted}${said || "."}`,
    { records, answer: `${answer.status}: ${counted}${said}` },
  );
}

/**
 * A page for people, as a wrong address or a proxy that wants a login answers with 200, has not taken any record; nor
 * can rejected ones be found in it. So this is no success, although a server that keeps records and says so in words
 * of its own gets them again and again, slowly and with an alert: better twice than not at all.
 */
function unreadable(answer: Answer, destination: Destination): LoghookError {
  const quotation = destination.quote(answer.body.toString());
  return new DestinationRefusedError(
    `${destination.request} was answered with ${answer.status}, but not in OTLP: ${quotation}`,
    {
      remedy: `The server answered ${answer.status} with something that is not OTLP: check ${destination.address}.`,
    },
  );
}
