import { expect, test } from "vitest";
import { durationText, utcText } from "./time-text.ts";

test("a time is given in UTC and says so", () => {
  expect(utcText(Date.UTC(2026, 2, 2, 9, 4, 5, 678))).toBe("2026-03-02 09:04:05 UTC");
});

test.for([
  [0, "less than a second"],
  [999, "less than a second"],
  [1_000, "1 second"],
  [59_999, "59 seconds"],
  [60_000, "1 minute"],
  [3_600_000 + 5 * 60_000 + 7_000, "1 hour, 5 minutes"],
  [86_400_000 * 2 + 3_000, "2 days, 3 seconds"],
  [86_400_000 * 40, "40 days"],
] as const)("%i ms is told as %s", ([ms, text]) => {
  expect(durationText(ms)).toBe(text);
});
