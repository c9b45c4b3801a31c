import { backoffMs, type Clock, type Logger, type RetryPolicy } from "@loghook/pipeline";
import type { SlackMessage } from "./slack-message.ts";

/** How Slack answered. */
export type PostResult =
  | { readonly status: "taken" }
  /** Worth another try, and not before `retryAfterMs`. */
  | { readonly status: "unavailable"; readonly reason: string; readonly retryAfterMs?: number | undefined }
  /** The same message would be refused again. */
  | { readonly status: "refused"; readonly reason: string };

/** Never rejects. */
export type Post = (message: SlackMessage, options: { signal: AbortSignal }) => Promise<PostResult>;

export interface Outbox extends AsyncDisposable {
  /**
   * Takes a message and returns at once. When 100 wait already, the oldest of them is dropped.
   *
   * @param onLost called when the message was dropped, or refused, or Slack was out of reach for too long
   */
  send(message: SlackMessage, onLost?: () => Promise<void>): void;
}

export interface OutboxOptions {
  readonly post: Post;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Letter {
  readonly message: SlackMessage;
  readonly onLost: (() => Promise<void>) | undefined;
}

const maxWaiting = 100;
const maxAttempts = 5;
const retryPolicy: RetryPolicy = { initialIntervalMs: 1_000, maxIntervalMs: 30_000, maxElapsedMs: undefined };
/** How long disposal goes on sending. */
const graceMs = 10_000;

/** Sends messages one after the other, in order, and keeps the trouble that Slack may have to itself. */
export function createOutbox({ post, clock, logger }: OutboxOptions): Outbox {
  const waiting: Letter[] = [];
  const giveUp = new AbortController();
  let sending: Promise<void> | undefined;

  async function sendAll(): Promise<void> {
    for (let letter = waiting.shift(); letter; letter = waiting.shift()) await deliver(letter);
  }

  async function deliver(letter: Letter): Promise<void> {
    const result = await postWithRetries(letter.message);
    if (result.status !== "taken") await lose(letter, result.reason);
  }

  async function postWithRetries(message: SlackMessage): Promise<PostResult> {
    for (let attempt = 1; ; attempt++) {
      const result = await post(message, { signal: giveUp.signal });
      if (result.status !== "unavailable" || attempt === maxAttempts) return result;
      const delayMs = Math.max(backoffMs(retryPolicy, attempt), result.retryAfterMs ?? 0);
      try {
        await clock.sleep(delayMs, { signal: giveUp.signal });
      } catch {
        return result;
      }
    }
  }

  async function lose({ message, onLost }: Letter, reason: string): Promise<void> {
    const [title] = message.text.split("\n", 1);
    logger.warn({ reason, title }, "A message to Slack was not delivered.");
    await onLost?.();
  }

  return {
    send(message, onLost) {
      waiting.push({ message, onLost });
      const oldest = waiting.length > maxWaiting ? waiting.shift() : undefined;
      if (oldest) void lose(oldest, "too many messages were waiting");
      sending ??= sendAll().finally(() => {
        sending = undefined;
      });
    },
    async [Symbol.asyncDispose]() {
      const sent = new AbortController();
      const limit = clock.sleep(graceMs, { signal: sent.signal }).then(
        () => giveUp.abort(),
        () => {},
      );
      await sending;
      sent.abort();
      await limit;
    },
  };
}
