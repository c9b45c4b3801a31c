import { manualClock } from "@loghook/testkit";
import { describe, expect, test } from "vitest";
import { DestinationRefusedError, type LoghookError, RetryableError } from "./errors.ts";
import { watchForFailures } from "./failure-watch.ts";
import { silentLogger } from "./logger.ts";
import type { RunRecord } from "./storage.ts";
import { createEventStream, type PipelineEvent } from "./telemetry.ts";

const down = new RetryableError("down");
const refused = new DestinationRefusedError("401");
const finishedRun: RunRecord = {
  id: "run",
  lane: "a",
  trigger: "poll",
  status: "failed",
  startedAt: 0,
  read: 0,
  kept: 0,
  delivered: 0,
  parked: 0,
  dropped: 0,
};

function setUp() {
  const clock = manualClock(0);
  const events = createEventStream(silentLogger);
  const announced: PipelineEvent[] = [];
  const watch = watchForFailures(events, clock);
  events.subscribe((event) => {
    if (event.type === "lane.failing" || event.type === "lane.recovered") announced.push(event);
  });
  return {
    clock,
    events,
    announced,
    watch,
    types: () => announced.map(({ type }) => type),
    fail(
      overrides: {
        lane?: string;
        stage?: "receiver" | "exporter";
        error?: LoghookError;
        since?: number;
      } = {},
    ) {
      const { lane = "a", stage = "exporter", error = down, since = 0 } = overrides;
      events.emit({ type: "retry.scheduled", lane, stage, error, attempt: 1, delayMs: 1, since });
    },
    /** The same batch fails once more. */
    retry: () =>
      events.emit({
        type: "retry.scheduled",
        lane: "a",
        stage: "exporter",
        error: refused,
        attempt: 2,
        delayMs: 1,
        since: 0,
      }),
    succeed: (lane = "a", stage: "receiver" | "exporter" = "exporter") =>
      events.emit({ type: "retry.succeeded", lane, stage }),
  };
}

describe("a lane is announced as failing", () => {
  test("when it has got nothing through for a minute, once", () => {
    const { clock, fail, types, announced } = setUp();
    fail();
    clock.advance(59_999);
    fail();
    expect(types()).toEqual([]);
    clock.advance(1);
    fail();
    clock.advance(600_000);
    fail();
    expect(announced).toEqual([{ type: "lane.failing", lane: "a", error: down, since: 0, waiting: 0 }]);
  });

  test("at once when the destination refuses everything", () => {
    const { fail, types } = setUp();
    fail({ error: refused });
    expect(types()).toEqual(["lane.failing"]);
  });

  test("with the number of entries that wait, as the lane last said it", () => {
    const { events, fail, announced } = setUp();
    const read = { lane: "a", read: 100, kept: 100, caughtUp: false, position: undefined } as const;
    events.emit({ type: "records.read", ...read, waiting: 100 });
    events.emit({ type: "records.read", ...read, waiting: 200 });
    events.emit({ type: "records.settled", lane: "a", count: 70, waiting: 130 });
    events.emit({ type: "records.settled", lane: "b", count: 1, waiting: 5 });
    fail({ error: refused });
    expect(announced).toMatchObject([{ waiting: 130 }]);
  });

  test("only after a minute without any success, however old the batch is that fails", () => {
    const { clock, fail, succeed, announced, types } = setUp();
    fail();
    clock.advance(50_000);
    succeed();
    clock.advance(20_000);
    // Another batch, which failed first at the same time as the one that went through.
    fail({ since: 0 });
    expect(types()).toEqual([]);
    clock.advance(40_000);
    fail({ since: 0 });
    expect(announced).toMatchObject([{ type: "lane.failing", since: 50_000 }]);
  });

  test("by itself: lanes and stages are counted apart", () => {
    const { clock, fail, succeed, announced } = setUp();
    fail({ lane: "a" });
    fail({ lane: "b" });
    fail({ lane: "a", stage: "receiver" });
    clock.advance(30_000);
    succeed("b");
    succeed("a", "receiver");
    clock.advance(30_000);
    for (const lane of ["a", "b"]) fail({ lane, since: 30_000 });
    fail({ lane: "a", stage: "receiver", since: 30_000 });
    expect(announced).toMatchObject([{ lane: "a", since: 0 }]);
  });
});

describe("a lane is announced as recovered", () => {
  test("once, when it was announced as failing", () => {
    const { fail, succeed, announced } = setUp();
    fail({ error: refused, since: 7 });
    succeed();
    succeed();
    expect(announced.slice(1)).toEqual([{ type: "lane.recovered", lane: "a", since: 7 }]);
  });

  test("not while a batch is refused for ever, although others get through", () => {
    const { fail, retry, succeed, types } = setUp();
    fail({ error: refused });
    fail({ error: refused });
    for (let round = 0; round < 3; round++) {
      succeed();
      retry();
      fail();
    }
    expect(types()).toEqual(["lane.failing"]);
    succeed();
    succeed();
    expect(types()).toEqual(["lane.failing", "lane.recovered"]);
  });

  test("not when nobody was told that it failed", () => {
    const { fail, succeed, types } = setUp();
    fail();
    succeed();
    expect(types()).toEqual([]);
  });
});

describe("a second outage is announced again", () => {
  test("after a recovery", () => {
    const { fail, succeed, types } = setUp();
    fail({ error: refused });
    succeed();
    fail({ error: refused });
    expect(types()).toEqual(["lane.failing", "lane.recovered", "lane.failing"]);
  });

  test("after a run that ended without a recovery", () => {
    const { clock, events, fail, announced } = setUp();
    fail({ error: refused });
    fail({ stage: "receiver", error: refused });
    events.emit({ type: "run.finished", lane: "a", run: finishedRun, waiting: 0 });
    clock.advance(1000);
    fail({ error: refused, since: 1000 });
    fail({ stage: "receiver", error: refused, since: 1000 });
    expect(announced).toMatchObject([{ since: 0 }, { since: 0 }, { since: 1000 }, { since: 1000 }]);
  });

  test("not because a run of another lane has ended", () => {
    const { events, fail, types } = setUp();
    fail({ error: refused });
    events.emit({ type: "run.finished", lane: "b", run: { ...finishedRun, lane: "b" }, waiting: 0 });
    fail({ error: refused });
    expect(types()).toEqual(["lane.failing"]);
  });
});

test("nothing is announced any more when the watching was stopped", () => {
  const { fail, watch, types } = setUp();
  watch[Symbol.dispose]();
  fail({ error: refused });
  expect(types()).toEqual([]);
});

describe("who has begun to listen", () => {
  test("is told of what is announced as failing, with the newest error, and of nothing else", () => {
    const { clock, fail, succeed, watch, announced } = setUp();
    fail({ lane: "a b", error: refused });
    fail({ lane: "a b", error: down });
    fail({ lane: "brief" });
    fail({ lane: "well", error: refused });
    succeed("well");
    clock.advance(1000);
    announced.length = 0;
    watch.announceAgain();
    expect(announced).toEqual([{ type: "lane.failing", lane: "a b", error: down, since: 0, waiting: 0 }]);
  });

  test.for(["removed", "begun anew"])("is not told of a lane that was %s", (how) => {
    const { events, fail, watch, types } = setUp();
    fail({ error: refused });
    if (how === "removed") events.emit({ type: "lane.removed", lane: "a" });
    else watch.forget("a");
    watch.announceAgain();
    expect(types()).toEqual(["lane.failing"]);
  });
});
