import { manualClock } from "@loghook/testkit";
import { expect, test } from "vitest";
import { seekLogId } from "./log-id.ts";
import { readPages } from "./read-pages.ts";
import type { Page } from "./recent-pages.ts";

test("pauses no longer than the interval when the clock has been set back", async () => {
  const clock = manualClock();
  const emptyBehind = (from: string): Page => ({
    entries: [],
    next: from,
    askedAt: clock.now(),
    serial: 1,
    answeredAt: undefined,
    characters: 2,
    isShort: true,
    isGapless: true,
  });
  const pages = readPages({
    from: "1",
    follow: true,
    pollIntervalMs: 15_000,
    clock,
    signal: new AbortController().signal,
    newerThan: 0,
    isEnough: () => false,
    read: async (from) => emptyBehind(from),
  });
  await pages.next();
  clock.advance(-3_600_000);
  const next = pages.next();
  expect(await clock.nextSleep()).toBe(15_000);
  clock.advance(15_000);
  expect((await next).done).toBe(false);
  await pages.return();
});

const minuteMs = 60_000;

test.for([
  { name: "a short page with young entries", isShort: true, ageMs: 5000, follow: true, pauses: true },
  { name: "a short page of a while ago", isShort: true, ageMs: minuteMs, follow: true, pauses: false },
  { name: "a full page with young entries", isShort: false, ageMs: 5000, follow: true, pauses: false },
  { name: "a short page in a run", isShort: true, ageMs: 5000, follow: false, pauses: false },
])("behind $name it pauses for the poll interval: $pauses", async ({ isShort, ageMs, follow, pauses }) => {
  const clock = manualClock();
  const asked: string[] = [];
  const pages = readPages({
    from: seekLogId(clock.now() - 2 * minuteMs),
    follow,
    pollIntervalMs: 15_000,
    clock,
    signal: new AbortController().signal,
    newerThan: 0,
    isEnough: () => false,
    async read(from) {
      asked.push(from);
      return {
        entries: [],
        next: asked.length === 1 ? seekLogId(clock.now() - ageMs) : from,
        askedAt: clock.now(),
        serial: asked.length,
        answeredAt: undefined,
        characters: 2,
        isShort,
        isGapless: true,
      };
    },
  });
  await pages.next();
  expect(asked.length).toBe(pauses ? 1 : 2);
  if (pauses) {
    const next = pages.next();
    expect(await clock.nextSleep()).toBe(15_000);
    clock.advance(15_000);
    await next;
    expect(asked.length).toBe(2);
  }
  await pages.return();
});
