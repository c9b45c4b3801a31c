import { manualClock } from "@loghook/testkit";
import { expect, test } from "vitest";
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
