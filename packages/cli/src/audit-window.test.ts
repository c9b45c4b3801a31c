import { InvalidArgumentError } from "commander";
import { expect, test } from "vitest";
import { timeOrAgo } from "./audit-window.ts";

const now = Date.UTC(2026, 10, 22, 12);

test.for([
  { text: "2026-11-01", time: Date.UTC(2026, 10, 1) },
  { text: "2026-11-01T09:00:00Z", time: Date.UTC(2026, 10, 1, 9) },
  { text: "2026-11-01T09:00:00+02:00", time: Date.UTC(2026, 10, 1, 7) },
  { text: "2026-11-01T09:00:00", time: Date.UTC(2026, 10, 1, 9) },
  { text: "24h", time: Date.UTC(2026, 10, 21, 12) },
  { text: "7d", time: Date.UTC(2026, 10, 15, 12) },
  { text: "1h30m", time: Date.UTC(2026, 10, 22, 10, 30) },
])("$text is a time", ({ text, time }) => {
  expect(timeOrAgo(text, now)).toBe(time);
});

test.for(["", "yesterday", "2026-13-01", "2026-11-31", "-1h", "24", "99999999999d"])(
  "%j is refused, and told what is allowed",
  (text) => {
    expect(() => timeOrAgo(text, now)).toThrow(InvalidArgumentError);
  },
);
