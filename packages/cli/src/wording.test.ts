import { expect, test } from "vitest";
import { count, entries, moment, span } from "./wording.ts";

test.for([
  [0, "0 ms"],
  [850, "850 ms"],
  [999.6, "1000 ms"],
  [1000, "1 s"],
  [59_400, "59 s"],
  [60_000, "1 min"],
  [200_000, "3 min 20 s"],
  [3_600_000, "1 h"],
  [7_500_000, "2 h 5 min"],
  [100_800_000, "1 d 4 h"],
] as const)("%s ms is written %s", ([ms, expected]) => {
  expect(span(ms)).toBe(expected);
});

test("numbers have commas, one entry is not entries, and moments are in UTC", () => {
  expect(count(1_234_567)).toBe("1,234,567");
  expect([entries(0), entries(1), entries(2000)]).toEqual(["0 entries", "1 entry", "2,000 entries"]);
  expect(moment(Date.UTC(2026, 10, 21, 14, 3, 7, 999))).toBe("2026-11-21 14:03:07 UTC");
});
