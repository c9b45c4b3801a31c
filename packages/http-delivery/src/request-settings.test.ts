import { expect, test } from "vitest";
import { headerMap, headerSecret, requestTimeout } from "./request-settings.ts";

test.for([
  { text: "1ms", ms: 1 },
  { text: "1.5ms", ms: 2 },
  { text: "20s", ms: 20_000 },
  { text: "1h", ms: 3_600_000 },
])("a timeout of $text is $ms ms", ({ text, ms }) => {
  expect(requestTimeout().parse(text)).toBe(ms);
});

test.for(["0s", "61m"])("a timeout of %s is refused", (text) => {
  expect(requestTimeout().safeParse(text).error?.issues).toMatchObject([
    { message: "must be longer than 0s and at most 1h" },
  ]);
});

test("the value of a header is a secret", () => {
  const parsed = headerSecret().parse("Bearer hunter2");
  expect(JSON.stringify(parsed)).toBe('"[redacted]"');
  expect(parsed.reveal()).toBe("Bearer hunter2");
});

test.for([{ value: "" }, { value: 5 }, { value: "hunter2\n" }])(
  "the header value $value is refused",
  ({ value }) => {
    const result = headerSecret().safeParse(value);
    expect(result.success).toBe(false);
    expect(JSON.stringify(result.error?.issues)).not.toContain("hunter2");
  },
);

test("headers are a map and nothing else", () => {
  const result = headerMap(() => undefined).safeParse("X-A: b");
  expect(result.error?.issues).toMatchObject([{ message: "must be a map of header names and values" }]);
});
