import { testRecord } from "@loghook/testkit";
import { expect, test } from "vitest";
import { rememberSourceJson, sourceJson, withoutSourceJson } from "./source-json.ts";

const body = { log_id: "1", note: "é" };
const json = '{ "log_id": "1", "note": "\\u00e9" }';

function remembering() {
  const record = { ...testRecord(1), body };
  rememberSourceJson(record, json);
  return record;
}

test("a record knows the JSON that its body was read from", () => {
  expect(sourceJson(remembering())).toBe(json);
  expect(sourceJson(testRecord(1))).toBeUndefined();
});

test("a copy does not know it, nor does a record that got another body", () => {
  const record = remembering();
  expect(sourceJson({ ...record })).toBeUndefined();
  expect(sourceJson(Object.assign(remembering(), { body: { log_id: "1" } }))).toBeUndefined();
});

test("it shows nowhere, and is equal to a record that does not know it", () => {
  const record = remembering();
  expect(record).toEqual({ ...record });
  expect(JSON.stringify(record)).not.toContain("u00e9");
});

test("records can be taken what they know: others stay the same objects", () => {
  const [known, unknown] = [remembering(), testRecord(2)];
  const taken = withoutSourceJson([known, unknown]);
  expect(taken.map(sourceJson)).toEqual([undefined, undefined]);
  expect(taken[0]).toEqual(known);
  expect(taken[1]).toBe(unknown);
});
