import { testRecord } from "@loghook/testkit";
import { expect, test } from "vitest";
import { parseExactJson } from "./exact-json.ts";
import { changedRecord } from "./otel/changed-record.ts";
import { recordFromText, recordToText } from "./record-text.ts";

test("a record comes back as it was, with its resource", () => {
  const record = testRecord(7);
  const again = recordFromText(recordToText(record));
  expect(again).toEqual({ ...record, resource: again.resource });
  expect(again.resource.attributes).toEqual(record.resource.attributes);
});

test("the body comes back to the last digit and with whatever names its fields have", () => {
  const text =
    '{"id":12345678901234567890,"small":1e-400,"cents":1.50,"zero":-0,"__proto__":{"a":null},"list":[1.0,""],"n":"\\ud800"}';
  const record = changedRecord(testRecord(1), { body: parseExactJson(text) as never });
  expect(JSON.stringify(recordFromText(recordToText(record)).body)).toBe(text);
});
