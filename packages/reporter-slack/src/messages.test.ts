import type { RunRecord } from "@loghook/pipeline";
import { describe, expect, test } from "vitest";
import {
  type FailureDetails,
  failureMessage,
  gapMessage,
  recoveryMessage,
  successMessage,
} from "./messages.ts";
import { slackPayload } from "./slack.test-kit.ts";

const now = Date.UTC(2026, 2, 2, 9);
const context = { lane: "logs/auth0/webhook", name: "web-1", now };
const checkpoint = "90020260302091408334120000000000000001223372071234567801";
const failure: FailureDetails = {
  problem: "https://hooks.example.com answered 503.",
  remedy: "Start the webhook.",
  since: now - 3 * 3_600_000,
  waiting: 1_234,
  checkpoint,
  nextTry: now + 300_000,
  isReminder: false,
};
const run: RunRecord = {
  id: "1",
  lane: context.lane,
  trigger: "schedule",
  status: "succeeded",
  startedAt: now - 62_000,
  endedAt: now,
  read: 1_200,
  kept: 30,
  delivered: 29,
  parked: 0,
  dropped: 0,
  checkpoint,
};

const textOf = (message: unknown): string => slackPayload.parse(message).text;

describe("a failure", () => {
  test("is told with what, since when, how many wait, where it goes on, when, and what to do", () => {
    expect(textOf(failureMessage(failure, context))).toBe(
      [
        ":rotating_light: logs/auth0/webhook is failing",
        "https://hooks.example.com answered 503.",
        "*Since:* 2026-03-02 06:00:00 UTC (3 hours)",
        "*Waiting:* at least 1,234 entries",
        `*Goes on after:* \`${checkpoint}\``,
        "*Next try:* 2026-03-02 09:05:00 UTC (in 5 minutes)",
        "*What to do:* Start the webhook.",
        "loghook on web-1, 2026-03-02 09:00:00 UTC",
      ].join("\n"),
    );
  });

  test.for([
    { change: { isReminder: true }, line: ":rotating_light: logs/auth0/webhook is still failing" },
    { change: { waiting: 1 }, line: "*Waiting:* at least 1 entry" },
    { change: { waiting: 0 }, line: "*Waiting:* not known; what the tenant keeps" },
    { change: { checkpoint: undefined }, line: "*Goes on:* where it began; no settled entry is on record" },
    { change: { nextTry: "by itself" as const }, line: "*Next try:* loghook goes on trying by itself" },
    { change: { nextTry: "by hand" as const }, line: "*Next try:* with the next start of loghook" },
    { change: { nextTry: now - 1 }, line: "*Next try:* 2026-03-02 08:59:59 UTC (in less than a second)" },
    { change: { problem: "" }, line: "It failed without a message." },
    {
      change: { remedy: undefined },
      line: "*What to do:* See the message above, and loghook's log for more.",
    },
    { change: { problem: "<!channel> & co" }, line: "&lt;!channel&gt; &amp; co" },
    { change: { remedy: "<!here>" }, line: "*What to do:* &lt;!here&gt;" },
  ])("with $change has the line $line", ({ change, line }) => {
    expect(textOf(failureMessage({ ...failure, ...change }, context)).split("\n")).toContain(line);
  });

  test("of any length is one that Slack takes", () => {
    const long = { ...failure, problem: "<".repeat(5_000), remedy: "&".repeat(5_000) };
    expect(
      slackPayload.safeParse(failureMessage(long, { ...context, name: "<b>".repeat(3_000) })).error,
    ).toBeUndefined();
  });
});

test("a recovery says how long it took, and what the run did", () => {
  expect(textOf(recoveryMessage({ since: now - 7_200_000, run }, context))).toBe(
    [
      ":large_green_circle: logs/auth0/webhook works again",
      "It failed from 2026-03-02 07:00:00 UTC on, for 2 hours.",
      "*Run:* read 1,200, kept 30, delivered 29",
      "*Took:* 1 minute, 2 seconds",
      `*Checkpoint:* \`${checkpoint}\``,
      "loghook on web-1, 2026-03-02 09:00:00 UTC",
    ].join("\n"),
  );
  expect(textOf(recoveryMessage({ since: now - 7_200_000, run: undefined }, context))).not.toContain(
    "*Run:*",
  );
});

test("a success says what was read, kept and delivered, in what time, and up to where", () => {
  expect(textOf(successMessage({ ...run, checkpoint: undefined }, context))).toBe(
    [
      ":white_check_mark: logs/auth0/webhook succeeded",
      "*Run:* read 1,200, kept 30, delivered 29",
      "*Took:* 1 minute, 2 seconds",
      "*Checkpoint:* as before",
      "loghook on web-1, 2026-03-02 09:00:00 UTC",
    ].join("\n"),
  );
});

test("a gap says whether entries are lost or when they will be", () => {
  const problem = "The checkpoint is older than the oldest entry.";
  expect(textOf(gapMessage({ lost: true, problem, deadline: undefined }, context))).toBe(
    [
      ":rotating_light: logs/auth0/webhook has lost entries",
      problem,
      "loghook on web-1, 2026-03-02 09:00:00 UTC",
    ].join("\n"),
  );
  expect(textOf(gapMessage({ lost: false, problem, deadline: now + 5_400_000 }, context))).toBe(
    [
      ":warning: logs/auth0/webhook is about to lose entries",
      problem,
      "*Time left:* until 2026-03-02 10:30:00 UTC (1 hour, 30 minutes)",
      "loghook on web-1, 2026-03-02 09:00:00 UTC",
    ].join("\n"),
  );
});
