import { once } from "node:events";
import { gunzipSync } from "node:zlib";
import { RetryableError } from "@loghook/pipeline";
import {
  exporterContract,
  manualClock,
  startServer,
  startWebhook,
  status,
  type TestServer,
  testBatch,
  testRecord,
} from "@loghook/testkit";
import { expect, test } from "vitest";
import packageJson from "../package.json" with { type: "json" };
import { webhookConfig } from "./config.ts";
import { createWebhookExporter, type WebhookExporterSettings } from "./exporter.ts";

const signal = new AbortController().signal;

function exporterTo(
  { url }: Pick<TestServer, "url">,
  config: object = {},
  settings: WebhookExporterSettings = {},
) {
  return createWebhookExporter(webhookConfig.parse({ url, ...config }), { env: {}, ...settings });
}

exporterContract("createWebhookExporter", (url) => exporterTo({ url }));
exporterContract("createWebhookExporter with send_as_batch: false", (url) =>
  exporterTo({ url }, { send_as_batch: false }),
);

test("POSTs the entries as they are, in one array", async () => {
  await using webhook = await startWebhook();
  await using exporter = exporterTo(webhook);
  const batch = testBatch(3);
  await exporter.export(batch, { signal });
  const [request] = webhook.requests;
  expect(webhook.requests).toHaveLength(1);
  expect(request?.method).toBe("POST");
  expect(request?.headers["content-type"]).toBe("application/json");
  expect(request?.headers["content-length"]).toBe(String(request?.body.length));
  expect(request?.body.toString()).toBe(JSON.stringify(batch.map((record) => record.body)));
});

test("sends to the path and the query of the URL", async () => {
  await using webhook = await startWebhook();
  await using exporter = exporterTo({ url: `${webhook.url}/hooks/auth0?key=a%20b` });
  await exporter.export(testBatch(1), { signal });
  expect(webhook.requests[0]?.path).toBe("/hooks/auth0?key=a%20b");
});

test("says who it is, and sends authorization and the other headers as they are set", async () => {
  await using webhook = await startWebhook();
  await using exporter = exporterTo(webhook, {
    authorization: "Bearer abc, def",
    headers: { "X-Team": "identity", "X-Key": "këy" },
  });
  await exporter.export(testBatch(1), { signal });
  expect(webhook.requests[0]?.headers).toMatchObject({
    "user-agent": `loghook/${packageJson.version}`,
    authorization: "Bearer abc, def",
    "x-team": "identity",
    "x-key": "këy",
  });
});

test("sends no authorization and no signature where none is set, but an id and a time", async () => {
  await using webhook = await startWebhook();
  await using exporter = exporterTo(webhook, {}, { clock: manualClock(1_772_442_846_999) });
  await exporter.export(testBatch(1), { signal });
  const { headers } = webhook.requests[0] ?? {};
  expect(headers).not.toHaveProperty("authorization");
  expect(headers).not.toHaveProperty("webhook-signature");
  expect(headers?.["webhook-id"]).toMatch(/^msg_[\w-]{43}$/);
  expect(headers?.["webhook-timestamp"]).toBe("1772442846");
});

test("the id stays the same over attempts and restarts, the time is that of the attempt", async () => {
  await using webhook = await startWebhook({ answer: status(503) });
  const clock = manualClock();
  for (let start = 0; start < 2; start++) {
    await using exporter = exporterTo(webhook, {}, { clock });
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(exporter.export(testBatch(3), { signal })).rejects.toThrow(RetryableError);
      clock.advance(10_000);
    }
  }
  const seen = (name: string) => webhook.requests.map(({ headers }) => headers[name]);
  expect(new Set(seen("webhook-id")).size).toBe(1);
  expect(new Set(seen("webhook-timestamp")).size).toBe(4);
});

test("a custom user-agent takes the place of ours", async () => {
  await using webhook = await startWebhook();
  await using exporter = exporterTo(webhook, { headers: { "User-Agent": "acme" } });
  await exporter.export(testBatch(1), { signal });
  expect(webhook.requests[0]?.headers["user-agent"]).toBe("acme");
});

test("compresses with gzip where it is told to", async () => {
  await using webhook = await startWebhook();
  await using exporter = exporterTo(webhook, { compression: "gzip" });
  const batch = testBatch(50);
  await exporter.export(batch, { signal });
  const [request] = webhook.requests;
  const body = JSON.stringify(batch.map((record) => record.body));
  expect(request?.headers["content-encoding"]).toBe("gzip");
  expect(request?.headers["content-length"]).toBe(String(request?.body.length));
  expect(request?.body.length).toBeLessThan(body.length / 2);
  expect(gunzipSync(request?.body ?? "").toString()).toBe(body);
});

test("a megabyte in one record arrives whole", async () => {
  await using webhook = await startWebhook();
  await using exporter = exporterTo(webhook);
  const body = { log_id: "1", details: "ä".repeat(500_000) };
  await exporter.export([testRecord(1, { body })], { signal });
  expect(webhook.requests[0]?.body.toString()).toBe(JSON.stringify([body]));
});

test("uses a connection again, also after a failure", async () => {
  const sockets = new Set<unknown>();
  await using webhook = await startWebhook({
    answer(request, response) {
      sockets.add(response.socket);
      response.writeHead(webhook.requests.length % 2 === 0 ? 500 : 200).end(request.body.subarray(0, 100));
    },
  });
  await using exporter = exporterTo(webhook, { concurrency: 1 });
  for (let attempt = 0; attempt < 6; attempt++) {
    await exporter.export(testBatch(1), { signal }).catch(() => {});
  }
  expect(webhook.requests).toHaveLength(6);
  expect(sockets.size).toBe(1);
});

test.for([{ config: {} }, { config: { send_as_batch: false } }])(
  "has as many requests in flight as concurrency allows, and never more ($config)",
  async ({ config }) => {
    const concurrency = 4;
    let inFlight = 0;
    let most = 0;
    let wave = Promise.withResolvers<void>();
    const sockets = new Set<unknown>();
    await using webhook = await startWebhook({
      async answer(_request, response) {
        sockets.add(response.socket);
        most = Math.max(most, ++inFlight);
        const full = wave;
        if (webhook.requests.length % concurrency === 0) {
          wave = Promise.withResolvers();
          full.resolve();
        }
        // Nobody is answered before the allowed number of requests is there.
        await full.promise;
        inFlight--;
        response.end();
      },
    });
    await using exporter = exporterTo(webhook, { concurrency, ...config });
    const calls = Array.from({ length: 6 }, (_, call) =>
      exporter.export(testBatch(2, 1 + 2 * call), { signal }),
    );
    const requests = "send_as_batch" in config ? 12 : 6;
    await webhook.received(requests - (requests % concurrency));
    wave.resolve();
    await Promise.all(calls);
    expect(webhook.requests).toHaveLength(requests);
    expect(most).toBe(concurrency);
    expect(sockets.size).toBe(concurrency);
  },
);

test("rejects with the signal's own reason while the webhook is silent", async () => {
  await using webhook = await startWebhook({ answer: () => {} });
  await using exporter = exporterTo(webhook);
  const controller = new AbortController();
  const exported = exporter.export(testBatch(1), { signal: controller.signal });
  await webhook.received(1);
  const reason = new Error("enough");
  controller.abort(reason);
  await expect(exported).rejects.toBe(reason);
});

test("rejects with the signal's own reason while the answer is coming in", async () => {
  await using webhook = await startWebhook({
    answer: (_request, response) => void response.writeHead(200).write("half an answer"),
  });
  await using exporter = exporterTo(webhook);
  const controller = new AbortController();
  const exported = exporter.export(testBatch(1), { signal: controller.signal });
  await webhook.received(1);
  const reason = new Error("enough");
  controller.abort(reason);
  await expect(exported).rejects.toBe(reason);
});

test("rejects with the signal's own reason while it waits for its turn, and does not send", async () => {
  await using webhook = await startWebhook({ answer: () => {} });
  await using exporter = exporterTo(webhook, { concurrency: 1 });
  const first = new AbortController();
  const second = new AbortController();
  const inFlight = exporter.export(testBatch(1, 1), { signal: first.signal });
  const waiting = exporter.export(testBatch(1, 2), { signal: second.signal });
  await webhook.received(1);
  const reason = new Error("enough");
  second.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  webhook.answer = status(200);
  first.abort();
  await expect(inFlight).rejects.toBe(first.signal.reason);
  await exporter.export(testBatch(1, 3), { signal });
  expect(webhook.requests.map(({ body }) => JSON.parse(body.toString())[0].log_id)).toEqual(
    [1, 3].map((n) => testRecord(n).attributes["log.record.uid"]),
  );
});

test("breaks the connection when it is aborted", async () => {
  const closed = Promise.withResolvers<void>();
  await using webhook = await startWebhook({
    answer: (_request, response) => void response.on("close", closed.resolve),
  });
  await using exporter = exporterTo(webhook);
  const controller = new AbortController();
  const exported = exporter.export(testBatch(1), { signal: controller.signal });
  await webhook.received(1);
  controller.abort();
  await expect(exported).rejects.toBe(controller.signal.reason);
  await closed.promise;
});

test.for([true, false])(
  "when disposed, lets the request in flight come to its end and begins no further one (send_as_batch: %s)",
  async (send_as_batch) => {
    const answered = Promise.withResolvers<void>();
    await using webhook = await startWebhook({
      async answer(_request, response) {
        await answered.promise;
        response.end();
      },
    });
    const exporter = exporterTo(webhook, { send_as_batch });
    const batch = testBatch(3);
    const inFlight = exporter.export(batch, { signal }).catch((error) => error.records);
    await webhook.received(1);
    const disposed = exporter[Symbol.asyncDispose]();
    await expect(exporter.export(testBatch(1, 4), { signal })).rejects.toThrow(RetryableError);
    answered.resolve();
    expect(await inFlight).toEqual(send_as_batch ? undefined : batch.slice(1));
    await disposed;
    expect(webhook.requests).toHaveLength(1);
  },
);

test("when disposed, closes its connections", async () => {
  const closed = Promise.withResolvers<unknown>();
  await using server = await startServer((request, response) => {
    closed.resolve(once(request.socket, "close"));
    request.resume().on("end", () => response.end());
  });
  const exporter = exporterTo(server);
  await exporter.export(testBatch(1), { signal });
  await exporter[Symbol.asyncDispose]();
  await closed.promise;
});
