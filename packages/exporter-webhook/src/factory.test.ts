import { startWebhook, testBatch, testSettings } from "@loghook/testkit";
import { expect, test } from "vitest";
import { webhookExporter } from "./factory.ts";

test("a config names it webhook", () => {
  expect(webhookExporter).toMatchObject({ kind: "exporter", type: "webhook" });
});

test.for([
  { settings: {}, maxBatchSize: 100 },
  { settings: { max_batch_size: 7 }, maxBatchSize: 7 },
  { settings: { send_as_batch: false, max_batch_size: 7 }, maxBatchSize: 1 },
])("with $settings a call carries at most $maxBatchSize records", ({ settings, maxBatchSize }) => {
  const config = webhookExporter.config.parse({ url: "https://hooks.example", concurrency: 3, ...settings });
  expect(webhookExporter.delivery?.(config)).toEqual({
    maxBatchSize,
    concurrency: 3,
    retry: { initialIntervalMs: 1000, maxIntervalMs: 60_000, maxElapsedMs: undefined },
    maxCallsPerSecond: undefined,
    onRejected: "park",
    maxParked: 10_000,
    maxRejectedInRow: 100,
  });
});

test("creates an exporter from what the host gives", async () => {
  await using webhook = await startWebhook();
  const config = webhookExporter.config.parse({ url: webhook.url });
  await using exporter = await webhookExporter.create(config, testSettings({ id: "webhook/a" }));
  await exporter.export(testBatch(2), { signal: new AbortController().signal });
  expect(webhook.requests).toHaveLength(1);
});
