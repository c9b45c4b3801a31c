// The form of a message: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
// Lengths: https://docs.slack.dev/reference/block-kit/blocks and https://docs.slack.dev/changelog/2018-truncating-really-long-messages
const maxTextLength = 40_000;
const maxHeaderLength = 150;
const maxSectionLength = 3_000;

interface Mrkdwn {
  readonly type: "mrkdwn";
  readonly text: string;
  /** True: Slack makes no links and mentions of what merely looks like one. */
  readonly verbatim: true;
}

type Block =
  | {
      readonly type: "header";
      readonly text: { readonly type: "plain_text"; readonly text: string; readonly emoji: true };
    }
  | { readonly type: "section"; readonly text: Mrkdwn }
  | { readonly type: "context"; readonly elements: readonly Mrkdwn[] };

/** What Slack's incoming webhook takes. `text` is what notifications and screen readers give. */
export interface SlackMessage {
  readonly text: string;
  readonly blocks: readonly Block[];
}

interface MessageParts {
  /** One line, not escaped. */
  readonly title: string;
  /** In Slack's mrkdwn; what comes from elsewhere is made harmless by `quote`. */
  readonly sections: readonly string[];
  /** The small print, in mrkdwn. */
  readonly footer: string;
}

/** Puts a message together, each part cut to the length that Slack takes. */
export function slackMessage({ title, sections, footer }: MessageParts): SlackMessage {
  return {
    text: cut([quote(title), ...sections, footer].join("\n"), maxTextLength),
    blocks: [
      { type: "header", text: { type: "plain_text", text: cut(title, maxHeaderLength), emoji: true } },
      ...sections.map((text): Block => ({ type: "section", text: mrkdwn(text) })),
      { type: "context", elements: [mrkdwn(footer)] },
    ],
  };
}

/**
 * Makes a text from elsewhere harmless in mrkdwn: it can neither mention anybody nor hide a link behind other words
 * (https://docs.slack.dev/messaging/formatting-message-text#escaping), and stays on one line, so that it cannot pass for
 * a line of ours.
 */
export function quote(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ");
  return line.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function mrkdwn(text: string): Mrkdwn {
  return { type: "mrkdwn", text: cut(text, maxSectionLength), verbatim: true };
}

function cut(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const head = text.slice(0, maxLength - 1);
  return `${head.replace(/(&[a-z]*|[\ud800-\udbff])$/, "")}…`; // no half of an escape or of a character
}
