import { testRecord } from "@loghook/testkit";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { expect, test } from "vitest";
import { withWholeRecordAsBody } from "./app-record.ts";

const { resource } = testRecord(1);
const line: ReadableLogRecord = {
  hrTime: [1_772_442_846, 480_000_000],
  hrTimeObserved: [1_772_442_847, 0],
  body: "no connection to the warehouse",
  attributes: {},
  resource: { ...resource, attributes: { "service.name": "shop" } },
  instrumentationScope: { name: "stock" },
  droppedAttributesCount: 0,
};

const written = (record: ReadableLogRecord) =>
  JSON.parse(JSON.stringify(withWholeRecordAsBody(record).body)) as Record<string, unknown>;

test("everything that an app's record says becomes its body", () => {
  const record = {
    ...line,
    severityNumber: 17,
    severityText: "ERROR",
    eventName: "stock.unreachable",
    body: { warehouse: "hh", tries: [1, null] },
    attributes: { "http.response.status_code": 503, retried: true },
    instrumentationScope: { name: "stock", version: "1.2.3" },
    spanContext: { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", traceFlags: 1 },
  };
  const whole = withWholeRecordAsBody(record);
  expect(JSON.parse(JSON.stringify(whole.body))).toEqual({
    timestamp: "2026-03-02T09:14:06.480Z",
    severity_number: 17,
    severity_text: "ERROR",
    event_name: "stock.unreachable",
    body: { warehouse: "hh", tries: [1, null] },
    attributes: { "http.response.status_code": 503, retried: true },
    resource: { "service.name": "shop" },
    scope: { name: "stock", version: "1.2.3" },
    trace_id: "0af7651916cd43dd8448eb211c80319c",
    span_id: "b7ad6b7169203331",
  });
  expect({ ...whole, body: record.body }).toEqual(record);
});

test("what a record does not say is left out", () => {
  expect(written({ ...line, body: undefined as never })).toEqual({
    timestamp: "2026-03-02T09:14:06.480Z",
    attributes: {},
    resource: { "service.name": "shop" },
    scope: { name: "stock" },
  });
});

test.for<{ hrTime: [number, number]; timestamp: string | undefined }>([
  { hrTime: [1_772_442_846, 0], timestamp: "2026-03-02T09:14:06.000Z" },
  { hrTime: [1_772_442_846, 5_000_000], timestamp: "2026-03-02T09:14:06.005Z" },
  { hrTime: [1_772_442_846, 480_100_000], timestamp: "2026-03-02T09:14:06.4801Z" },
  { hrTime: [1_772_442_846, 480_000_001], timestamp: "2026-03-02T09:14:06.480000001Z" },
  { hrTime: [0, 0], timestamp: undefined },
  { hrTime: [253_402_300_800, 0], timestamp: undefined },
])("the time $hrTime is written as $timestamp", ({ hrTime, timestamp }) => {
  expect(written({ ...line, hrTime }).timestamp).toBe(timestamp);
});

const entry = { log_id: "900", type: "f", description: "Wrong password." };

test.for([
  { name: "of receiver-auth0", record: testRecord(1) },
  {
    name: "of receiver-auth0 without a type",
    record: testRecord(1, { attributes: { "log.record.uid": "1" } }),
  },
  {
    name: "that was emitted to a logger",
    record: { ...line, body: entry, attributes: { "auth0.domain": "acme.eu.auth0.com" } },
  },
  {
    name: "without its id, of the type that its attribute says",
    record: { ...line, body: { type: "f" }, attributes: { "auth0.type": "f" } },
  },
])("a record $name stays the entry that it is", ({ record }) => {
  expect(withWholeRecordAsBody(record)).toBe(record);
});

test.for([
  {
    name: "a sentence about a tenant",
    body: "login failed",
    attributes: { "auth0.domain": "acme.eu.auth0.com" },
  },
  { name: "a sentence about a type", body: "f", attributes: { "auth0.type": "f" } },
  {
    name: "details about a tenant",
    body: { type: "retry" },
    attributes: { "auth0.domain": "acme.eu.auth0.com" },
  },
  { name: "details of another type", body: { type: "retry" }, attributes: { "auth0.type": "f" } },
  { name: "nothing, about a type", body: null, attributes: { "auth0.type": "f" } },
  { name: "an id of its own", body: { log_id: 7 }, attributes: { reason: "full" } },
])("an app's record with $name keeps its attributes", ({ body, attributes }) => {
  expect(written({ ...line, body, attributes } as never)).toMatchObject({ body, attributes });
});

const bytes = new Uint8Array([0, 1, 250, 255]);

test("bytes, NaN and the infinities arrive as OTLP writes them in JSON, wherever they stand", () => {
  const values = { bytes, part: bytes.subarray(2), numbers: [Number.NaN, 1 / 0, -1 / 0, 1.5, null] };
  const expected = { bytes: "AAH6/w==", part: "+v8=", numbers: ["NaN", "Infinity", "-Infinity", 1.5, null] };
  const resource = { ...line.resource, attributes: { bytes } };
  const record = { ...line, resource, body: { deep: values }, attributes: values } as never;
  expect(written(record)).toMatchObject({
    body: { deep: expected },
    attributes: expected,
    resource: { bytes: "AAH6/w==" },
  });
  expect(written({ ...line, body: bytes })).toMatchObject({ body: "AAH6/w==" });
  expect(written({ ...line, body: Number.NaN })).toMatchObject({ body: "NaN" });
});

test("what JSON.stringify knows how to write is left to it", () => {
  const { rawJSON } = JSON as unknown as { rawJSON(text: string): never };
  const body = { big: rawJSON("12345678901234567890"), date: new Date(0) } as never;
  const { body: whole } = withWholeRecordAsBody({ ...line, body });
  expect(JSON.stringify(whole)).toContain(
    '"body":{"big":12345678901234567890,"date":"1970-01-01T00:00:00.000Z"}',
  );
});

test("of a record that is hardly one, what there is arrives", () => {
  expect(written({ body: "x" } as never)).toEqual({ body: "x", attributes: {}, resource: {} });
});
