import { expect, test } from "vitest";
import { ingestedAtMs, isLogId, logIdBetween, logIdSource, seekLogId } from "./log-id.ts";

const at = Date.UTC(2026, 2, 2, 9, 14, 8, 334);

test("an id is 900, the time of ingestion to the microsecond and a counter, 56 digits in all", () => {
  const id = logIdSource(1).next(at);
  expect(id).toMatch(/^90020260302091408334\d{3}0{14}\d{19}$/);
  expect(isLogId(id)).toBe(true);
  expect(ingestedAtMs(id)).toBe(at);
});

test("ids grow, also when the clock stands still or goes back", () => {
  const ids = logIdSource(1);
  const given = [...Array.from({ length: 1000 }, () => ids.next(at)), ids.next(at - 60_000), ids.next(at)];
  expect(given).toEqual(given.toSorted());
  expect(new Set(given).size).toBe(given.length);
});

test("some ids share their time and differ only in the counter", () => {
  const ids = logIdSource(1);
  const times = Array.from({ length: 20 }, () => ids.next(at).slice(0, 23));
  expect(new Set(times).size).toBeLessThan(20);
});

test("an id of a past time lies among the earlier ones", () => {
  const ids = logIdSource(1);
  const [first, second] = [ids.next(at), ids.next(at + 10_000)];
  const between = ids.at(at + 5000);
  expect([first, between, second]).toEqual([first, between, second].toSorted());
});

test("a seek id lies before all ids of its time", () => {
  expect(seekLogId(at)).toBe(`90020260302091408334${"0".repeat(36)}`);
  expect(seekLogId(at) <= logIdSource(1).next(at)).toBe(true);
  expect(seekLogId(at) > logIdSource(1).next(at - 1)).toBe(true);
});

test("late entries find room between neighbours, again and again, until there is none", () => {
  const ids = logIdSource(1);
  const after = ids.next(at);
  const before = ids.next(at);
  const late = logIdBetween(after, before);
  const later = logIdBetween(late, before);
  expect([after, late, later, before]).toEqual([after, late, later, before].toSorted());
  const last = logIdBetween(before, undefined);
  const next = ids.next(at);
  expect([before, last, next]).toEqual([before, last, next].toSorted());
  expect(() => logIdBetween(`900${"0".repeat(53)}`, `900${"1".padStart(53, "0")}`)).toThrow(RangeError);
});
