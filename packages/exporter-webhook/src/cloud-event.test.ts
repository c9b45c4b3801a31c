import { testRecord } from "@loghook/testkit";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { expect, test } from "vitest";
import { cloudEvent } from "./cloud-event.ts";

function eventOf(overrides: Partial<ReadableLogRecord>): Record<string, unknown> {
  return JSON.parse(cloudEvent(testRecord(1, overrides), '{"a":1}'));
}

function resource(attributes: Record<string, string>): ReadableLogRecord["resource"] {
  return { ...testRecord(1).resource, attributes };
}

test.for([
  { eventName: "auth0.limit_wc", type: "com.auth0.log.limit_wc" },
  { eventName: "acme.order.paid", type: "acme.order.paid" },
  { eventName: "", type: "log.record" },
])("the event name $eventName becomes the type $type", ({ eventName, type }) => {
  expect(eventOf({ eventName })).toMatchObject({ type, data: { a: 1 } });
});

test.for([
  {
    attributes: { "auth0.domain": "acme.eu.auth0.com", "service.name": "auth0" },
    source: "https://acme.eu.auth0.com/",
  },
  { attributes: { "service.name": "my service/ü" }, source: "/my%20service%2F%C3%BC" },
  { attributes: { "service.name": "\ud800" }, source: "/%EF%BF%BD" },
  { attributes: {}, source: "/unknown_service" },
])("the source of $attributes is $source", ({ attributes, source }) => {
  expect(eventOf({ resource: resource(attributes as Record<string, string>) })).toMatchObject({ source });
});

test.for([
  { hrTime: [1_772_442_846, 123_000_000], time: "2026-03-02T09:14:06.123Z" },
  { hrTime: [0, 0], time: undefined },
  { hrTime: [Number.NaN, 0], time: undefined },
  { hrTime: [8e12, 0], time: undefined },
  { hrTime: [1e12, 0], time: undefined },
] as const)("the time $hrTime becomes $time", ({ hrTime, time }) => {
  expect(eventOf({ hrTime: [...hrTime] }).time).toBe(time);
});

test("a record without an id is named by its content", () => {
  const [one, same, other] = ["a", "a", "b"].map((body) => eventOf({ attributes: {}, body }).id);
  expect(one).toMatch(/^sha256-/);
  expect(same).toBe(one);
  expect(other).not.toBe(one);
});
