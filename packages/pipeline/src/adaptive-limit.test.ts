import { manualClock } from "@loghook/testkit";
import { expect, test } from "vitest";
import { adaptiveLimit, type BegunCall } from "./adaptive-limit.ts";

const hourMs = 3_600_000;

interface SetUpOptions {
  readonly initial?: number;
  readonly max?: number;
}

function setUp({ initial = 10, max = 64 }: SetUpOptions = {}) {
  const clock = manualClock();
  const limit = adaptiveLimit({ initial, max, decreaseRatio: 0.9, rttDeviationScale: 2.5, clock });
  const begin = (count: number): BegunCall[] => Array.from({ length: count }, () => limit.begin());
  /** So many calls at once, all of which are answered after a time. */
  function answer(ms: number, count = limit.current): void {
    const calls = begin(count);
    clock.advance(ms);
    for (const call of calls) limit.answered(call);
  }
  /** As many rounds as it takes to learn what is usual and to raise the limit for the first time. */
  function raiseOnce(): void {
    for (let before = limit.current; limit.current === before; ) answer(100, Math.max(before, 10));
  }
  return { clock, limit, begin, answer, raiseOnce };
}

test("begins at the initial limit, and at the most where that is less", () => {
  expect(setUp().limit.current).toBe(10);
  expect(setUp({ initial: 100, max: 20 }).limit.current).toBe(20);
});

test("is raised by half until the first sign that it is too high, then by one", () => {
  const { limit, answer } = setUp();
  for (let n = 0; n < 3; n++) answer(100);
  expect(limit.current).toBe(23);
  answer(400);
  expect(limit.current).toBe(15);
  for (let n = 0; n < 3; n++) answer(100);
  expect(limit.current).toBe(18);
});

test("is never above the most", () => {
  const { limit, answer } = setUp({ max: 12 });
  for (let n = 0; n < 20; n++) answer(100);
  expect(limit.current).toBe(12);
});

test("is not raised while it is not reached", () => {
  const { limit, answer } = setUp();
  for (let n = 0; n < 100; n++) answer(100, 9);
  expect(limit.current).toBe(10);
});

test("slow answers lower it only when it was reached", () => {
  const { limit, answer } = setUp();
  answer(100);
  for (let n = 0; n < 20; n++) answer(1000, 5);
  expect(limit.current).toBe(10);
});

test("slow answers lower it by the ratio", () => {
  const { limit, answer, raiseOnce } = setUp({ initial: 20 });
  raiseOnce();
  answer(1000);
  expect(limit.current).toBe(20);
  answer(100);
  answer(1000);
  expect(limit.current).toBe(18);
});

test("an endpoint that stays slow with fewer calls is taken as it is: the limit rises again", () => {
  const { limit, answer } = setUp();
  for (let n = 0; n < 10; n++) answer(100);
  const lowest = Math.min(
    ...Array.from({ length: 30 }, () => {
      answer(1000);
      return limit.current;
    }),
  );
  expect(lowest).toBeGreaterThan(20);
  expect(limit.current).toBeGreaterThan(lowest);
});

test("a call that is pushed back lowers it to a share of what was in flight, once for those made under it", () => {
  const { limit, begin } = setUp();
  const calls = begin(10);
  limit.pushedBack(calls[9] as BegunCall);
  expect(limit.current).toBe(9);
  for (const call of calls.slice(1, 9)) limit.pushedBack(call);
  expect(limit.current).toBe(9);
});

test("a high limit bears what is pushed back by chance", () => {
  const { limit, begin } = setUp({ initial: 40 });
  const calls = begin(40);
  for (const call of calls.slice(-3)) limit.pushedBack(call);
  expect(limit.current).toBe(40);
  limit.pushedBack(calls[36] as BegunCall);
  expect(limit.current).toBe(33);
});

test("a call that is alone in flight says nothing when it is pushed back", () => {
  const { limit, begin } = setUp();
  for (let n = 0; n < 20; n++) for (const call of begin(1)) limit.pushedBack(call, 1000);
  expect(limit.current).toBe(10);
});

test("one that has timed out counts at once, however high the limit", () => {
  const { clock, limit, begin, answer } = setUp({ initial: 40 });
  answer(100);
  const calls = begin(40);
  clock.advance(20_000);
  limit.pushedBack(calls[39] as BegunCall);
  expect(limit.current).toBe(36);
});

test("is not raised while a call is out for far longer than any that was answered", () => {
  const { limit, begin, answer } = setUp({ initial: 5 });
  const [hanging] = begin(1) as [BegunCall];
  answer(100, 4);
  for (let n = 0; n < 20; n++) answer(100, 4);
  const held = limit.current;
  for (let n = 0; n < 20; n++) answer(100, held - 1);
  expect(limit.current).toBe(held);
  limit.ended(hanging);
  for (let n = 0; n < 5; n++) answer(100);
  expect(limit.current).toBeGreaterThan(held);
});

test("a call that never ends holds it for ten minutes, and not for ever", () => {
  const { clock, limit, begin, answer } = setUp();
  begin(1);
  for (let n = 0; n < 3; n++) answer(100, 9);
  clock.advance(hourMs);
  const before = limit.current;
  for (let n = 0; n < 5; n++) answer(100, limit.current);
  expect(limit.current).toBeGreaterThan(before);
});

test("what was pushed back with a Retry-After is not tried again for half a minute", () => {
  const { clock, limit, begin, answer } = setUp();
  const calls = begin(10);
  limit.pushedBack(calls[9] as BegunCall, 1000);
  for (const call of calls.slice(0, 9)) limit.ended(call);
  const until = clock.now() + 29_000;
  while (clock.now() < until) answer(100, 10);
  expect(limit.current).toBe(9);
  for (let n = 0; n < 20; n++) answer(100, 10);
  expect(limit.current).toBeGreaterThan(10);
});

test("at 1 it is raised again as soon as calls are answered", () => {
  const { limit, begin, answer } = setUp();
  while (limit.current > 1) {
    const calls = begin(Math.max(limit.current, 2));
    for (const call of calls) limit.pushedBack(call);
  }
  for (let n = 0; n < 100; n++) answer(100);
  expect(limit.current).toBeGreaterThan(5);
});

test.for([
  ["forward", hourMs],
  ["back", -hourMs],
] as const)("a clock that is put %s in the middle of a round neither stops nor sinks it", ([, jumpMs]) => {
  const { clock, limit, begin, answer } = setUp();
  for (let n = 0; n < 5; n++) answer(100);
  const before = limit.current;
  const calls = begin(before);
  clock.advance(jumpMs);
  for (const call of calls) limit.answered(call);
  expect(limit.current).toBeGreaterThanOrEqual(Math.floor(before * 0.9));
  for (let n = 0; n < 40; n++) answer(100);
  expect(limit.current).toBe(64);
});

test("after hours with nothing to send it begins where it was, and learns afresh what is usual", () => {
  const { clock, limit, answer } = setUp({ initial: 20 });
  for (let n = 0; n < 4; n++) answer(20);
  answer(20, 7);
  const before = limit.current;
  clock.advance(8 * hourMs);
  for (let n = 0; n < 4; n++) answer(500);
  expect(limit.current).toBeGreaterThanOrEqual(before);
});

test("answers within a millisecond, which the clock does not tell apart, do not hold it down", () => {
  const { limit, answer } = setUp();
  for (let n = 0; n < 100; n++) answer(n % 2);
  expect(limit.current).toBe(64);
});
