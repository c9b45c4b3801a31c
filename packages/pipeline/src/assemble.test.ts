import { setImmediate as turn } from "node:timers/promises";
import {
  type MemoryExporter,
  type MemoryReceiver,
  manualClock,
  memoryExporter,
  memoryReceiver,
  memoryStorage,
  testBatch,
  testRecord,
} from "@loghook/testkit";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { type RunPipelinesOptions, runPipelines } from "./assemble.ts";
import {
  defineExporter,
  defineProcessor,
  defineReceiver,
  defineReporter,
  defineStorage,
  type LogBatch,
  type Processor,
} from "./component.ts";
import { loadConfig } from "./config/config.ts";
import {
  DestinationRefusedError,
  RecordsRejectedError,
  RetryableError,
  SourceRefusedError,
} from "./errors.ts";
import { silentLogger } from "./logger.ts";
import type { Storage } from "./storage.ts";
import type { PipelineEvent } from "./telemetry.ts";

const none = z.strictObject({});

interface World {
  readonly receiver: MemoryReceiver;
  readonly exporters: Record<string, MemoryExporter>;
  readonly storage: Storage;
  readonly disposed: string[];
  readonly schedule?: string;
  readonly maxElapsedMs?: number;
  readonly createProcessor?: () => Processor;
}

function world(overrides: Partial<World> = {}): World {
  return {
    receiver: memoryReceiver({ records: testBatch(250) }),
    exporters: { one: memoryExporter() },
    storage: memoryStorage(),
    disposed: [],
    ...overrides,
  };
}

function configOf({
  receiver,
  exporters,
  storage,
  disposed,
  schedule,
  maxElapsedMs,
  createProcessor,
}: World) {
  const leaving = <T extends object>(component: T, name: string): T & AsyncDisposable => ({
    ...component,
    [Symbol.asyncDispose]: async () => void disposed.push(name),
  });
  const factories = [
    defineReceiver({
      type: "in",
      config: none,
      schedule: () => schedule,
      create: () => leaving(receiver, "receiver"),
    }),
    ...Object.entries(exporters).map(([type, exporter]) =>
      defineExporter({
        type,
        config: none,
        delivery: () => ({
          maxBatchSize: 100,
          concurrency: 2,
          retry: { initialIntervalMs: 1, maxIntervalMs: 60_000, maxElapsedMs },
        }),
        create: () => leaving(exporter, "exporter"),
      }),
    ),
    ...(createProcessor ? [defineProcessor({ type: "sift", config: none, create: createProcessor })] : []),
    defineReporter({ type: "bell", config: none, create: () => leaving({}, "reporter") }),
    defineStorage({ type: "store", config: none, create: async () => leaving(storage, "storage") }),
  ];
  const names = Object.keys(exporters);
  const processors = createProcessor ? ["sift"] : [];
  const text = `
receivers: { in: }
processors: { ${processors.map((name) => `${name}: `).join(", ")} }
exporters: { ${names.map((name) => `${name}: `).join(", ")} }
extensions: { store: , bell: }
service:
  extensions: [store, bell]
  pipelines: { logs: { receivers: [in], processors: [${processors.join()}], exporters: [${names.join(", ")}] } }`;
  return loadConfig(text, { file: "test.yaml", factories, env: {} });
}

function start(parts: World, options: Partial<RunPipelinesOptions> = {}) {
  const stop = new AbortController();
  const events: PipelineEvent[] = [];
  const waiters = new Set<() => void>();
  const outcome = configOf(parts).then((config) =>
    runPipelines(config, {
      stop: stop.signal,
      logger: silentLogger,
      ...options,
      onEvent(event) {
        events.push(event);
        for (const wake of waiters) wake();
      },
    }),
  );
  async function seen(type: PipelineEvent["type"], count = 1): Promise<PipelineEvent[]> {
    for (;;) {
      const found = events.filter((event) => event.type === type);
      if (found.length >= count) return found;
      const { promise, resolve } = Promise.withResolvers<void>();
      waiters.add(resolve);
      await promise;
      waiters.delete(resolve);
    }
  }
  return { outcome, events, seen, stop };
}

describe("one run", () => {
  test("ends when caught up, with what it did in the history", async () => {
    const parts = world();
    const outcome = await start(parts, { once: true }).outcome;
    const expected = {
      lane: "logs/in/one",
      trigger: "once",
      status: "succeeded",
      read: 250,
      kept: 250,
      delivered: 250,
    };
    expect(outcome).toMatchObject([{ run: expected }]);
    expect(await parts.storage.runs.list()).toMatchObject([expected]);
  });

  test("fails when a destination stays away for too long; the other lane is not disturbed", async () => {
    const exporters = {
      dead: memoryExporter(() => {
        throw new RetryableError("The webhook is down.", { remedy: "Start it." });
      }),
      alive: memoryExporter(),
    };
    const parts = world({ exporters, maxElapsedMs: 3 });
    const outcome = await start(parts, { once: true }).outcome;
    expect(outcome).toMatchObject([
      {
        run: {
          lane: "logs/in/dead",
          status: "failed",
          delivered: 0,
          error: { code: "RETRYABLE", remedy: "Start it." },
        },
      },
      { run: { lane: "logs/in/alive", status: "succeeded", delivered: 250 } },
    ]);
    expect(parts.receiver.checkpoint("logs/in/dead")).toBe(0);
    expect(parts.receiver.checkpoint("logs/in/alive")).toBe(250);
  });

  test("counts a refused record as parked, and its neighbours as delivered, once", async () => {
    const refused = testRecord(3);
    const isRefused = (record: LogBatch[number]): boolean =>
      record.attributes["log.record.uid"] === refused.attributes["log.record.uid"];
    const one = memoryExporter((batch) => {
      const records = batch.filter(isRefused);
      if (records.length > 0) throw new RecordsRejectedError("No.", { records: batch });
    });
    const parts = world({ exporters: { one }, receiver: memoryReceiver({ records: testBatch(50) }) });
    const [first] = await start(parts, { once: true }).outcome;
    const [second] = await start(parts, { once: true }).outcome;
    expect(first).toMatchObject({ run: { status: "succeeded", delivered: 49, parked: 1, dropped: 0 } });
    expect(second).toMatchObject({ run: { status: "succeeded", delivered: 0, parked: 0 } });
    expect(one.taken).toHaveLength(49);
  });

  test("makes the processors once for each lane, so that one that remembers serves its lane alone", async () => {
    let made = 0;
    const createProcessor = (): Processor => {
      const seen = new Set<unknown>();
      made += 1;
      return { process: (batch) => batch.filter((record) => seen.size < seen.add(record).size) };
    };
    const exporters = { one: memoryExporter(), two: memoryExporter() };
    const parts = world({ exporters, createProcessor });
    await start(parts, { once: true }).outcome;
    expect(made).toBe(2);
    expect(exporters.one.taken).toHaveLength(250);
    expect(exporters.two.taken).toHaveLength(250);
  });

  test("disposes of receivers first, then exporters, reporters, and the storage last", async () => {
    const parts = world();
    await start(parts, { once: true }).outcome;
    expect(parts.disposed).toEqual(["receiver", "exporter", "reporter", "storage"]);
  });
});

test("a stop is not held up by a processor that never answers", async () => {
  const asked = Promise.withResolvers<void>();
  const createProcessor = (): Processor => ({
    process() {
      asked.resolve();
      return new Promise(() => {});
    },
  });
  const parts = world({ createProcessor });
  const { stop, outcome } = start(parts);
  await asked.promise;
  stop.abort();
  await outcome;
  expect(parts.receiver.checkpoint("logs/in/one")).toBe(0);
});

describe("on a schedule", () => {
  test("runs at once, then at each tick, and says when the next one is", async () => {
    const clock = manualClock(Date.UTC(2026, 2, 2, 9, 1));
    const parts = world({ schedule: "*/5 * * * *" });
    const { seen, stop, outcome } = start(parts, { clock });
    const [first] = await seen("run.finished");
    expect(first).toMatchObject({
      run: { trigger: "schedule", delivered: 250, nextRunAt: Date.UTC(2026, 2, 2, 9, 5) },
    });
    parts.receiver.append(testBatch(10, 251));
    clock.advance(await clock.nextSleep());
    const [, second] = await seen("run.finished", 2);
    expect(second).toMatchObject({ run: { delivered: 10, startedAt: Date.UTC(2026, 2, 2, 9, 5) } });
    stop.abort();
    await outcome;
  });
});

describe("following the source", () => {
  test("delivers what appears, and a run is what lies between two quiet times", async () => {
    const parts = world();
    const { seen, stop, outcome } = start(parts);
    await seen("run.finished");
    parts.receiver.append(testBatch(5, 251));
    const runs = await seen("run.finished", 2);
    stop.abort();
    await outcome;
    expect(runs).toMatchObject([
      { run: { trigger: "poll", status: "succeeded", read: 250, delivered: 250 } },
      { run: { trigger: "poll", status: "succeeded", read: 5, delivered: 5 } },
    ]);
  });

  test("says that a lane is failing after a minute, or at once when everything is refused, and when it recovers", async () => {
    const clock = manualClock();
    let down = true;
    const exporter = memoryExporter(() => {
      if (down) throw new RetryableError("down", { retryAfterMs: 40_000 });
    });
    const parts = world({
      exporters: { one: exporter },
      receiver: memoryReceiver({ records: testBatch(3) }),
    });
    const { seen, events, stop, outcome } = start(parts, { clock });
    await seen("retry.scheduled");
    clock.advance(await clock.nextSleep());
    await seen("retry.scheduled", 2);
    expect(events.some(({ type }) => type === "lane.failing")).toBe(false);
    clock.advance(await clock.nextSleep());
    const [failing] = await seen("lane.failing");
    expect(failing).toMatchObject({ lane: "logs/in/one", waiting: 3, error: { message: "down" } });
    down = false;
    clock.advance(await clock.nextSleep());
    await seen("lane.recovered");
    stop.abort();
    await outcome;

    const refused = memoryExporter(() => {
      throw new DestinationRefusedError("401");
    });
    const second = start(world({ exporters: { one: refused } }), { clock });
    await second.seen("lane.failing");
    second.stop.abort();
    await second.outcome;
  });

  test("begins again from the checkpoint after a failure that retries cannot mend", async () => {
    const clock = manualClock();
    const receiver = memoryReceiver({ records: testBatch(3) });
    let passes = 0;
    const parts = world({
      receiver: {
        ...receiver,
        receive(options) {
          passes += 1;
          if (passes === 1) throw new SourceRefusedError("The secret is wrong.");
          return receiver.receive(options);
        },
      },
    });
    const { seen, stop, outcome } = start(parts, { clock });
    const [failed] = await seen("run.finished");
    expect(failed).toMatchObject({ run: { status: "failed", error: { code: "SOURCE_REFUSED" } } });
    clock.advance(await clock.nextSleep());
    const [, succeeded] = await seen("run.finished", 2);
    expect(succeeded).toMatchObject({ run: { status: "succeeded", delivered: 3 } });
    stop.abort();
    await outcome;
  });
});

describe("the pause after a failure that retries cannot mend", () => {
  /** A receiver whose passes go as the test says. Stops everything when it is asked so often that the lane must be spinning. */
  function flaky(pass: () => "fails" | "ends" | "reads") {
    const receiver = memoryReceiver({ records: testBatch(3) });
    let passes = 0;
    const runaway = new AbortController();
    const parts = world({
      receiver: {
        ...receiver,
        async *receive(options) {
          passes += 1;
          if (passes > 50) runaway.abort();
          const way = runaway.signal.aborted ? "ends" : pass();
          if (way === "fails") throw new SourceRefusedError("The secret is wrong.");
          if (way === "reads") yield* receiver.receive({ ...options, follow: false });
          if (way === "reads") throw new SourceRefusedError("The secret has become wrong.");
        },
      },
    });
    return { parts, runaway, passes: () => passes };
  }

  async function pausesOf({ parts, runaway }: ReturnType<typeof flaky>, count: number) {
    const clock = manualClock();
    const { stop, outcome, events } = start(parts, { clock });
    runaway.signal.addEventListener("abort", () => stop.abort());
    const spinning = outcome.then(() => "spinning" as const);
    const pauses: unknown[] = [];
    while (pauses.length < count && pauses.at(-1) !== "spinning") {
      // Lets the pass end, so that only the pause is left to sleep.
      await turn();
      const pause = await Promise.race([clock.nextSleep(), spinning]);
      pauses.push(pause);
      if (typeof pause === "number") clock.advance(pause);
    }
    stop.abort();
    await outcome;
    return { pauses, events };
  }

  test("doubles from the longest retry interval up to a quarter of an hour", async () => {
    const world = flaky(() => "fails");
    const { pauses } = await pausesOf(world, 7);
    expect(pauses).toEqual([60_000, 120_000, 240_000, 480_000, 900_000, 900_000, 900_000]);
    expect(world.passes()).toBeLessThanOrEqual(8);
  });

  test("is short again when something was settled in between", async () => {
    const ways = ["fails", "fails", "fails", "reads", "fails"] as const;
    let next = 0;
    const { pauses } = await pausesOf(
      flaky(() => ways[next++] ?? "fails"),
      6,
    );
    expect(pauses).toEqual([60_000, 120_000, 240_000, 60_000, 120_000, 240_000]);
  });

  test("goes on growing when passes read nothing new", async () => {
    const { pauses } = await pausesOf(
      flaky(() => "reads"),
      4,
    );
    expect(pauses).toEqual([60_000, 120_000, 240_000, 480_000]);
  });

  test("also comes after a receiver that has ended although it was told to follow", async () => {
    const { pauses, events } = await pausesOf(
      flaky(() => "ends"),
      3,
    );
    expect(pauses).toEqual([60_000, 120_000, 240_000]);
    expect(events.find(({ type }) => type === "run.finished")).toMatchObject({
      run: { status: "failed", error: { message: expect.stringContaining("logs/in/one has ended") } },
    });
  });

  test("is told as the time of the next run, and ends at once with a stop", async () => {
    const clock = manualClock(0);
    const { parts, runaway } = flaky(() => "fails");
    const { seen, stop, outcome } = start(parts, { clock });
    runaway.signal.addEventListener("abort", () => stop.abort());
    expect(await seen("run.finished")).toMatchObject([{ run: { nextRunAt: 60_000 } }]);
    expect(await Promise.race([clock.nextSleep(), outcome])).toBe(60_000);
    stop.abort();
    expect(await outcome).toEqual([]);
  });
});

describe("on a schedule that has come for the last time", () => {
  test("the lane ends after its run", async () => {
    const clock = manualClock(Date.UTC(2026, 2, 2, 9, 1));
    const parts = world({ schedule: "2026-03-01T00:00:00" });
    const { outcome } = start(parts, { clock });
    expect(await outcome).toMatchObject([{ run: { status: "succeeded", nextRunAt: undefined } }]);
  });
});

describe("a stop", () => {
  test("lets what is being sent finish, and moves the checkpoint over it", async () => {
    const sending = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    const exporter = memoryExporter(() => {
      sending.resolve();
      return answer.promise;
    });
    const parts = world({ exporters: { one: exporter } });
    const { stop, outcome } = start(parts);
    await sending.promise;
    stop.abort();
    answer.resolve();
    expect(await outcome).toMatchObject([{ run: { status: "stopped" } }]);
    expect(parts.receiver.checkpoint("logs/in/one")).toBe(exporter.taken.length);
  });

  test("gives up what hangs when the grace period is over, and the checkpoint stays before it", async () => {
    const clock = manualClock();
    const hanging = Promise.withResolvers<void>();
    const exporter = memoryExporter((_batch, { signal }) => {
      hanging.resolve();
      return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    });
    const parts = world({ exporters: { one: exporter } });
    const { stop, outcome } = start(parts, { clock, graceMs: 30_000 });
    await hanging.promise;
    stop.abort();
    clock.advance(30_000);
    expect(await outcome).toMatchObject([{ run: { status: "stopped", delivered: 0 } }]);
    expect(parts.receiver.checkpoint("logs/in/one")).toBe(0);
  });
});
