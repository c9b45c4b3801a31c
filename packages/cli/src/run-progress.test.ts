import { manualClock } from "@loghook/testkit";
import { expect, test } from "vitest";
import { followProgress } from "./run-progress.ts";

const lane = "logs/auth0/webhook";
const hour = 3_600_000;

function read(position: number, count = 100) {
  return {
    type: "records.read",
    lane,
    read: count,
    kept: count / 2,
    waiting: count,
    position,
    caughtUp: false,
  } as const;
}

test("tells the rate, the position in time, and the time left at the present speed", () => {
  const clock = manualClock();
  const now = clock.now();
  const progress = followProgress(lane, clock);
  progress.note(read(now - 10 * hour));
  for (let second = 1; second <= 5; second++) {
    clock.advance(1000);
    progress.note(read(now - (10 - second) * hour));
  }
  const { rate, leftMs, ...counts } = progress.now();
  expect(counts).toEqual({
    lane,
    read: 600,
    kept: 300,
    delivered: 0,
    parked: 0,
    dropped: 0,
    position: now - 5 * hour,
  });
  expect(rate).toBe(120);
  // Five hours are left, and a second brings an hour nearer.
  expect(leftMs).toBeCloseTo(5000, -2);
});

test("measures the speed over the last moments, not since the beginning", () => {
  const clock = manualClock();
  const progress = followProgress(lane, clock);
  progress.note(read(clock.now() - hour, 1_000_000));
  clock.advance(20_000);
  progress.note(read(clock.now() - hour, 0));
  clock.advance(5000);
  progress.note(read(clock.now() - hour, 500));
  expect(progress.now().rate).toBe(100);
});

test("does not say when it will be done while it falls behind", () => {
  const clock = manualClock();
  const progress = followProgress(lane, clock);
  progress.note(read(clock.now() - hour));
  clock.advance(10_000);
  progress.note(read(clock.now() - hour));
  expect(progress.now().leftMs).toBeUndefined();
});
