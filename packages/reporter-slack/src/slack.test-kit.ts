import { type ReceivedRequest, startWebhook, status, type TestWebhook } from "@loghook/testkit";
import { z } from "zod";

// What Slack documents of a message, and no more than this product uses:
// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks and .../reference/block-kit/blocks

const plainText = z.strictObject({
  type: z.literal("plain_text"),
  text: z.string().min(1).max(150),
  emoji: z.boolean().optional(),
});

const mrkdwn = z.strictObject({
  type: z.literal("mrkdwn"),
  text: z
    .string()
    .min(1)
    .max(3_000)
    .regex(/^([^&<>]|&(amp|lt|gt);)*$/, "must have & < > escaped"),
  verbatim: z.boolean().optional(),
});

const block = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("header"), text: plainText }),
  z.strictObject({ type: z.literal("section"), text: mrkdwn }),
  z.strictObject({ type: z.literal("context"), elements: z.array(mrkdwn).min(1).max(10) }),
]);

export const slackPayload = z.strictObject({
  text: z
    .string()
    .min(1)
    .max(40_000)
    .regex(/^([^&<>]|&(amp|lt|gt);)*$/, "must have & < > escaped"),
  blocks: z.array(block).min(1).max(50),
});

/** A webhook that answers as Slack does: 200 `ok`, or 400 `invalid_payload`. */
export async function startSlack(): Promise<TestWebhook> {
  return await startWebhook({
    answer: (request, response) => {
      const isJson = /^application\/json(;|$)/.test(request.headers["content-type"] ?? "");
      const isValid = isJson && slackPayload.safeParse(JSON.parse(request.body.toString())).success;
      return status(isValid ? 200 : 400, {}, isValid ? "ok" : "invalid_payload")(request, response);
    },
  });
}

/** The text of each message that came in. Fails when one is not as Slack documents it. */
export function textsOf(requests: readonly ReceivedRequest[]): string[] {
  return requests.map(({ body }) => slackPayload.parse(JSON.parse(body.toString())).text);
}

/** The first line of each message that came in. */
export function titlesOf(requests: readonly ReceivedRequest[]): string[] {
  return textsOf(requests).map((text) => text.split("\n", 1)[0] ?? "");
}
