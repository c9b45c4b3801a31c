import { testBatch, testRecord } from "@loghook/testkit";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { expect, test } from "vitest";
import type { LogBatch } from "./component.ts";
import { ComponentError } from "./errors.ts";
import { checkProcessed } from "./processed.ts";

const given = testBatch(5);
const [first, second, third] = given as [ReadableLogRecord, ReadableLogRecord, ReadableLogRecord];
const copy = (record: ReadableLogRecord): ReadableLogRecord => ({ ...record, eventName: "changed" });
const nameless = (record: ReadableLogRecord): ReadableLogRecord => ({ ...record, attributes: {} });
const uidOf = (record: ReadableLogRecord) => JSON.stringify(record.attributes["log.record.uid"]);
const check = (returned: unknown, batch: LogBatch = given) =>
  checkProcessed(returned, { given: batch, owner: "The processor mine" });

test.for<[string, LogBatch]>([
  ["the very list", given],
  ["nothing of it", []],
  ["some of the records", given.filter((_, index) => index % 2 === 1)],
  ["changed copies", given.map(copy)],
  ["some records, and copies of some", [first, copy(third), copy(given[3] as ReadableLogRecord)]],
])("a processor may return %s", ([, returned]) => {
  expect(check(returned)).toBe(returned);
});

test("records that a receiver gave without a uid, or with the same one, are told by themselves", () => {
  const odd = [nameless(first), nameless(second), third, copy(third)];
  expect(check([odd[1], odd[2], odd[3]], odd)).toHaveLength(3);
  expect(() => check([odd[1], odd[0]], odd)).toThrow(
    "returned the record nothing after records that come later",
  );
});

test.for<[string, unknown]>([
  ["nothing instead of a list of records", undefined],
  ["an object instead of a list of records", first],
  ["an object instead of a list of records", new Set(given)],
  ['"abc" instead of a list of records', "abc"],
  ["a list with something in it that is no record", [first, undefined]],
  ["a list with something in it that is no record", [first.body]],
  ["a list with something in it that is no record", new Array(3)],
  [`the record ${uidOf(first)} after records that come later`, [second, first]],
  [`the record ${uidOf(first)} after records that come later`, [copy(second), copy(first)]],
  [`the record ${uidOf(second)} twice`, [first, second, second]],
  [`the record ${uidOf(second)} twice`, [first, second, copy(second)]],
  [`the record ${uidOf(testRecord(9))}, which it was not given`, [first, testRecord(9)]],
  ["a changed copy of a record without its log.record.uid", [nameless(first)]],
])("one that returns %s is named with what it did", ([fault, returned]) => {
  expect(() => check(returned)).toThrow(ComponentError);
  expect(() => check(returned)).toThrow(`The processor mine returned ${fault}.`);
});
