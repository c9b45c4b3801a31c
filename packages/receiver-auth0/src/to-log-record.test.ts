import { SeverityNumber } from "@opentelemetry/api";
import { expect, test } from "vitest";
import { createToLogRecord } from "./to-log-record.ts";

const toLogRecord = createToLogRecord({ domain: "acme.eu.auth0.com", resourceAttributes: {} });
const logId = "90020260302091408334120000000000000001223372071234567801";
const observed: [number, number] = [1_800_000_000, 0];

function recordOf(entry: unknown) {
  return toLogRecord({ entry, logId, uid: logId }, observed);
}

test("makes a record of an entry", () => {
  const entry = {
    date: "2026-03-02T09:14:06.480Z",
    type: "f",
    description: "Wrong email or password.",
    connection: "Username-Password-Authentication",
    connection_id: "con_8Qx2LrT0vWcYpAzE",
    client_id: "m3Rk9VtQ0xLb7HnZ2cYpWs5JdEfGuA1T",
    client_name: "Storefront",
    ip: "2001:db8::4f:1c",
    user_agent: "Mobile Safari 18.1.0 / iOS 18.1.0",
    details: { session_id: "q7Zk2mXw0RtLsVbNcYpD4HfJgA9eUiTo" },
    hostname: "acme.eu.auth0.com",
    user_id: "auth0|65a1",
    user_name: "ada@example.com",
    location_info: {
      country_code: "DE",
      city_name: "Berlin",
      latitude: 52.5,
      longitude: 13.4,
      continent_code: "EU",
    },
    tenant_name: "acme",
    log_id: logId,
    isMobile: true,
  };
  const record = recordOf(entry);
  expect(record).toMatchObject({
    hrTime: [Date.parse("2026-03-02T09:14:06Z") / 1000, 480_000_000],
    hrTimeObserved: observed,
    severityNumber: SeverityNumber.ERROR,
    severityText: "error",
    eventName: "auth0.f",
    droppedAttributesCount: 0,
  });
  expect(record.body).toBe(entry);
  expect(record.resource.attributes).toEqual({
    "service.name": "auth0",
    "auth0.domain": "acme.eu.auth0.com",
  });
  expect(record.attributes).toEqual({
    "log.record.uid": logId,
    "client.address": "2001:db8::4f:1c",
    "user_agent.original": "Mobile Safari 18.1.0 / iOS 18.1.0",
    "user.id": "auth0|65a1",
    "user.name": "ada@example.com",
    "session.id": "q7Zk2mXw0RtLsVbNcYpD4HfJgA9eUiTo",
    "server.address": "acme.eu.auth0.com",
    "geo.continent.code": "EU",
    "geo.country.iso_code": "DE",
    "geo.locality.name": "Berlin",
    "geo.location.lat": 52.5,
    "geo.location.lon": 13.4,
    "auth0.type": "f",
    "auth0.category": "auth.login.fail",
    "auth0.outcome": "failure",
    "auth0.description": "Wrong email or password.",
    "auth0.connection": "Username-Password-Authentication",
    "auth0.connection_id": "con_8Qx2LrT0vWcYpAzE",
    "auth0.client_id": "m3Rk9VtQ0xLb7HnZ2cYpWs5JdEfGuA1T",
    "auth0.client_name": "Storefront",
    "auth0.tenant_name": "acme",
    "auth0.is_mobile": true,
  });
});

test("all records share one resource and one scope", () => {
  const [a, b] = [recordOf({ type: "f" }), recordOf({ type: "s" })];
  expect(a.resource).toBe(b.resource);
  expect(a.instrumentationScope).toBe(b.instrumentationScope);
});

test("puts the configured attributes on the resource, and never in place of its own", () => {
  const labelled = createToLogRecord({
    domain: "acme.eu.auth0.com",
    resourceAttributes: { "deployment.environment.name": "production", "service.name": "another" },
  });
  const { resource } = labelled({ entry: {}, logId, uid: logId }, observed);
  expect(resource.attributes).toEqual({
    "deployment.environment.name": "production",
    "service.name": "auth0",
    "auth0.domain": "acme.eu.auth0.com",
  });
});

test.for([
  { type: "sv", severityNumber: 5, severityText: "debug" },
  { type: "s", severityNumber: 9, severityText: "info" },
  { type: "w", severityNumber: 13, severityText: "warning" },
  { type: "f", severityNumber: 17, severityText: "error" },
  { type: "limit_wc", severityNumber: 21, severityText: "critical" },
  { type: "brand_new", severityNumber: 0, severityText: undefined },
  { type: "constructor", severityNumber: 0, severityText: undefined },
  { type: "__proto__", severityNumber: 0, severityText: undefined },
])("the type $type has the severity $severityNumber", ({ type, severityNumber, severityText }) => {
  const record = recordOf({ type });
  expect(record.severityNumber).toBe(severityNumber);
  expect(record.severityText).toBe(severityText);
  expect(record.eventName).toBe(`auth0.${type}`);
});

const atMs = Date.parse("2026-03-02T09:14:06.480Z");
const ofTheId = Date.parse("2026-03-02T09:14:08.334Z");

test.for([
  { date: "2026-03-02T09:14:06.480Z", timeMs: atMs },
  { date: "2026-03-02T10:14:06.480+01:00", timeMs: atMs },
  { date: { $date: "2026-03-02T09:14:06.480Z" }, timeMs: atMs },
  { date: { $date: atMs }, timeMs: atMs },
  { date: atMs, timeMs: atMs },
  { date: "2026-02-31T99:00:00Z", timeMs: ofTheId },
  { date: {}, timeMs: ofTheId },
  { date: null, timeMs: ofTheId },
  { date: undefined, timeMs: ofTheId },
])("the date $date is the record's time, else that of the id", ({ date, timeMs }) => {
  const [seconds, nanoseconds] = recordOf({ date }).hrTime;
  expect(seconds * 1000 + nanoseconds / 1e6).toBe(timeMs);
});

test("without any time, the time is when it was read", () => {
  const record = toLogRecord({ entry: {}, logId: undefined, uid: "x" }, observed);
  expect(record.hrTime).toBe(observed);
});

test("values that are empty or not plain become no attributes", () => {
  const { attributes } = recordOf({
    type: "f",
    ip: "",
    user_id: "",
    client_id: null,
    client_name: {},
    connection: ["a"],
    references: null,
    location_info: "nowhere",
    details: "text",
  });
  expect(Object.keys(attributes)).toEqual([
    "log.record.uid",
    "auth0.type",
    "auth0.category",
    "auth0.outcome",
  ]);
});

test.for([null, 5, "text", [], [null], true, { type: 5 }, { type: "" }])(
  "%j becomes a record without a type",
  (entry) => {
    const record = recordOf(entry);
    expect(record.body).toBe(entry);
    expect(record.eventName).toBeUndefined();
    expect(record.severityNumber).toBe(SeverityNumber.UNSPECIFIED);
    expect(record.attributes["log.record.uid"]).toBe(logId);
  },
);

test.for([
  { name: "isMobile", entry: { isMobile: false } },
  { name: "is_mobile", entry: { is_mobile: false } },
])("reads $name", ({ entry }) => {
  expect(recordOf(entry).attributes["auth0.is_mobile"]).toBe(false);
});
