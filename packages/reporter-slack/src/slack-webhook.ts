import { type Clock, ConfigError, parseRetryAfter, type Secret } from "@loghook/pipeline";
import { type Dispatcher, EnvHttpProxyAgent, request } from "undici";
import type { Post, PostResult } from "./outbox.ts";

const timeoutMs = 10_000;
const maxResponseSize = 65_536;

export interface SlackWebhook extends AsyncDisposable {
  readonly post: Post;
}

/** Slack's incoming webhook. Goes through the proxy that `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` name. */
export function slackWebhook(url: Secret, clock: Clock): SlackWebhook {
  const dispatcher = openDispatcher();
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

function openDispatcher(): Dispatcher {
  try {
    return new EnvHttpProxyAgent({ maxResponseSize });
  } catch {
    // Without the cause: it holds the proxy's address, which may hold a password.
    throw new ConfigError("The proxy that the environment names for Slack cannot be used.", {
      remedy: "Set HTTPS_PROXY and HTTP_PROXY to addresses such as http://proxy.example.com:3128.",
    });
  }
}

/** What the answers mean: https://docs.slack.dev/changelog/2016-05-17-changes-to-errors-for-incoming-webhooks */
async function classify(response: Dispatcher.ResponseData, now: number): Promise<PostResult> {
  const { statusCode, headers, body } = response;
  const answer = await body.text().catch(() => "");
  if (statusCode >= 200 && statusCode < 300) return { status: "taken" };
  const reason = `Slack answered ${statusCode}${nameOf(answer)}`;
  if (statusCode < 500 && statusCode !== 408 && statusCode !== 425 && statusCode !== 429) {
    return { status: "refused", reason };
  }
  return { status: "unavailable", reason, retryAfterMs: parseRetryAfter(headers["retry-after"], now) };
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
