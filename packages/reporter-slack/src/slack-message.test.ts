import { describe, expect, test } from "vitest";
import { slackPayload } from "./slack.test-kit.ts";
import { quote, slackMessage } from "./slack-message.ts";

test("a message has its title as header, its sections, its footer, and all of them as text", () => {
  const message = slackMessage({ title: "Lane fails", sections: ["one", "*two*"], footer: "on host" });
  expect(slackPayload.parse(message)).toEqual({
    text: "Lane fails\none\n*two*\non host",
    blocks: [
      { type: "header", text: { type: "plain_text", text: "Lane fails", emoji: true } },
      { type: "section", text: { type: "mrkdwn", text: "one", verbatim: true } },
      { type: "section", text: { type: "mrkdwn", text: "*two*", verbatim: true } },
      { type: "context", elements: [{ type: "mrkdwn", text: "on host", verbatim: true }] },
    ],
  });
});

test("an escaped text can mention nobody and link nowhere", () => {
  expect(quote("<!channel> & <https://evil.example|Slack> &amp;")).toBe(
    "&lt;!channel&gt; &amp; &lt;https://evil.example|Slack&gt; &amp;amp;",
  );
});

describe("a text that is too long", () => {
  test.for(["x", "&", "<", "🔒", "a&"])(
    "of %s is cut to what Slack takes, and not within a character",
    (unit) => {
      for (let shift = 0; shift < 6; shift++) {
        const long = ".".repeat(shift) + unit.repeat(60_000);
        const message = slackMessage({
          title: ".".repeat(shift) + "🔒".repeat(200),
          sections: [quote(long)],
          footer: quote(long),
        });
        const { text, blocks } = slackPayload.parse(message);
        expect(text.isWellFormed()).toBe(true);
        expect(JSON.stringify(blocks)).not.toMatch(/\\ud[89a-f]/i);
        expect(text.length).toBeGreaterThan(39_990);
        expect(text.endsWith("…")).toBe(true);
      }
    },
  );

  test("that just fits stays whole", () => {
    const section = "x".repeat(3_000);
    const { blocks } = slackMessage({ title: "x".repeat(150), sections: [section], footer: "f" });
    expect(JSON.stringify(blocks)).not.toContain("…");
  });
});
