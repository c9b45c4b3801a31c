import { createDispatcher } from "@loghook/http-dispatcher";
import { type Clock, parseRetryAfter, type Secret } from "@loghook/pipeline";
import { type Dispatcher, request } from "undici";
import type { Post, PostResult } from "./outbox.ts";

const timeoutMs = 10_000;
/** No more than this is read of an answer. Slack's are one word. */
const maxAnswerBytes = 65_536;

export interface SlackWebhook extends AsyncDisposable {
  readonly post: Post;
}

/**
 * Slack's incoming webhook. Goes through the proxy that `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` name.
 *
 * @throws {ConfigError} when one of them cannot be used
 */
export function slackWebhook(url: Secret, clock: Clock): SlackWebhook {
  const dispatcher = createDispatcher({ timeoutMs, setting: (key) => `extensions.slack.${key}` });
  return {
    async post(message, { signal }) {
      try {
        const response = await request(url.reveal(), {
          dispatcher,
          method: "POST",
          headers: { "content-type": "application/json; charset=utf-8" },
          body: JSON.stringify(message),
          signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
        });
        return await classify(response, clock.now());
      } catch (error) {
        const reason = signal.aborted ? "loghook had to end" : faultText(error);
        return { status: "unavailable", reason };
      }
    },
    async [Symbol.asyncDispose]() {
      await dispatcher.destroy();
    },
  };
}

/** What the answers mean: https://docs.slack.dev/changelog/2016-05-17-changes-to-errors-for-incoming-webhooks */
async function classify(response: Dispatcher.ResponseData, now: number): Promise<PostResult> {
  const { statusCode, headers, body } = response;
  const answer = await readText(body);
  if (statusCode >= 200 && statusCode < 300) return { status: "taken" };
  const reason = `Slack answered ${statusCode}${nameOf(answer)}`;
  if (statusCode < 500 && statusCode !== 408 && statusCode !== 425 && statusCode !== 429) {
    return { status: "refused", reason };
  }
  return { status: "unavailable", reason, retryAfterMs: parseRetryAfter(headers["retry-after"], now) };
}

/** Empty where the answer breaks off or is too long to be Slack's. */
async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of body) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxAnswerBytes) return "";
      chunks.push(chunk);
    }
  } catch {
    return "";
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Slack's errors are one word. Anything else may come from a proxy and repeat the address, which is a secret. */
function nameOf(answer: string): string {
  return /^[a-z_]{1,60}$/.test(answer.trim()) ? ` ${answer.trim()}` : "";
}

/** The code alone: the texts of some faults hold the address. */
function faultText(error: unknown): string {
  if (!(error instanceof Error)) return "the request failed";
  if (error.name === "TimeoutError") return `Slack did not answer within ${timeoutMs / 1000} s`;
  return `the request failed: ${"code" in error ? String(error.code) : error.name}`;
}
