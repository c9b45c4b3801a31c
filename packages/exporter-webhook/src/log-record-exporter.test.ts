import type { ServerResponse } from "node:http";
import { ConfigError, emitTo, type RecordsRejectedError } from "@loghook/pipeline";
import { startWebhook, status, type TestWebhook, testBatch, testRecord } from "@loghook/testkit";
import {
  BatchLogRecordProcessor,
  LoggerProvider,
  type LogRecordExporter,
  SimpleLogRecordProcessor,
} from "@opentelemetry/sdk-logs";
import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { WebhookLogRecordExporter, type WebhookSettings } from "./log-record-exporter.ts";

type Result = Parameters<Parameters<LogRecordExporter["export"]>[1]>[0];

/** Tries again at once. */
const hasty = { retry_on_failure: { initial_interval: "1ms", max_interval: "1ms" } };

function exporterTo({ url }: TestWebhook, settings: Partial<WebhookSettings> = {}): WebhookLogRecordExporter {
  return new WebhookLogRecordExporter({ url, ...hasty, ...settings }, { env: {} });
}

function loggerProvider(exporter: LogRecordExporter): LoggerProvider {
  return new LoggerProvider({ processors: [new BatchLogRecordProcessor({ exporter })] });
}

const bodies = ({ requests }: TestWebhook): unknown[] =>
  requests.map(({ body }) => JSON.parse(body.toString()) as unknown);
const ids = ({ requests }: TestWebhook): unknown[] => requests.map(({ headers }) => headers["webhook-id"]);

test("an app's log records arrive with everything that they say, signed", async () => {
  await using webhook = await startWebhook();
  const secret = "whsec_ZmZvdKMRPs23PvnGzcyXftgFy//+Cmzb7tUw4+5OVik=";
  const provider = loggerProvider(exporterTo(webhook, { signing_secret: secret }));
  provider.getLogger("shop", "1.0.0").emit({
    timestamp: [1_772_442_846, 480_000_000],
    severityNumber: 17,
    severityText: "ERROR",
    eventName: "order.failed",
    body: "no connection to the warehouse",
    attributes: { order: 4711 },
  });
  await provider.shutdown();
  const [{ body, headers } = { body: Buffer.alloc(0), headers: {} }] = webhook.requests;
  expect(new Webhook(secret).verify(body.toString(), headers as Record<string, string>)).toEqual([
    {
      timestamp: "2026-03-02T09:14:06.480Z",
      severity_number: 17,
      severity_text: "ERROR",
      event_name: "order.failed",
      body: "no connection to the warehouse",
      attributes: { order: 4711, "log.record.uid": expect.stringMatching(/^[\da-f-]{36}$/) },
      resource: expect.objectContaining({ "service.name": expect.any(String) }),
      scope: { name: "shop", version: "1.0.0" },
    },
  ]);
});

test("Auth0's entries arrive as Auth0 wrote them, through a logger or without one", async () => {
  await using webhook = await startWebhook();
  const exporter = exporterTo(webhook);
  const body = { log_id: "900", type: "f", details: { list: [null, { empty: "" }] }, user_id: "" };
  const record = testRecord(1, { body });
  const provider = loggerProvider(exporter);
  emitTo(provider.getLogger("auth0"))([record]);
  await provider.forceFlush();
  await new Promise((resolve) => exporter.export([record], resolve));
  expect(bodies(webhook)).toEqual([[body], [body]]);
  await provider.shutdown();
});

test.for([
  { settings: { max_batch_size: 40 }, requests: 3 },
  { settings: { send_as_batch: false }, requests: 100 },
])("with $settings 100 records go out in $requests requests", async ({ settings, requests }) => {
  await using webhook = await startWebhook();
  const exporter = exporterTo(webhook, settings);
  expect(await new Promise((resolve) => exporter.export(testBatch(100), resolve))).toEqual({ code: 0 });
  expect(webhook.requests).toHaveLength(requests);
  expect(bodies(webhook).flat()).toHaveLength(100);
  await exporter.shutdown();
});

test("has as many requests in flight as concurrency allows, and never more", async () => {
  const waiting: ServerResponse[] = [];
  let most = 0;
  await using webhook = await startWebhook({
    answer(_request, response) {
      most = Math.max(most, waiting.push(response));
      // Nobody is answered before three are there.
      if (waiting.length < 3) return;
      setImmediate(() => {
        for (const each of waiting.splice(0)) each.end();
      });
    },
  });
  const exporter = exporterTo(webhook, { concurrency: 3, send_as_batch: false });
  await new Promise((resolve) => exporter.export(testBatch(6), resolve));
  expect(webhook.requests).toHaveLength(6);
  expect(most).toBe(3);
  await exporter.shutdown();
});

test("the same line twice is two requests with two ids, and a retry keeps its id", async () => {
  await using webhook = await startWebhook({
    answer: (_request, response) =>
      void response.writeHead(webhook.requests.length % 2 === 1 ? 503 : 200).end(),
  });
  const exporter = exporterTo(webhook, { concurrency: 1 });
  const provider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] });
  const line = { timestamp: [1_772_442_846, 0] as [number, number], body: "the same line" };
  for (let n = 0; n < 2; n++) {
    provider.getLogger("app").emit(line);
    await exporter.forceFlush();
  }
  const [first, again, second, secondAgain] = ids(webhook);
  expect(again).toBe(first);
  expect(secondAgain).toBe(second);
  expect(second).not.toBe(first);
  await provider.shutdown();
});

test("a webhook that is down for a while gets everything when it is back", async () => {
  const { port, ...gone } = await startWebhook();
  await gone[Symbol.asyncDispose]();
  const exporter = exporterTo({ ...gone, port });
  const exported = new Promise<Result>((resolve) => exporter.export(testBatch(5), resolve));
  await using webhook = await startWebhook({ port });
  expect(await exported).toEqual({ code: 0 });
  expect(bodies(webhook).flat()).toEqual(testBatch(5).map(({ body }) => body));
  await exporter.shutdown();
});

test("a webhook that refuses is given up when the time is used up, with an error that says why", async () => {
  await using webhook = await startWebhook({ answer: status(503, {}, "no disk") });
  const retry_on_failure = { ...hasty.retry_on_failure, max_elapsed_time: "50ms" };
  const exporter = exporterTo(webhook, { retry_on_failure });
  const result = await new Promise<Result>((resolve) => exporter.export(testBatch(2), resolve));
  expect(result).toMatchObject({
    code: 1,
    error: { code: "RETRYABLE", message: `POST ${webhook.url}/ was answered with 503: no disk` },
  });
  expect(webhook.requests.length).toBeGreaterThan(1);
  expect(new Set(ids(webhook)).size).toBe(1);
  await exporter.shutdown();
});

test("a refused record is reported, and the others arrive", async () => {
  await using webhook = await startWebhook({
    answer: (request, response) =>
      void response.writeHead(request.body.includes(String(refused)) ? 400 : 200).end(),
  });
  const batch = testBatch(8);
  const refused = batch[5]?.attributes["log.record.uid"];
  const exporter = exporterTo(webhook);
  const result = await new Promise<Result>((resolve) => exporter.export(batch, resolve));
  expect(result).toMatchObject({ code: 1, error: { code: "RECORDS_REJECTED", records: [batch[5]] } });
  const arrived = webhook.requests.filter(({ body }) => !body.includes(String(refused)));
  expect(arrived.flatMap(({ body }) => JSON.parse(body.toString()))).toHaveLength(7);
  await exporter.shutdown();
});

/** One thousands of levels deep: writing it would use up the stack. */
function deepObject(): object {
  let deep = {};
  for (let level = 0; level < 20_000; level++) deep = { deep };
  return deep;
}
const circle: { self?: object } = {};
circle.self = circle;

test.for([
  { name: "a circle in it", body: circle },
  { name: "a depth beyond the stack", body: deepObject() },
  { name: "a toJSON that throws", body: { toJSON: () => expect.unreachable() } },
])("of records with one that has $name just that one is lost", async ({ body }) => {
  await using webhook = await startWebhook();
  const exporter = exporterTo(webhook);
  const lines = [1, 2, 3].map((n) => testRecord(n, { body: n === 2 ? (body as never) : `line ${n}` }));
  const result = await new Promise<Result>((resolve) => exporter.export(lines, resolve));
  expect(result).toMatchObject({ code: 1, error: { code: "RECORDS_REJECTED" } });
  expect((result.error as RecordsRejectedError).records.map(({ hrTime }) => hrTime)).toEqual([
    lines[1]?.hrTime,
  ]);
  expect(bodies(webhook).flat()).toMatchObject([{ body: "line 1" }, { body: "line 3" }]);
  await exporter.shutdown();
});

test("a record with nothing but a body arrives", async () => {
  await using webhook = await startWebhook();
  const exporter = exporterTo(webhook);
  const line = { body: "the disk is full" } as never;
  expect(await new Promise((resolve) => exporter.export([line], resolve))).toEqual({ code: 0 });
  const attributes = { "log.record.uid": expect.any(String) };
  expect(bodies(webhook)).toEqual([[{ body: "the disk is full", attributes, resource: {} }]]);
  await exporter.shutdown();
});

test.for(["json", "json_lines", "auth0_log_stream", "cloudevents"] as const)(
  "in %s an app's record about Auth0 arrives with its attributes",
  async (format) => {
    await using webhook = await startWebhook();
    const provider = loggerProvider(exporterTo(webhook, { format }));
    const attributes = { "auth0.domain": "acme.eu.auth0.com", reason: "wrong password" };
    provider.getLogger("app").emit({ body: "login failed", attributes });
    await provider.shutdown();
    expect(webhook.requests[0]?.body.toString()).toContain('"reason":"wrong password"');
  },
);

test("what a shutdown finds waiting for its next attempt still arrives", async () => {
  await using webhook = await startWebhook({
    answer: (_request, response) => void response.writeHead(webhook.requests.length === 1 ? 503 : 200).end(),
  });
  const exporter = exporterTo(webhook);
  const exported = new Promise<Result>((resolve) => exporter.export([testRecord(1)], resolve));
  await webhook.received(1);
  await exporter.shutdown();
  expect(await exported).toEqual({ code: 0 });
  expect(webhook.requests).toHaveLength(2);
});

test("an export after shutdown fails", async () => {
  await using webhook = await startWebhook();
  const exporter = exporterTo(webhook);
  await exporter.shutdown();
  const result = await new Promise<Result>((resolve) => exporter.export(testBatch(1), resolve));
  expect(result).toMatchObject({ code: 1 });
  expect(webhook.requests).toEqual([]);
});

test.for<{ settings: object; said: string }>([
  { settings: {}, said: "url is required" },
  {
    settings: { url: "not a url" },
    said: "url must be an absolute http or https URL, without a user name or password in it",
  },
  {
    settings: { url: "http://127.0.0.1", signing_secrets: "x", timeout: "20" },
    said: 'timeout must be a duration such as 300ms, 15s or 5m, found "20"; signing_secrets is not a setting (did you mean signing_secret)',
  },
])("refuses $settings: $said", ({ settings, said }) => {
  const make = () => new WebhookLogRecordExporter(settings as WebhookSettings);
  expect(make).toThrow(ConfigError);
  expect(make).toThrow(`WebhookLogRecordExporter cannot be made: ${said}.`);
});
