import {
  type Answer,
  type AnswerContext,
  answerError,
  type Destination,
  type Meaning,
} from "@loghook/http-delivery";
import type { LoghookError } from "@loghook/pipeline";

const checkUrl = ({ address }: Destination) => `check ${address}`;
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
  3: { verdict: "refused", remedy: ({ address }) => `set ${address} to the final address` },
  4: { verdict: "refused", remedy: ({ address }) => `check ${address} and what the webhook expects` },
};

function meaningOf(status: number): Meaning {
  return meanings[status] ?? meaningOfClass[Math.floor(status / 100)] ?? { verdict: "retryable" };
}

/** @returns the error to reject with; undefined when the records were taken */
export function classifyResponse(answer: Answer, context: AnswerContext): LoghookError | undefined {
  return answerError(answer, meaningOf(answer.status), context);
}
