import { expect, test } from "vitest";
import { toLogRecord } from "./single-record.ts";

const origin = { domain: "acme.eu.auth0.com", resourceAttributes: { "deployment.environment": "test" } };

test("an entry becomes the record that a receiver of this domain makes of it", () => {
  const entry = { log_id: "90020260302091408334120000000000000001223372071234567801", type: "f", ip: "::1" };
  expect(toLogRecord(JSON.stringify(entry), origin)).toMatchObject({
    severityText: "error",
    eventName: "auth0.f",
    body: entry,
    attributes: { "log.record.uid": entry.log_id, "auth0.type": "f", "client.address": "::1" },
    resource: {
      attributes: { "auth0.domain": "acme.eu.auth0.com", "deployment.environment": "test" },
    },
  });
});

test("large numbers stay as they are written", () => {
  const text = '{"type":"s","details":{"n":12345678901234567890}}';
  expect(JSON.stringify(toLogRecord(text, origin).body)).toBe(text);
});

test("what is no JSON is refused", () => {
  expect(() => toLogRecord("{", origin)).toThrow();
  expect(() => toLogRecord("", origin)).toThrow("An empty text is no entry.");
});
