import {
  DestinationRefusedError,
  type PipelineEvent,
  RecordsRejectedError,
  RetryableError,
  type RunRecord,
} from "@loghook/pipeline";
import { manualClock, testBatch } from "@loghook/testkit";
import { describe, expect, test } from "vitest";
import { fakeIo } from "./fake-io.ts";
import { createOutput } from "./output.ts";

const lane = "logs/auth0/webhook";
const startedAt = Date.UTC(2026, 2, 2, 9);
const [uid] = testBatch(1).map(({ attributes }) => String(attributes["log.record.uid"]));

/** What is written, line by line, on a terminal without colours and as JSON. */
function setUp() {
  const clock = manualClock(startedAt);
  const terminal = fakeIo({ isTTY: true, columns: 400, env: { NO_COLOR: "1" } });
  const pipe = fakeIo();
  const outputs = [terminal, pipe].map((io) => createOutput(io, { level: "info", clock }));
  return {
    clock,
    tell(...events: readonly PipelineEvent[]) {
      for (const event of events) for (const output of outputs) output.onEvent(event);
    },
    text: () => terminal.output().trimEnd().split("\n").filter(Boolean),
    json: () =>
      pipe
        .output()
        .trimEnd()
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    raw: () => terminal.output() + pipe.output(),
  };
}

const refusal = (message = "It answered 422: no such field.") =>
  new RecordsRejectedError(message, { records: testBatch(1), remedy: "Look at what it says." });
const parked = (n = 1, message?: string): PipelineEvent => {
  return { type: "records.parked", lane, batch: testBatch(1, n), error: refusal(message), parked: n };
};

describe("an entry that the destination refuses", () => {
  test("and that is parked is told with its id, the reason, and where to find it", () => {
    const { tell, text, json } = setUp();
    tell(parked());
    expect(text()).toEqual([
      `09:00:00Z warn  ${lane} Parked ${uid}: It answered 422: no such field. Look at what it says. ` +
        "The lane goes on without it; `loghook parked` shows it and can send it again.",
    ]);
    expect(json()).toMatchObject([
      {
        level: "warn",
        msg: "Entry parked.",
        lane,
        entries: [uid],
        parked: 1,
        code: "RECORDS_REJECTED",
        error: "It answered 422: no such field.",
        remedy: "Look at what it says.",
      },
    ]);
  });

  test("and that is dropped is told, each of them: there is no other trace", () => {
    const { tell, text, json } = setUp();
    const dropped = (n: number): PipelineEvent => {
      return { type: "records.dropped", lane, batch: testBatch(1, n), error: refusal() };
    };
    for (let n = 1; n <= 30; n++) tell(dropped(n));
    expect(text()[0]).toBe(
      `09:00:00Z warn  ${lane} Dropped ${uid}, as on_rejected says: It answered 422: no such field. Look at what it says.`,
    );
    expect(text()).toHaveLength(30);
    expect(json()[29]).toMatchObject({ msg: "Entry dropped.", lane, code: "RECORDS_REJECTED" });
  });

  test("and many that are parked are told of every ten seconds, with how many there are", () => {
    const { clock, tell, text } = setUp();
    for (let n = 1; n <= 30; n++) {
      tell(parked(n));
      clock.advance(1000);
    }
    expect(text()).toHaveLength(3);
    expect(text()[2]).toContain("(21 entries of this lane in all)");
  });

  test("cannot steer the terminal or add a line by what is answered", () => {
    const { tell, text, json, raw } = setUp();
    const hostile =
      "422: \u001B[2J\u001B]0;title\u0007\n09:00:00Z info  all is well\u009B1m\u202Edlrow\u2028\u{E0001}.";
    tell(parked(1, hostile));
    expect(text()).toHaveLength(1);
    expect(json()).toMatchObject([{ error: hostile }]);
    expect(raw().replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  });
});

describe("a run", () => {
  const run = (change: Partial<RunRecord>): PipelineEvent => {
    const its: RunRecord = {
      id: "run-1",
      lane,
      trigger: "once",
      status: "succeeded",
      startedAt,
      endedAt: startedAt + 5000,
      read: 100,
      kept: 60,
      delivered: 57,
      parked: 0,
      dropped: 0,
      ...change,
    };
    return { type: "run.finished", lane, run: its, waiting: 0 };
  };

  test.for([
    { change: {}, numbers: "100 read, 60 kept, 57 delivered in 5 s." },
    { change: { parked: 3 }, numbers: "100 read, 60 kept, 57 delivered, 3 parked in 5 s." },
    {
      change: { parked: 1, dropped: 2 },
      numbers: "100 read, 60 kept, 57 delivered, 1 parked, 2 dropped in 5 s.",
    },
  ])("with $change says $numbers", ({ change, numbers }) => {
    const { tell, text, json } = setUp();
    tell(run(change));
    expect(text()).toEqual([`09:00:00Z info  ${lane} Caught up: ${numbers}`]);
    expect(json()).toMatchObject([{ parked: 0, dropped: 0, ...change }]);
  });
});

test("a loss that threatens says how much time is left", () => {
  const { tell, text } = setUp();
  const message = "The lane stands at noon; unless it catches up by midnight, entries are lost.";
  tell({ type: "receiver.gap", lane, lost: false, message, deadline: startedAt + 43_200_000 });
  expect(text()).toEqual([`09:00:00Z warn  ${lane} ${message} That is in 12 h.`]);
});

describe("a destination that is down", () => {
  const error = new RetryableError("It answered 503.", { remedy: "Start it." });
  const retry = (of: string, retried: RetryableError | DestinationRefusedError = error): PipelineEvent => {
    const times = { attempt: 1, delayMs: 20_000, since: startedAt };
    return { type: "retry.scheduled", lane: of, stage: "exporter", error: retried, ...times };
  };
  const lanes = Array.from({ length: 10 }, (_, n) => `logs-${n}/auth0/webhook`);
  const opened: PipelineEvent = {
    type: "circuit.opened",
    exporter: "webhook",
    error,
    since: startedAt,
    probeAt: startedAt + 30_000,
  };

  test("is told of by its own name, with when it is asked next; and when it works again", () => {
    const { clock, tell, text, json } = setUp();
    tell(opened);
    clock.advance(60_000);
    tell({ type: "circuit.closed", exporter: "webhook", since: startedAt });
    expect(text()).toEqual([
      "09:00:00Z warn  webhook It answered 503. Until it works again it is asked by one request at a time, next in 30 s; all else waits.",
      "09:01:00Z info  webhook It takes what it is sent, again; it had failed since 2026-03-02 09:00:00 UTC.",
    ]);
    expect(json()).toMatchObject([
      {
        level: "warn",
        msg: "The destination is down, and asked by one request at a time.",
        exporter: "webhook",
        probeAt: "2026-03-02T09:00:30.000Z",
        code: "RETRYABLE",
        error: "It answered 503.",
      },
      { level: "info", msg: "The destination works again.", exporter: "webhook" },
    ]);
  });

  test("prints one line per probe, however many batches of however many lanes wait for it", () => {
    const { clock, tell, text } = setUp();
    tell(opened);
    const toldAt: string[][] = [];
    for (let probe = 0; probe < 5; probe++) {
      const before = text().length;
      for (let batch = 0; batch < 5; batch++) tell(...lanes.map((of) => retry(of)));
      toldAt.push(text().slice(before));
      clock.advance(30_000);
    }
    expect(toldAt.map((lines) => lines.length)).toEqual([1, 1, 1, 1, 1]);
    expect(toldAt[1]?.[0]).toContain("It answered 503. Start it. It is tried again in 20 s.");
  });

  test("is not told of again by the calls that fail at once, when those that opened it were", () => {
    const { clock, tell, text } = setUp();
    tell(retry(lane), opened, retry(lane), retry(lanes[0] ?? ""));
    expect(text()).toHaveLength(2);
    clock.advance(30_000);
    tell(retry(lane));
    expect(text()).toHaveLength(3);
  });

  test("that fails in another way is told of at once", () => {
    const { tell, text } = setUp();
    tell(opened, retry(lane), retry(lane, new DestinationRefusedError("It answered 401.")));
    expect(text()).toHaveLength(3);
    expect(text()[2]).toContain("It answered 401.");
  });

  test("works again once for all its lanes", () => {
    const { tell, text } = setUp();
    tell(retry(lanes[0] ?? ""), retry(lanes[1] ?? ""), opened, retry(lane));
    tell({ type: "circuit.closed", exporter: "webhook", since: startedAt });
    tell(...lanes.map((of): PipelineEvent => ({ type: "retry.succeeded", lane: of, stage: "exporter" })));
    expect(text().filter((line) => line.includes("again;"))).toHaveLength(1);
    expect(text()).toHaveLength(4);
    tell(opened);
    expect(text()).toHaveLength(5);
  });

  test("says nothing of the lanes of others, nor of reading", () => {
    const { tell, text } = setUp();
    const reading = { ...retry(lane), stage: "receiver" } as PipelineEvent;
    tell(retry(lane), opened, retry("logs/auth0/otlp"), reading);
    expect(text()).toHaveLength(4);
  });
});
