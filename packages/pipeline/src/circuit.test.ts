import { manualClock, memoryExporter, testBatch } from "@loghook/testkit";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { breaking } from "./circuit.ts";
import type { Exporter, LogBatch } from "./component.ts";
import {
  BatchTooLargeError,
  DestinationRefusedError,
  RecordsRejectedError,
  RetryableError,
} from "./errors.ts";
import { retrying } from "./retrying.ts";
import type { ExporterEvent } from "./telemetry.ts";
import { untilAborted } from "./until-aborted.ts";

const policy = { initialIntervalMs: 1000, maxIntervalMs: 60_000, maxElapsedMs: undefined };
const { signal } = new AbortController();
const batch = testBatch(2);

// Half of each longest wait: 500 ms at first, then doubled.
beforeEach(() => void vi.spyOn(Math, "random").mockReturnValue(0.5));
afterEach(() => void vi.restoreAllMocks());

/** What the destination does with a call. `says nothing`: a bug of the exporter. */
const outcomes = {
  taken: () => undefined,
  down: () => new RetryableError("503", { remedy: "Start it." }),
  "partly down": () => new RetryableError("503", { records: batch.slice(1) }),
  later: () => new RetryableError("429", { retryAfterMs: 7000 }),
  "partly later": () => new RetryableError("429", { retryAfterMs: 7000, records: batch.slice(1) }),
  refused: () => new DestinationRefusedError("401", { remedy: "Check it." }),
  "refused till later": () => new DestinationRefusedError("403", { retryAfterMs: 90_000 }),
  rejected: () => new RecordsRejectedError("400", { records: batch }),
  "too large": () => new BatchTooLargeError("413"),
  "says nothing": () => new TypeError("a bug"),
} as const satisfies Record<string, () => Error | undefined>;
type Outcome = keyof typeof outcomes;
const outcomeNames = Object.keys(outcomes) as Outcome[];

function setUp() {
  const clock = manualClock();
  const events: ExporterEvent[] = [];
  const exporter = memoryExporter();
  const guarded = breaking(exporter, { id: "webhook", policy, clock, emit: (event) => events.push(event) });
  /** Makes a call that ends at once. Resolves with what it rejects with. */
  async function call(outcome: Outcome): Promise<unknown> {
    exporter.behaviour = () => {
      const error = outcomes[outcome]();
      if (error) throw error;
    };
    return await guarded.export(batch, { signal }).then(
      () => undefined,
      (error: unknown) => error,
    );
  }
  const open = async (outcome: Outcome = "down") => {
    while (events.at(-1)?.type !== "circuit.opened") await call(outcome);
  };
  return { clock, events, exporter, guarded, call, open };
}

/** Calls that end when they are told to. */
function heldCalls(exporter: ReturnType<typeof memoryExporter>) {
  const held: PromiseWithResolvers<void>[] = [];
  exporter.behaviour = () => {
    const call = Promise.withResolvers<void>();
    held.push(call);
    return call.promise;
  };
  return held;
}

/** Lets everything happen that waits for nothing but its turn. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a closed circuit", () => {
  test("lets four failures in a row pass; the fifth opens it, and tells since when and until when", async () => {
    const { clock, events, exporter, call } = setUp();
    const since = clock.now();
    for (let n = 1; n <= 4; n++) {
      await call("down");
      clock.advance(10);
    }
    expect(events).toEqual([]);
    await call("down");
    expect(events).toEqual([
      {
        type: "circuit.opened",
        exporter: "webhook",
        error: expect.objectContaining({ message: "503" }),
        since,
        probeAt: since + 540,
      },
    ]);
    expect(exporter.calls).toHaveLength(5);
  });

  test("is not opened by one request that is refused again and again among others that are taken", async () => {
    const { events, call } = setUp();
    for (let n = 0; n < 40; n++) await call(n % 4 === 3 ? "taken" : "refused");
    expect(events).toEqual([]);
  });

  test.for(["refused till later", "later", "partly later"] as const)(
    "opens at the first call that is %s",
    async (outcome) => {
      const { events, call } = setUp();
      await call(outcome);
      expect(events).toMatchObject([{ type: "circuit.opened" }]);
    },
  );

  test.for(["taken", "partly down", "rejected", "too large"] as const)(
    "begins to count anew after a call that is %s",
    async (outcome) => {
      const { events, call } = setUp();
      for (let n = 0; n < 20; n++) await call(n % 5 === 4 ? outcome : "down");
      expect(events).toEqual([]);
    },
  );

  test("does not count a call that was broken off, whatever its exporter says then", async () => {
    const clock = manualClock();
    const events: ExporterEvent[] = [];
    const wordy: Exporter = {
      export: async (_batch, options) => {
        await untilAborted(new Promise(() => {}), options.signal).catch(() => {});
        throw new DestinationRefusedError("broken off");
      },
      [Symbol.asyncDispose]: async () => {},
    };
    const guarded = breaking(wordy, { id: "webhook", policy, clock, emit: (event) => events.push(event) });
    const stop = new AbortController();
    const broken = guarded.export(batch, { signal: stop.signal });
    await settle();
    stop.abort();
    await expect(broken).rejects.toThrow("broken off");
    expect(events).toEqual([]);
  });
});

describe("an open circuit", () => {
  test("fails calls at once with what failed last, and when the next may be made", async () => {
    const { clock, exporter, call, open } = setUp();
    await open();
    const made = exporter.calls.length;
    clock.advance(100);
    const error = await call("taken");
    expect(error).toBeInstanceOf(RetryableError);
    // Two milliseconds more than needed: a timer may be early.
    expect(error).toMatchObject({
      message: "503",
      remedy: "Start it.",
      retryAfterMs: 402,
      records: undefined,
    });
    expect(exporter.calls).toHaveLength(made);
  });

  test("of a destination that refuses everything fails as that does", async () => {
    const { call, open } = setUp();
    await open("refused");
    const error = await call("taken");
    expect(error).toBeInstanceOf(DestinationRefusedError);
    expect(error).toMatchObject({ message: "401", remedy: "Check it.", retryAfterMs: 60_002 });
  });

  test("waits twice as long after each failed probe, at the longest the longest interval", async () => {
    const { clock, exporter, call, open, events } = setUp();
    await open();
    const waits: number[] = [];
    for (let probe = 0; probe < 9; probe++) {
      const error = (await call("down")) as RetryableError;
      waits.push((error.retryAfterMs ?? 0) - 2);
      clock.advance(waits.at(-1) ?? 0);
      const before = exporter.calls.length;
      await call("down");
      expect(exporter.calls).toHaveLength(before + 1);
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    expect(events).toHaveLength(1);
  });

  test.for(["taken", "partly down", "rejected", "too large"] as const)(
    "closes when the probe is %s, once",
    async (outcome) => {
      const { clock, events, exporter, call, open } = setUp();
      const since = clock.now();
      await open();
      clock.advance(500);
      await call(outcome);
      await call("taken");
      expect(events.slice(1)).toEqual([{ type: "circuit.closed", exporter: "webhook", since }]);
      expect(exporter.calls).toHaveLength(7);
    },
  );

  test("is probed by one call; the others wait for what it finds out, and then all pass", async () => {
    const { clock, exporter, guarded, open } = setUp();
    await open();
    clock.advance(500);
    const held = heldCalls(exporter);
    const calls = Array.from({ length: 5 }, () => guarded.export(batch, { signal }));
    await settle();
    expect(held).toHaveLength(1);
    held[0]?.resolve();
    await settle();
    expect(held).toHaveLength(5);
    for (const { resolve } of held) resolve();
    await Promise.all(calls);
  });

  test("fails those who waited for the probe when that fails", async () => {
    const { clock, exporter, guarded, open } = setUp();
    await open();
    clock.advance(500);
    const held = heldCalls(exporter);
    const calls = Array.from({ length: 3 }, () => guarded.export(batch, { signal }));
    await settle();
    held[0]?.reject(new RetryableError("still down"));
    const ended = await Promise.allSettled(calls);
    expect(ended.map((end) => end.status === "rejected" && end.reason)).toMatchObject([
      { message: "still down", retryAfterMs: undefined },
      { message: "still down", retryAfterMs: 1002 },
      { message: "still down", retryAfterMs: 1002 },
    ]);
    expect(held).toHaveLength(1);
  });

  test("is not shut further by a probe that is broken off: the next call probes", async () => {
    const { clock, exporter, guarded, open } = setUp();
    await open();
    clock.advance(500);
    const held = heldCalls(exporter);
    const stop = new AbortController();
    const probe = guarded.export(batch, { signal: stop.signal });
    const waiting = [1, 2].map(() => guarded.export(batch, { signal }));
    await settle();
    stop.abort(new Error("stopped"));
    await expect(probe).rejects.toThrow("stopped");
    await settle();
    expect(held).toHaveLength(2);
    held[1]?.resolve();
    await settle();
    held[2]?.resolve();
    await Promise.all(waiting);
  });

  test("lets the next call probe as soon as the probe is broken off, also when its exporter does not heed that", async () => {
    const clock = manualClock();
    const never = Promise.withResolvers<void>();
    const answers = [new DestinationRefusedError("401"), never.promise, undefined];
    const deaf: Exporter = {
      export: async () => {
        const answer = answers.shift();
        if (answer instanceof Error) throw answer;
        await answer;
      },
      [Symbol.asyncDispose]: async () => {},
    };
    const guarded = breaking(deaf, { id: "deaf", policy, clock, emit() {} });
    await expect(guarded.export(batch, { signal })).rejects.toThrow("401");
    clock.advance(60_000);
    const stop = new AbortController();
    const hanging = guarded.export(batch, { signal: stop.signal });
    const waiting = guarded.export(batch, { signal });
    await settle();
    stop.abort();
    await waiting;
    never.resolve();
    await hanging;
  });

  test("a call that waits for the probe ends with its own signal", async () => {
    const { clock, exporter, guarded, open } = setUp();
    await open();
    clock.advance(500);
    const held = heldCalls(exporter);
    const probe = guarded.export(batch, { signal });
    const stop = new AbortController();
    const waiting = guarded.export(batch, { signal: stop.signal });
    await settle();
    stop.abort(new Error("stopped"));
    await expect(waiting).rejects.toThrow("stopped");
    held[0]?.resolve();
    await probe;
  });

  test("is closed by a call from before, and its failure does not count", async () => {
    const { events, exporter, guarded, call } = setUp();
    const held = heldCalls(exporter);
    const before = [1, 2].map(() => guarded.export(batch, { signal }));
    await settle();
    for (let n = 0; n < 5; n++) await call("down");
    held[0]?.reject(new RetryableError("late"));
    await expect(before[0]).rejects.toThrow("late");
    expect(await call("taken")).toMatchObject({ message: "503" });
    held[1]?.resolve();
    await before[1];
    expect(events.map(({ type }) => type)).toEqual(["circuit.opened", "circuit.closed"]);
  });

  test("stays as long as the destination asked for, although it takes what came before", async () => {
    const { clock, events, exporter, guarded, call } = setUp();
    const held = heldCalls(exporter);
    const before = guarded.export(batch, { signal });
    await settle();
    await call("later");
    held[0]?.resolve();
    await before;
    expect(await call("taken")).toMatchObject({ message: "429", retryAfterMs: 7002 });
    clock.advance(7000);
    await call("taken");
    expect(events.map(({ type }) => type)).toEqual(["circuit.opened", "circuit.closed"]);
  });

  test("does not wait for a time that a clock which was set back will not reach for long", async () => {
    const { clock, call, open } = setUp();
    await open("refused");
    clock.advance(-3_600_000);
    expect(await call("taken")).toBeUndefined();
  });
});

/** What is to be expected when one call comes after the other. */
function model() {
  let open: { readonly error: Error; readonly probes: number; readonly probeAt: number } | undefined;
  let inRow = 0;
  return {
    isMade: (now: number) => !open || now >= open.probeAt,
    get open() {
      return open;
    },
    note(outcome: Outcome, now: number) {
      if (outcome === "says nothing") return;
      if (["taken", "partly down", "rejected", "too large"].includes(outcome)) {
        inRow = 0;
        open = undefined;
        return;
      }
      const error = outcomes[outcome]() as RetryableError;
      inRow += 1;
      if (!open && (outcome === "down" || outcome === "refused") && inRow < 5) return;
      const probes = open ? open.probes + 1 : 0;
      const backoffMs = outcome.startsWith("refused") ? 60_000 : Math.min(60_000, 1000 * 2 ** probes) / 2;
      open = { error, probes, probeAt: now + Math.max(backoffMs, error.retryAfterMs ?? 0) };
    },
  };
}

test("a batch that is refused for good does not keep those of other lanes from being tried", async () => {
  const clock = manualClock();
  const poison = testBatch(1);
  const good = testBatch(3, 2);
  let isDown = true;
  const taken: LogBatch[] = [];
  const exporter: Exporter = {
    async export(given) {
      if (isDown || given === poison) throw new DestinationRefusedError("403");
      taken.push(given);
    },
    [Symbol.asyncDispose]: async () => {},
  };
  const guarded = breaking(exporter, { id: "webhook", policy, clock, emit() {} });
  const stop = new AbortController();
  const forEver = { ...policy, maxElapsedMs: 0 };
  const options = { policy: forEver, clock, stop: stop.signal, onRetry() {}, onRecovered() {} };
  // It was the probe last, and would be again.
  for (let n = 0; n < 5; n++) await guarded.export(poison, { signal }).catch(() => {});
  clock.advance(60_000);
  const refused = retrying(guarded, options).export(poison, { signal });
  await settle();
  const others = good.map((record) => retrying(guarded, options).export([record], { signal }));
  await settle();
  isDown = false;
  clock.advance(60_002);
  await Promise.all(others);
  expect(taken).toHaveLength(3);
  stop.abort();
  await expect(refused).rejects.toThrow("403");
});

describe("whatever happens", () => {
  const outcome = fc.constantFrom(...outcomeNames);

  test("one call after the other is made, or fails at once, as a small model says", async () => {
    const step = fc.record({ outcome, waitMs: fc.constantFrom(0, 1, 499, 500, 7000, 30_000, 60_000) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { clock, events, exporter, call } = setUp();
        const expected = model();
        const changes: string[] = [];
        for (const { outcome, waitMs } of steps) {
          clock.advance(waitMs);
          const now = clock.now();
          const before = { made: exporter.calls.length, open: expected.open };
          const error = await call(outcome);
          if (expected.isMade(now)) {
            expect(exporter.calls).toHaveLength(before.made + 1);
            expect(error).toEqual(outcomes[outcome]());
            expected.note(outcome, now);
          } else {
            expect(exporter.calls).toHaveLength(before.made);
            expect(error).toMatchObject({
              name: expected.open?.error.name,
              message: expected.open?.error.message,
              retryAfterMs: (expected.open?.probeAt ?? 0) - now + 2,
            });
          }
          if (!before.open && expected.open) changes.push("circuit.opened");
          if (before.open && !expected.open) changes.push("circuit.closed");
        }
        expect(events.map(({ type }) => type)).toEqual(changes);
      }),
    );
  });

  test("with many calls at once: one probe at a time, none before its time, and every call settles", async () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ do: fc.constant("call" as const) }) },
      { weight: 4, arbitrary: fc.record({ do: fc.constant("end" as const), which: fc.nat(), outcome }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("abort" as const), which: fc.nat() }) },
      {
        weight: 2,
        arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.constantFrom(1, 500, 7000, 60_000) }),
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
        const { clock, events, exporter, guarded } = setUp();
        const underWay: { end: PromiseWithResolvers<void>; stop: AbortController; isProbe: boolean }[] = [];
        const stops = new Map<LogBatch, AbortController>();
        const isOpen = (): boolean => events.at(-1)?.type === "circuit.opened";
        const faults: string[] = [];
        let notBefore = 0;
        exporter.behaviour = async (given) => {
          const stop = stops.get(given) as AbortController;
          if (isOpen() && underWay.some(({ isProbe }) => isProbe)) faults.push("two probes at once");
          if (isOpen() && clock.now() < notBefore) faults.push("a probe before its time");
          const call = { end: Promise.withResolvers<void>(), stop, isProbe: isOpen() };
          const leave = (): void => void underWay.splice(underWay.indexOf(call), 1);
          stop.signal.addEventListener("abort", leave);
          underWay.push(call);
          await call.end.promise.finally(leave);
        };
        const calls: Promise<unknown>[] = [];
        const begin = (): void => {
          const own = [...batch];
          const stop = new AbortController();
          stops.set(own, stop);
          const ended = guarded.export(own, { signal: stop.signal }).catch((error: RetryableError) => {
            // Not the destination's own words: the circuit said when.
            if (error.cause && isOpen()) notBefore = clock.now() + (error.retryAfterMs ?? 0) - 2;
          });
          calls.push(ended);
        };
        for (const todo of steps) {
          if (todo.do === "call") begin();
          if (todo.do === "wait") clock.advance(todo.ms);
          const call = "which" in todo && underWay[todo.which % underWay.length];
          if (call && todo.do === "abort") call.stop.abort(new Error("stopped"));
          if (call && todo.do === "end") {
            const error = outcomes[todo.outcome]();
            if (error) call.end.reject(error);
            else call.end.resolve();
          }
          await settle();
        }
        while (underWay.length > 0) {
          for (const { end } of [...underWay]) end.resolve();
          await settle();
        }
        await Promise.all(calls);
        expect(faults).toEqual([]);
        const types = events.map(({ type }) => type);
        expect(types).toEqual(types.map((_, at) => (at % 2 === 0 ? "circuit.opened" : "circuit.closed")));
      }),
    );
  });
});
