import { setImmediate as turn } from "node:timers/promises";
import { manualClock, memoryStorage, testBatch } from "@loghook/testkit";
import { describe, expect, test } from "vitest";
import { SourceRefusedError } from "./errors.ts";
import { silentLogger } from "./logger.ts";
import { type RunTrackerOptions, trackRuns } from "./run-tracker.ts";
import type { RunHistory, RunRecord } from "./storage.ts";
import { createEventStream, type PipelineEvent } from "./telemetry.ts";

const lane = "logs/in/out";

function setUp(overrides: Partial<RunTrackerOptions> = {}) {
  const clock = manualClock(1_000_000);
  const events = createEventStream(silentLogger);
  const heard: PipelineEvent[] = [];
  events.subscribe((event) => heard.push(event));
  const saved: RunRecord[] = [];
  const runs: RunHistory = { ...memoryStorage().runs, save: async (run) => void saved.push(run) };
  const tracker = trackRuns({
    lane,
    events,
    runs,
    clock,
    logger: silentLogger,
    cutWhenQuiet: false,
    ...overrides,
  });
  return {
    clock,
    events,
    saved,
    tracker,
    finished: () => heard.filter((event) => event.type === "run.finished"),
    read: (count: number, { kept = count, waiting = count, caughtUp = false, of = lane } = {}) =>
      events.emit({ type: "records.read", lane: of, read: count, kept, waiting, caughtUp }),
    settle: (count: number, waiting = 0) => events.emit({ type: "records.settled", lane, count, waiting }),
    move: (checkpoint: string) => events.emit({ type: "checkpoint.moved", lane, checkpoint }),
    deliver: (count: number) =>
      events.emit({ type: "records.delivered", lane, batch: testBatch(count), durationMs: 1 }),
  };
}

describe("a run that was begun by its lane", () => {
  test("counts what happens in its lane, and in no other", async () => {
    const { tracker, read, deliver, move, saved } = setUp();
    tracker.start("schedule");
    read(100, { kept: 60 });
    read(50, { kept: 40 });
    read(7, { of: "logs/in/other" });
    deliver(99);
    move("900");
    const run = await tracker.finish({ status: "succeeded", nextRunAt: 5 });
    expect(run).toMatchObject({
      lane,
      trigger: "schedule",
      status: "succeeded",
      read: 150,
      kept: 100,
      delivered: 99,
      checkpoint: "900",
      nextRunAt: 5,
    });
    expect(saved.at(-1)).toEqual(run);
  });

  test("is brought up to date in the history, once a second at most", async () => {
    const { clock, tracker, read, move, saved } = setUp();
    tracker.start("once");
    read(100);
    clock.advance(999);
    move("1");
    await turn();
    expect(saved).toMatchObject([{ status: "running", read: 0 }]);
    clock.advance(1);
    move("2");
    move("3");
    await turn();
    expect(saved.slice(1)).toMatchObject([{ status: "running", read: 100, checkpoint: "2" }]);
    clock.advance(1000);
    move("4");
    await turn();
    expect(saved.slice(2)).toMatchObject([{ status: "running", checkpoint: "4" }]);
  });

  test("does not end when it is caught up: its lane ends it", async () => {
    const { tracker, read, settle, finished } = setUp();
    tracker.start("once");
    read(3, { caughtUp: true });
    settle(3);
    await turn();
    expect(finished()).toEqual([]);
  });

  test.for([
    {
      error: new SourceRefusedError("no", { remedy: "Add the scope." }),
      expected: { code: "SOURCE_REFUSED", message: "no", remedy: "Add the scope." },
    },
    { error: new TypeError("a bug"), expected: { code: "INTERNAL", message: "a bug" } },
    { error: "text", expected: { code: "INTERNAL", message: "text" } },
  ])("has the error $expected.code in its record", async ({ error, expected }) => {
    const { tracker } = setUp();
    tracker.start("once");
    expect(await tracker.finish({ status: "failed", error })).toMatchObject({
      status: "failed",
      error: expected,
    });
  });
});

describe("a lane that follows its source", () => {
  test("has a run from the first entries until everything is settled", async () => {
    const { clock, read, settle, finished } = setUp({ cutWhenQuiet: true });
    read(0, { caughtUp: true, waiting: 0 });
    settle(0);
    await turn();
    expect(finished()).toEqual([]);
    clock.advance(10);
    read(2, { waiting: 2 });
    read(1, { waiting: 3, caughtUp: true });
    settle(2, 1);
    await turn();
    expect(finished()).toEqual([]);
    clock.advance(10);
    settle(1);
    await turn();
    expect(finished()).toMatchObject([
      { run: { trigger: "poll", status: "succeeded", read: 3, startedAt: 1_000_010, endedAt: 1_000_020 } },
    ]);
  });

  test("has a run of its own for a failure while it was quiet, and none for a stop", async () => {
    const { tracker } = setUp({ cutWhenQuiet: true });
    expect(await tracker.finish({ status: "stopped" })).toBeUndefined();
    expect(await tracker.finish({ status: "failed", error: new Error("no") })).toMatchObject({ read: 0 });
  });

  test("has no more runs when the tracking was stopped", async () => {
    const { tracker, read, saved } = setUp({ cutWhenQuiet: true });
    tracker.stopTracking();
    read(1);
    await turn();
    expect(saved).toEqual([]);
  });
});

describe("the history", () => {
  test("that cannot be written disturbs neither the lane nor what is written later", async () => {
    const logged: object[] = [];
    const saved: RunRecord[] = [];
    let broken = true;
    const diskFull = new Error("disk full");
    const { tracker, finished } = setUp({
      logger: { ...silentLogger, error: (fields) => void logged.push(fields) },
      runs: {
        ...memoryStorage().runs,
        save: async (run) => {
          if (broken) throw diskFull;
          saved.push(run);
        },
      },
    });
    tracker.start("once");
    expect(await tracker.finish({ status: "succeeded" })).toMatchObject({ status: "succeeded" });
    expect(finished()).toHaveLength(1);
    expect(logged).toEqual(Array(2).fill({ error: diskFull, lane }));
    broken = false;
    tracker.start("once");
    await tracker.finish({ status: "stopped" });
    expect(saved.map(({ status }) => status)).toEqual(["running", "stopped"]);
  });

  test("is written one state after the other, however long one takes", async () => {
    const first = Promise.withResolvers<void>();
    const saved: string[] = [];
    const { tracker } = setUp({
      runs: {
        ...memoryStorage().runs,
        save: async ({ status }) => {
          if (status === "running") await first.promise;
          saved.push(status);
        },
      },
    });
    tracker.start("once");
    const finish = tracker.finish({ status: "succeeded" });
    await turn();
    expect(saved).toEqual([]);
    first.resolve();
    await finish;
    expect(saved).toEqual(["running", "succeeded"]);
  });
});
