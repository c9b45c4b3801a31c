import { withSource } from "@loghook/pipeline";
import { startWebhook, testBatch, testRecord } from "@loghook/testkit";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { expect, test } from "vitest";
import { webhookConfig } from "./config.ts";
import { encodeRequest } from "./encode-request.ts";
import { createWebhookExporter } from "./exporter.ts";

const [first, second] = testBatch(2) as [ReadableLogRecord, ReadableLogRecord];
const zeros = "0".repeat(52);
const [entry1, entry2] = [
  `{"log_id":"900${zeros}1","date":"2026-03-02T09:14:07.000Z","type":"f","description":"Wrong password."}`,
  `{"log_id":"900${zeros}2","date":"2026-03-02T09:14:08.000Z","type":"f","description":"Wrong password."}`,
];
const [event1, event2] = [
  `{"specversion":"1.0","id":"900${zeros}1","source":"https://acme.eu.auth0.com/","type":"com.auth0.log.f","time":"2026-03-02T09:14:07.000Z","datacontenttype":"application/json","data":${entry1}}`,
  `{"specversion":"1.0","id":"900${zeros}2","source":"https://acme.eu.auth0.com/","type":"com.auth0.log.f","time":"2026-03-02T09:14:08.000Z","datacontenttype":"application/json","data":${entry2}}`,
];
const [stream1, stream2] = [
  `{"log_id":"900${zeros}1","data":${entry1}}`,
  `{"log_id":"900${zeros}2","data":${entry2}}`,
];

test.for([
  { format: "json", many: true, contentType: "application/json", body: `[${entry1},${entry2}]` },
  { format: "json", many: false, contentType: "application/json", body: entry1 },
  { format: "json_lines", many: true, contentType: "application/x-ndjson", body: `${entry1}\n${entry2}\n` },
  { format: "json_lines", many: false, contentType: "application/x-ndjson", body: `${entry1}\n` },
  {
    format: "auth0_log_stream",
    many: true,
    contentType: "application/json",
    body: `[${stream1},${stream2}]`,
  },
  { format: "auth0_log_stream", many: false, contentType: "application/json", body: stream1 },
  {
    format: "cloudevents",
    many: true,
    contentType: "application/cloudevents-batch+json",
    body: `[${event1},${event2}]`,
  },
  { format: "cloudevents", many: false, contentType: "application/cloudevents+json", body: event1 },
])(
  "$format with send_as_batch: $many arrives in just these bytes",
  async ({ format, many, contentType, body }) => {
    await using webhook = await startWebhook();
    const config = webhookConfig.parse({ url: webhook.url, format, send_as_batch: many });
    await using exporter = createWebhookExporter(config, { env: {} });
    await exporter.export(many ? [first, second] : [first], { signal: new AbortController().signal });
    expect(webhook.requests[0]?.headers["content-type"]).toBe(contentType);
    expect(webhook.requests[0]?.body.toString()).toBe(body);
  },
);

test.for([
  { format: "json", body: `[${entry1}]` },
  { format: "auth0_log_stream", body: `[${stream1}]` },
  { format: "cloudevents", body: `[${event1}]` },
] as const)("a batch of one is an array, too ($format)", ({ format, body }) => {
  expect(encodeRequest([first], { format, asArray: true }).body.toString()).toBe(body);
});

/** Entries as a parser makes them that loses nothing: the texts stand for what came over the wire. */
const awkwardEntries = [
  '{"__proto__":{"admin":true},"constructor":"x","log_id":"1"}',
  '{"toJSON":"not a function","hasOwnProperty":null}',
  '{"lone":"\\ud800","pair":"\\ud83d\\ude00","nul":"\\u0000","line":"\\u2028"}',
  '{"2":"two","1":"one","nested":{"deep":[[[{"a":null}]]],"empty":{},"list":[]}}',
  '{"big":12345678901234567890,"small":1e-400,"exact":1.10,"minus":-0}',
];

/** Keeps numbers as they are written (https://tc39.es/proposal-json-parse-with-source/). */
function parseFaithfully(text: string): unknown {
  const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };
  const keepNumbers = (_key: string, value: unknown, context?: { source?: string }) =>
    typeof value === "number" && context?.source ? rawJSON(context.source) : value;
  return JSON.parse(text, keepNumbers as (key: string, value: unknown) => unknown);
}

test.for(awkwardEntries)("the entry %s arrives with the same fields and values", async (text) => {
  await using webhook = await startWebhook();
  const config = webhookConfig.parse({ url: webhook.url });
  await using exporter = createWebhookExporter(config, { env: {} });
  const body = (text.includes("__proto__") ? JSON.parse(text) : parseFaithfully(text)) as never;
  await exporter.export([testRecord(1, { body })], { signal: new AbortController().signal });
  const arrived = webhook.requests[0]?.body.toString() ?? "";
  expect(unescaped(arrived)).toBe(unescaped(reordered(`[${text}]`)));
});

/** JSON.stringify writes a character where the source may have an escape; both are the same value. */
function unescaped(text: string): string {
  return text.replaceAll("\\ud83d\\ude00", "😀").replaceAll("\\u2028", "\u2028");
}

/** JavaScript puts keys that are whole numbers first, in their order. JSON objects have no order (RFC 8259 §4). */
function reordered(text: string): string {
  return text.replace('"2":"two","1":"one"', '"1":"one","2":"two"');
}

test.for(["json", "json_lines", "auth0_log_stream", "cloudevents"] as const)(
  "own __proto__ fields survive in %s",
  (format) => {
    const entry = '{"__proto__":{"admin":true},"log_id":"1"}';
    const { body } = encodeRequest([testRecord(1, { body: JSON.parse(entry) })], { format, asArray: false });
    expect(body.toString()).toContain(entry);
  },
);

test("a record without a body is null, so that the others keep their place", () => {
  const { body } = encodeRequest([testRecord(1, { body: undefined }), first], {
    format: "json",
    asArray: true,
  });
  expect(body.toString()).toBe(`[null,${entry1}]`);
});

test.for([
  { format: "json", body: '{ "log_id": "1" }' },
  { format: "auth0_log_stream", body: '{"log_id":"900","data":{ "log_id": "1" }}' },
  // There may be line breaks in it.
  { format: "json_lines", body: '{"log_id":"1"}\n' },
] as const)("an entry is sent as its source wrote it ($format)", ({ format, body }) => {
  const { body: _, attributes: __, ...rest } = testRecord(1);
  const known = { "log.record.uid": "900" };
  const record = withSource(rest, { json: '{ "log_id": "1" }', known, attributesOf: () => known });
  expect(encodeRequest([record], { format, asArray: false }).body.toString()).toBe(body);
});
