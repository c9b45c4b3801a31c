import { type PipelineEvent, RetryableError, type RunRecord } from "@loghook/pipeline";
import { manualClock, testBatch } from "@loghook/testkit";
import { describe, expect, test } from "vitest";
import { fakeIo } from "./fake-io.ts";
import { createOutput } from "./output.ts";

const lane = "logs/auth0/webhook";
const run: RunRecord = {
  id: "run-1",
  lane,
  trigger: "once",
  status: "running",
  startedAt: Date.UTC(2026, 2, 2, 9),
  read: 0,
  kept: 0,
  delivered: 0,
  parked: 0,
  dropped: 0,
};
const failed: RunRecord = {
  ...run,
  status: "failed",
  endedAt: run.startedAt + 5000,
  read: 250,
  kept: 250,
  checkpoint: "900",
  error: { code: "RETRYABLE", message: "The webhook answered 503.", remedy: "Look whether it is up." },
};
const read = {
  type: "records.read",
  lane,
  read: 100,
  kept: 60,
  waiting: 100,
  position: run.startedAt,
  caughtUp: false,
} as const;
const events: readonly PipelineEvent[] = [
  { type: "run.started", lane, run },
  read,
  { type: "records.delivered", lane, batch: testBatch(60), durationMs: 5 },
  {
    type: "retry.scheduled",
    lane,
    stage: "exporter",
    error: new RetryableError("The webhook answered 503."),
    attempt: 2,
    delayMs: 1500,
    since: run.startedAt,
  },
  { type: "run.finished", lane, run: failed, waiting: 250 },
];

function tell(io: ReturnType<typeof fakeIo>, told: readonly PipelineEvent[] = events) {
  const clock = manualClock();
  const output = createOutput(io, { level: "info", clock });
  for (const event of told) {
    clock.advance(6000);
    output.onEvent(event);
  }
  output.end();
  return io.output();
}

describe("where nobody looks", () => {
  test("every line is a JSON object with a fixed sentence, the lane and the code", () => {
    const lines = tell(fakeIo())
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as object);
    expect(lines).toMatchObject([
      { level: "info", msg: "Catching up.", lane, read: 100, kept: 60 },
      {
        level: "warn",
        msg: "Delivery failed, will retry.",
        lane,
        code: "RETRYABLE",
        attempt: 2,
        delayMs: 1500,
      },
      {
        level: "error",
        msg: "Run failed.",
        lane,
        code: "RETRYABLE",
        checkpoint: "900",
        waiting: 250,
        run: "run-1",
      },
    ]);
  });
});

test("each of several lanes tells its progress, however close together they read", () => {
  const other = "logs/auth0/webhook/archive";
  const lines = tell(fakeIo(), [read, { ...read, lane: other }, read, { ...read, lane: other }])
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as { lane: string }).lane);
  expect(lines).toEqual([other, lane, other]);
});

test("a lane that follows is heard of once a minute, not at every poll", () => {
  const io = fakeIo();
  const clock = manualClock();
  const output = createOutput(io, { level: "info", clock });
  const succeeded: RunRecord = { ...run, trigger: "poll", status: "succeeded", endedAt: run.startedAt + 5 };
  for (let poll = 0; poll < 10; poll++) {
    output.onEvent({ type: "run.finished", lane, run: succeeded, waiting: 0 });
    clock.advance(15_000);
  }
  expect(io.output().match(/Run finished/g)).toHaveLength(3);
});

test("a webhook that is down is told of once in a while, however many requests fail, and that it works again once", () => {
  const io = fakeIo();
  const clock = manualClock();
  const output = createOutput(io, { level: "info", clock });
  const retry = events[3] as PipelineEvent;
  for (let failure = 0; failure < 60; failure++) {
    output.onEvent(retry);
    clock.advance(1000);
  }
  for (let batch = 0; batch < 5; batch++)
    output.onEvent({ type: "retry.succeeded", lane, stage: "exporter" });
  output.onEvent(retry);
  const told = io.output().match(/Delivery [^"]*/g);
  expect(told).toEqual([
    "Delivery failed, will retry.",
    "Delivery failed, will retry.",
    "Delivery works again.",
    "Delivery failed, will retry.",
  ]);
});

describe("on a terminal", () => {
  test("lines are for people, and one at the bottom changes", () => {
    const text = tell(fakeIo({ isTTY: true, columns: 200 }));
    expect(text).toContain("100 read · 60 kept · 60 delivered");
    expect(text).toContain("\r\u001B[2K");
    expect(text).toContain("The webhook answered 503. It is tried again in 2 s.");
    expect(text).toContain(
      "Failed: The webhook answered 503. Look whether it is up. 250 read, 250 kept, 0 delivered in 5 s. " +
        "Nothing is skipped: the next run begins at the checkpoint 900.",
    );
  });

  test("of several lanes the line shows the one that is furthest behind, by its name", () => {
    const behind = { ...read, lane: "logs/auth0/webhook/slow", position: run.startedAt - 1000 };
    const text = tell(fakeIo({ isTTY: true, columns: 200 }), [read, behind, read]);
    const shown = text.split("\r\u001B[2K").filter(Boolean);
    expect(shown.map((line) => line.split(" · ").slice(0, 2).join(" · "))).toEqual([
      "100 read · 60 kept",
      "logs/auth0/webhook/slow · 100 read",
      "logs/auth0/webhook/slow · 100 read",
    ]);
  });

  test("what a webhook says without a full stop gets one", () => {
    const error = new RetryableError("POST http://a/ was answered with 503: maintenance");
    const retry = { ...(events[3] as PipelineEvent & { type: "retry.scheduled" }), error };
    expect(tell(fakeIo({ isTTY: true, columns: 200 }), [retry])).toContain("503: maintenance. It is tried");
  });

  test("the progress line never wraps", () => {
    const text = tell(fakeIo({ isTTY: true, columns: 30 }), events.slice(0, 2));
    const [, line = ""] = /\r?([^\r\n]*read[^\r\n]*)/.exec(text) ?? [];
    expect(line.length).toBeLessThan(30);
  });

  test("colours are left out when NO_COLOR is set", () => {
    const plain = tell(fakeIo({ isTTY: true, env: { NO_COLOR: "1" } })).replaceAll("\r\u001B[2K", "");
    expect(plain).not.toContain("\u001B[");
  });
});
