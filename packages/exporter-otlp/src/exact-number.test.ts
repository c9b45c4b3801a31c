import { expect, test } from "vitest";
import { readNumber } from "./exact-number.ts";

test.for([
  { text: "0", number: 0n },
  { text: "-0", number: 0n },
  { text: "0.0", number: 0n },
  { text: "-0e7", number: 0n },
  { text: "5", number: 5n },
  { text: "-5", number: -5n },
  { text: "1.0", number: 1n },
  { text: "1e3", number: 1000n },
  { text: "1.5E+3", number: 1500n },
  { text: "1200e-2", number: 12n },
  { text: "9007199254740993", number: 9007199254740993n },
  { text: "9223372036854775807", number: 9223372036854775807n },
  { text: "-9223372036854775808", number: -9223372036854775808n },
  { text: "1152921504606847000", number: 1152921504606847000n },
  { text: "1e18", number: 10n ** 18n },
])("$text is the int64 $number", ({ text, number }) => {
  expect(readNumber(text)).toBe(number);
});

test.for([
  { text: "0.1", number: 0.1 },
  { text: "0.10", number: 0.1 },
  { text: "-1.5e-7", number: -1.5e-7 },
  { text: "1E-7", number: 1e-7 },
  { text: "5e-324", number: 5e-324 },
  { text: "1e300", number: 1e300 },
  { text: "12345678901234567000", number: 12345678901234567000 },
  { text: "1.7976931348623157e308", number: Number.MAX_VALUE },
])("$text is the double $number", ({ text, number }) => {
  expect(readNumber(text)).toBe(number);
});

test.for([
  "9223372036854775808",
  "-9223372036854775809",
  "12345678901234567890",
  "12345678901234567890123",
  "0.1234567890123456789",
  "0.1000000000000000055511151231257827",
  "9007199254740993.5",
  "9223372036854775807.0",
  "1e400",
  "-1E-400",
  "9".repeat(400),
  `1${"0".repeat(1_000_000)}`,
  `1.${"0".repeat(1_000_000)}1`,
])("%s, which neither an int64 nor a double holds, stays a text", (text) => {
  expect(readNumber(text)).toBe(text);
});
