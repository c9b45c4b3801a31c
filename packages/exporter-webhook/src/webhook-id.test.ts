import { testBatch, testRecord } from "@loghook/testkit";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { expect, test } from "vitest";
import { webhookId } from "./webhook-id.ts";

function from(attributes: Record<string, string>, record = testRecord(1)): ReadableLogRecord {
  return { ...record, resource: { ...record.resource, attributes } };
}

test("the same records have the same id in every version and on every machine", () => {
  // Worked out beside the code: base64url(sha256('[["acme.eu.auth0.com","900…01"],["acme.eu.auth0.com","900…02"]]')).
  expect(webhookId(testBatch(2))).toBe("msg_JNzKa0jIC5AQefQPeMQQAC8hfRuA4euaFtqMa9zwK8s");
});

test("what a processor changed in a record does not change the id", () => {
  const changed = testRecord(1, { body: { masked: true }, severityText: "info" });
  expect(webhookId([changed])).toBe(webhookId([testRecord(1)]));
});

const uids = (...texts: string[]) =>
  texts.map((uid) => testRecord(1, { attributes: { "log.record.uid": uid } }));

test("any other selection or order of records has another id", () => {
  const batch = testBatch(4);
  const compositions = [
    batch,
    batch.toReversed(),
    batch.slice(0, 3),
    batch.slice(1),
    [...batch.slice(0, 1), ...batch.slice(3)],
    batch.slice(0, 1),
    [...batch, ...batch.slice(0, 1)],
    // Ids that run together must not be mistaken for each other.
    uids("1", "23"),
    uids("12", "3"),
    uids("123"),
    uids('1","23'),
    uids("1,23"),
  ];
  expect(new Set(compositions.map(webhookId)).size).toBe(compositions.length);
});

test("the same log ids of another tenant have another id", () => {
  const ids = [
    from({ "auth0.domain": "acme.eu.auth0.com", "service.name": "auth0" }),
    from({ "auth0.domain": "other.eu.auth0.com", "service.name": "auth0" }),
    from({ "service.name": "auth0" }),
    from({}),
  ].map((record) => webhookId([record]));
  expect(new Set(ids).size).toBe(4);
});

test("the domain alone says which tenant it is", () => {
  const domain = "acme.eu.auth0.com";
  const ids = ["auth0", "renamed"].map((name) =>
    webhookId([from({ "auth0.domain": domain, "service.name": name })]),
  );
  expect(ids[0]).toBe(ids[1]);
});

test("records without an id are told apart by their content", () => {
  const [one, same, other] = ["a", "a", "b"].map((body) =>
    webhookId([testRecord(1, { attributes: {}, body })]),
  );
  expect(same).toBe(one);
  expect(other).not.toBe(one);
});

test("has no dot, which would blur what is signed", () => {
  expect(webhookId(testBatch(100))).toMatch(/^msg_[A-Za-z0-9_-]{43}$/);
});
