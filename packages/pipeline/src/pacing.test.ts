import { manualClock, memoryExporter, testBatch } from "@loghook/testkit";
import { expect, test } from "vitest";
import { pacing } from "./pacing.ts";

const { signal } = new AbortController();

/** Starts so many calls, and lets time pass until all have begun. Resolves with when each of them did, from the start. */
async function beginnings(count: number, maxCallsPerSecond: number, pauseMs = 0): Promise<number[]> {
  const clock = manualClock();
  const startedAt = clock.now();
  const begun: number[] = [];
  const exporter = memoryExporter(() => void begun.push(clock.now() - startedAt));
  const paced = pacing(exporter, { maxCallsPerSecond, clock });
  await paced.export(testBatch(1), { signal });
  clock.advance(pauseMs);
  const calls = Array.from({ length: count - 1 }, () => paced.export(testBatch(1), { signal }));
  const all = Promise.all(calls).then(() => "all");
  while ((await Promise.race([all, clock.nextSleep()])) !== "all") clock.advance(1);
  return begun;
}

test("calls that come at once begin evenly spaced", async () => {
  expect(await beginnings(5, 4)).toEqual([0, 250, 500, 750, 1000]);
});

test("one every two seconds", async () => {
  expect(await beginnings(3, 0.5)).toEqual([0, 2000, 4000]);
});

test("a pause is not made up for: the next call begins at once, those after it in their time", async () => {
  expect(await beginnings(4, 2, 60_000)).toEqual([0, 60_000, 60_500, 61_000]);
});

test("a call that is aborted while it waits rejects at once, is never made, and uses up no turn", async () => {
  const clock = manualClock();
  const exporter = memoryExporter();
  const paced = pacing(exporter, { maxCallsPerSecond: 1, clock });
  await paced.export(testBatch(1), { signal });
  const leaving = new AbortController();
  const first = paced.export(testBatch(1, 2), { signal: leaving.signal });
  const second = paced.export(testBatch(1, 3), { signal: leaving.signal });
  const third = paced.export(testBatch(1, 4), { signal });
  leaving.abort(new Error("stopped"));
  await expect(first).rejects.toThrow("stopped");
  await expect(second).rejects.toThrow("stopped");
  expect(await clock.nextSleep()).toBe(1000);
  clock.advance(1000);
  await third;
  expect(exporter.calls).toEqual([testBatch(1), testBatch(1, 4)]);
});

test("a slow destination takes nobody's turn: only beginnings are paced", async () => {
  const clock = manualClock();
  const answer = Promise.withResolvers<void>();
  const exporter = memoryExporter(() => answer.promise);
  const paced = pacing(exporter, { maxCallsPerSecond: 1, clock });
  const calls = [1, 2].map((n) => paced.export(testBatch(1, n), { signal }));
  await clock.nextSleep();
  clock.advance(1000);
  while (exporter.calls.length < 2) await Promise.resolve();
  answer.resolve();
  await Promise.all(calls);
});

test("a clock that is set back makes nobody wait longer than an interval", async () => {
  const clock = manualClock();
  const paced = pacing(memoryExporter(), { maxCallsPerSecond: 1, clock });
  await paced.export(testBatch(1), { signal });
  clock.advance(-3_600_000);
  const next = paced.export(testBatch(1), { signal });
  expect(await clock.nextSleep()).toBe(1000);
  clock.advance(1000);
  await next;
});

test("without a limit nothing stands between", () => {
  const exporter = memoryExporter();
  expect(pacing(exporter, { maxCallsPerSecond: undefined, clock: manualClock() })).toBe(exporter);
});
