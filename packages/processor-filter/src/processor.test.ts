import { processorContract, testBatch, testRecord } from "@loghook/testkit";
import { SeverityNumber } from "@opentelemetry/api";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { expect, test } from "vitest";
import { createFilterProcessor } from "./processor.ts";

processorContract("filter", () => createFilterProcessor({ minLevel: 3, unknownTypes: "drop" }));

function recordOf(type: string, severityNumber: number, category?: string): ReadableLogRecord {
  const attributes = { "log.record.uid": `uid-${type}`, "auth0.type": type };
  return testRecord(1, {
    severityNumber,
    eventName: `auth0.${type}`,
    attributes: category === undefined ? attributes : { ...attributes, "auth0.category": category },
  });
}

test("returns the very records that it keeps, in their order", async () => {
  const [first, second, third, fourth] = [
    recordOf("f", SeverityNumber.ERROR),
    recordOf("s", SeverityNumber.INFO),
    recordOf("limit_wc", SeverityNumber.FATAL),
    recordOf("fp", SeverityNumber.ERROR),
  ];
  const kept = await createFilterProcessor({ minLevel: 3 }).process([first, second, third, fourth]);
  expect(kept).toHaveLength(3);
  expect(kept[0]).toBe(first);
  expect(kept[1]).toBe(third);
  expect(kept[2]).toBe(fourth);
});

test("without settings everything passes", async () => {
  const batch = [...testBatch(3), recordOf("brand_new", SeverityNumber.UNSPECIFIED)];
  expect(await createFilterProcessor().process(batch)).toEqual(batch);
});

test.for([
  { name: "the attribute auth0.type", attributes: { "auth0.type": "f" }, eventName: "auth0.s" },
  { name: "the event name where the attribute is absent", attributes: {}, eventName: "auth0.f" },
  {
    name: "the event name where the attribute is empty",
    attributes: { "auth0.type": "" },
    eventName: "auth0.f",
  },
  {
    name: "the event name where the attribute is no text",
    attributes: { "auth0.type": 7 },
    eventName: "auth0.f",
  },
  { name: "an event name of another source", attributes: {}, eventName: "f" },
])("takes the type from $name", async ({ attributes, eventName }) => {
  const record = testRecord(1, { attributes, eventName });
  expect(await createFilterProcessor({ types: ["f"] }).process([record])).toEqual([record]);
  expect(await createFilterProcessor({ types: ["s"] }).process([record])).toEqual([]);
});

test("takes the category from the attribute auth0.category", async () => {
  const filter = createFilterProcessor({ types: ["category:auth.login.*"] });
  const batch = [
    recordOf("f", SeverityNumber.ERROR, "auth.login.fail"),
    recordOf("fs", SeverityNumber.ERROR, "auth.signup.fail"),
    recordOf("du", SeverityNumber.INFO),
  ];
  expect(await filter.process(batch)).toEqual([batch[0]]);
});

test("the same type is judged anew when its level or category differs", async () => {
  const filter = createFilterProcessor({ minLevel: 3, excludeTypes: ["category:noise"] });
  const batch = [
    recordOf("x", SeverityNumber.ERROR),
    recordOf("x", SeverityNumber.INFO),
    recordOf("x", SeverityNumber.ERROR, "noise"),
    recordOf("x", SeverityNumber.ERROR, "signal"),
    recordOf("x", SeverityNumber.UNSPECIFIED),
  ];
  expect(await filter.process(batch)).toEqual([batch[0], batch[3], batch[4]]);
});

test("decides the same about ten thousand invented types, and about each of them again", async () => {
  const filter = createFilterProcessor({ types: ["*7"] });
  const batch = Array.from({ length: 10_000 }, (_, n) => recordOf(`invented_${n}`, SeverityNumber.ERROR));
  const expected = batch.filter((_, n) => n % 10 === 7);
  expect(await filter.process(batch)).toEqual(expected);
  expect(await filter.process(batch)).toEqual(expected);
});
