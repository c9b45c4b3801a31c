import { manualClock, memoryExporter, testBatch } from "@loghook/testkit";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { describe, expect, test } from "vitest";
import {
  BatchTooLargeError,
  DestinationRefusedError,
  RecordsRejectedError,
  RetryableError,
} from "./errors.ts";
import { backoffMs, type RetryNotice, type RetryOptions, retrying, retryOnFailure } from "./retrying.ts";

const never = new AbortController().signal;
const policy = { initialIntervalMs: 1000, maxIntervalMs: 60_000, maxElapsedMs: 0 };

function setUp(options: Partial<RetryOptions> = {}) {
  const clock = manualClock();
  const notices: RetryNotice[] = [];
  const exporter = memoryExporter();
  const wrapped = retrying(exporter, {
    policy,
    clock,
    stop: never,
    onRetry: (notice) => notices.push(notice),
    onRecovered: () => {},
    ...options,
  });
  return {
    clock,
    notices,
    exporter,
    send: (batch = testBatch(3)) => wrapped.export(batch, { signal: never }),
  };
}

/** Fails the first `times` calls. */
function failing(times: number, error: Error): () => void {
  let calls = 0;
  return () => {
    calls += 1;
    if (calls <= times) throw error;
  };
}

describe("a retry", () => {
  test("waits at random, at most the doubled interval, and says so each time", async () => {
    const { clock, notices, exporter, send } = setUp();
    exporter.behaviour = failing(8, new RetryableError("down"));
    const sent = send();
    for (const bound of [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]) {
      const delayMs = await clock.nextSleep();
      expect(delayMs).toBeLessThanOrEqual(bound);
      clock.advance(delayMs);
    }
    await sent;
    expect(notices.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(new Set(notices.map(({ since }) => since)).size).toBe(1);
  });

  test("never comes sooner than the other side asked for", async () => {
    const { clock, exporter, send } = setUp();
    exporter.behaviour = failing(1, new RetryableError("slow down", { retryAfterMs: 120_000 }));
    const sent = send();
    expect(await clock.nextSleep()).toBe(120_000);
    clock.advance(120_000);
    await sent;
    expect(exporter.calls).toHaveLength(2);
  });

  test("comes slowly when the destination refuses everything", async () => {
    const { clock, exporter, send } = setUp();
    exporter.behaviour = failing(1, new DestinationRefusedError("401"));
    const sent = send();
    expect(await clock.nextSleep()).toBe(60_000);
    clock.advance(60_000);
    await sent;
  });

  test.for([
    new BatchTooLargeError("413"),
    new RecordsRejectedError("400", { records: [] }),
    new TypeError("a bug"),
  ])("is not made after $name", async (error) => {
    const { exporter, send } = setUp();
    exporter.behaviour = failing(1, error);
    await expect(send()).rejects.toBe(error);
    expect(exporter.calls).toHaveLength(1);
  });

  test("is given up with the last error when the next wait would go over the time", async () => {
    const { clock, exporter, send } = setUp({ policy: { ...policy, maxElapsedMs: 100_000 } });
    const error = new RetryableError("down", { retryAfterMs: 60_000 });
    exporter.behaviour = failing(9, error);
    const sent = send().catch((caught: unknown) => caught);
    clock.advance(await clock.nextSleep());
    expect(await sent).toBe(error);
    expect(exporter.calls).toHaveLength(2);
  });

  test("is given up at once when the lane stops", async () => {
    const stop = new AbortController();
    const { clock, exporter, send } = setUp({ stop: stop.signal });
    const error = new RetryableError("down");
    exporter.behaviour = failing(9, error);
    const sent = send().catch((caught: unknown) => caught);
    await clock.nextSleep();
    stop.abort();
    expect(await sent).toBe(error);
  });
});

describe("records that were not taken", () => {
  const [first, second, third] = testBatch(3) as [ReadableLogRecord, ReadableLogRecord, ReadableLogRecord];
  const foreign = testBatch(2, 900);
  const copy = (record: ReadableLogRecord): ReadableLogRecord => ({ ...record, body: "copy" });
  const nameless = { ...first, attributes: {} };

  test.for([
    { name: "some", records: [first, third], left: [first, third] },
    { name: "a copy", records: [copy(second)], left: [second] },
    { name: "some and others that were not given", records: [second, ...foreign], left: [second] },
    { name: "not said", records: undefined, left: [first, second, third] },
    { name: "none", records: [], left: [first, second, third] },
    { name: "only such as were not given", records: foreign, left: [first, second, third] },
    { name: "one that has no name", records: [second, nameless], left: [first, second, third] },
    { name: "nothing", records: [undefined, null] as never, left: [first, second, third] },
    { name: "no list", records: "abc" as never, left: [first, second, third] },
  ])("are sent again: $name", async ({ records, left }) => {
    const { clock, exporter, send } = setUp();
    exporter.behaviour = failing(1, new RetryableError("later", { records }));
    const sent = send([first, second, third]);
    clock.advance(await clock.nextSleep());
    await sent;
    expect(exporter.calls[1]).toEqual(left);
  });

  test("are named in the last error, also when the last attempt was made for a part and names none", async () => {
    const { clock, exporter, send } = setUp({ policy: { ...policy, maxElapsedMs: 100_000 } });
    const last = new RetryableError("down", { retryAfterMs: 100_001, remedy: "Start it." });
    exporter.behaviour = () => {
      throw exporter.calls.length === 1 ? new RetryableError("half", { records: [second, third] }) : last;
    };
    const sent = send([first, second, third]).catch((caught: unknown) => caught);
    clock.advance(await clock.nextSleep());
    expect(await sent).toMatchObject({
      message: "down",
      remedy: "Start it.",
      retryAfterMs: 100_001,
      records: [second, third],
      cause: last,
    });
  });
});

test("a stop during a wait rejects with the records that are left", async () => {
  const stop = new AbortController();
  const { clock, exporter, send } = setUp({ stop: stop.signal });
  const batch = testBatch(3);
  exporter.behaviour = () => {
    throw new RetryableError("down", exporter.calls.length === 1 ? { records: batch.slice(2) } : {});
  };
  const sent = send(batch).catch((caught: unknown) => caught);
  clock.advance(await clock.nextSleep());
  await clock.nextSleep();
  stop.abort();
  expect(await sent).toMatchObject({ message: "down", records: batch.slice(2) });
});

describe("the time for retries", () => {
  test("is counted from the first failure, not from when the batch began to be sent", async () => {
    const { clock, notices, exporter, send } = setUp({ policy: { ...policy, maxElapsedMs: 100_000 } });
    const startedAt = clock.now();
    exporter.behaviour = () => {
      // Each attempt takes a minute.
      clock.advance(60_000);
      throw new RetryableError("timeout", { retryAfterMs: 10_000 });
    };
    const sent = send().catch((caught: unknown) => caught);
    for (let wait = 1; wait <= 2; wait++) clock.advance(await clock.nextSleep());
    await sent;
    // Failures 0, 70 and 140 s after the first one.
    expect(notices.map(({ since }) => since - startedAt)).toEqual([60_000, 60_000]);
  });

  test("has no end when it is 0", async () => {
    const { clock, exporter, send } = setUp();
    exporter.behaviour = failing(3, new RetryableError("down", { retryAfterMs: 10 ** 10 }));
    const sent = send();
    for (let wait = 1; wait <= 3; wait++) clock.advance(await clock.nextSleep());
    await sent;
    expect(exporter.calls).toHaveLength(4);
  });
});

describe("a stop while a batch is being sent", () => {
  test.for(["lane", "export"] as const)(
    "of the %s makes its failure final, without a further notice",
    async (of) => {
      const controller = new AbortController();
      const clock = manualClock();
      const notices: RetryNotice[] = [];
      const error = new RetryableError("down");
      const exporter = memoryExporter(() => {
        controller.abort();
        throw error;
      });
      const wrapped = retrying(exporter, {
        policy,
        clock,
        stop: of === "lane" ? controller.signal : never,
        onRetry: (notice) => notices.push(notice),
        onRecovered: () => {},
      });
      const signal = of === "export" ? controller.signal : never;
      await expect(wrapped.export(testBatch(1), { signal })).rejects.toBe(error);
      expect(notices).toEqual([]);
      expect(exporter.calls).toHaveLength(1);
    },
  );
});

test("a recovery is told once a batch was taken that had failed, and only then", async () => {
  let recovered = 0;
  const { clock, exporter, send } = setUp({ onRecovered: () => recovered++ });
  await send();
  expect(recovered).toBe(0);
  exporter.behaviour = failing(2, new RetryableError("down"));
  const sent = send();
  for (let wait = 1; wait <= 2; wait++) clock.advance(await clock.nextSleep());
  await sent;
  expect(recovered).toBe(1);
});

test("the jitter is full: waits come near zero and near the bound", () => {
  const waits = Array.from({ length: 1000 }, () => backoffMs(policy, 3));
  expect(Math.min(...waits)).toBeLessThan(400);
  expect(Math.max(...waits)).toBeGreaterThan(3600);
});

test("retry_on_failure has the intervals of one second and one minute when nothing is set", () => {
  expect(retryOnFailure().parse(undefined)).toEqual({
    initialIntervalMs: 1000,
    maxIntervalMs: 60_000,
    maxElapsedMs: undefined,
  });
});
