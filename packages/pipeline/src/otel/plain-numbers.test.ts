import { testRecord } from "@loghook/testkit";
import { LoggerProvider } from "@opentelemetry/sdk-logs";
import { expect, test } from "vitest";
import { withPlainNumbers } from "./plain-numbers.ts";

const { rawJSON } = JSON as typeof JSON & { rawJSON(text: string): never };

test.for([
  { text: "1.0", expected: 1 },
  { text: "1.50", expected: 1.5 },
  { text: "-0", expected: -0 },
  { text: "0.000", expected: 0 },
  { text: "1e3", expected: 1000 },
  { text: "1.20E+2", expected: 120 },
  { text: "12e-4", expected: 0.0012 },
  { text: "0.1", expected: 0.1 },
  { text: "9007199254740992", expected: 9007199254740992 },
  { text: "9007199254740993", expected: "9007199254740993" },
  { text: "12345678901234567890", expected: "12345678901234567890" },
  { text: "-12345678901234567890", expected: "-12345678901234567890" },
  { text: "0.12345678901234567890", expected: "0.12345678901234567890" },
  { text: "1e300", expected: "1e300" },
  { text: "1e999", expected: "1e999" },
  { text: "1e-999", expected: "1e-999" },
  { text: '"a text"', expected: "a text" },
  { text: "null", expected: null },
])("makes $expected of the raw JSON $text", ({ text, expected }) => {
  expect(withPlainNumbers(testRecord(1, { body: rawJSON(text) })).body).toEqual(expected);
});

test.for([
  { value: 12345678901234567000, expected: "12345678901234567000" },
  { value: 2 ** 63, expected: "9223372036854776000" },
  { value: -(2 ** 63), expected: "-9223372036854776000" },
  { value: 1e300, expected: "1e+300" },
])("makes a text of the number $value, which has no place in 64 bits", ({ value, expected }) => {
  const plain = withPlainNumbers(testRecord(1, { body: { value }, attributes: { value } }));
  expect(plain).toMatchObject({ body: { value: expected }, attributes: { value: expected } });
});

test.for([
  { body: undefined },
  { body: null },
  { body: "text" },
  { body: 9_007_199_254_740_991 },
  { body: Number.NaN },
  { body: Number.POSITIVE_INFINITY },
  { body: new Uint8Array([1, 2]) },
  { body: { deep: [{ list: [1, -2.5, null, "", true, []] }], empty: {} } },
])("gives back the very record where there is nothing to change: $body", ({ body }) => {
  const record = testRecord(1, { body: body as never });
  expect(withPlainNumbers(record)).toBe(record);
});

test("changes only what has to be changed, in a copy", () => {
  const big = rawJSON("12345678901234567890");
  const same = { list: [1, 2, null] };
  const record = testRecord(1, {
    body: { same, changed: { list: [0, big, { big }] }, ["__proto__"]: { big } },
    severityText: "warn",
    spanContext: { traceId: "1", spanId: "2", traceFlags: 1 },
  });
  const text = JSON.stringify(record);
  const plain = withPlainNumbers(record);
  const digits = "12345678901234567890";
  expect(JSON.stringify(plain.body)).toBe(
    JSON.stringify(record.body).replaceAll(digits, JSON.stringify(digits)),
  );
  expect((plain.body as { same: unknown }).same).toBe(same);
  expect({ ...plain, body: record.body }).toEqual(record);
  expect(plain.instrumentationScope).toBe(record.instrumentationScope);
  expect(plain.attributes).toBe(record.attributes);
  expect(JSON.stringify(record)).toBe(text);
});

test("keeps what an SDK's record holds behind getters", () => {
  const emitted: unknown[] = [];
  const provider = new LoggerProvider({
    processors: [
      {
        onEmit: (record) => void emitted.push(withPlainNumbers(record)),
        forceFlush: async () => {},
        shutdown: async () => {},
      },
    ],
  });
  provider.getLogger("app").emit({
    timestamp: [1_772_442_846, 5],
    severityNumber: 17,
    severityText: "ERROR",
    eventName: "order.failed",
    body: { big: rawJSON("1e400") },
    attributes: { shop: "eu" },
  });
  expect(emitted).toMatchObject([
    {
      hrTime: [1_772_442_846, 5],
      severityNumber: 17,
      severityText: "ERROR",
      eventName: "order.failed",
      body: { big: "1e400" },
      attributes: { shop: "eu" },
      instrumentationScope: { name: "app" },
    },
  ]);
});
