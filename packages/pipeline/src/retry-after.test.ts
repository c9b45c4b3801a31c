import { expect, test } from "vitest";
import { parseRetryAfter } from "./retry-after.ts";

const now = Date.parse("Mon, 02 Mar 2026 09:00:00 GMT");

test.for([
  ["120", 120_000],
  [" 1 ", 1000],
  ["0", 0],
  ["86400", 3_600_000],
  ["Mon, 02 Mar 2026 09:00:30 GMT", 30_000],
  ["Mon, 02 Mar 2026 08:00:00 GMT", 0],
  ["Tue, 03 Mar 2026 09:00:00 GMT", 3_600_000],
  ["soon", undefined],
  ["-5", undefined],
  ["1.5", undefined],
  ["", undefined],
  [undefined, undefined],
  [["7", "9"], 7000],
] as const)("Retry-After: %s means %s ms", ([header, expected]) => {
  expect(parseRetryAfter(header as string, now)).toBe(expected);
});
