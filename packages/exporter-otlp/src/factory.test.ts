import { startWebhook, testBatch, testSettings } from "@loghook/testkit";
import { expect, test } from "vitest";
import { otlpHttpExporter } from "./factory.ts";

test("a config names it otlp_http, as the Collector does", () => {
  expect(otlpHttpExporter).toMatchObject({ kind: "exporter", type: "otlp_http" });
});

test("a call carries as many records as max_batch_size says", () => {
  const settings = { endpoint: "https://otlp.example", max_batch_size: 7, concurrency: 3 };
  expect(otlpHttpExporter.delivery?.(otlpHttpExporter.config.parse(settings))).toEqual({
    maxBatchSize: 7,
    concurrency: 3,
    retry: { initialIntervalMs: 1000, maxIntervalMs: 60_000, maxElapsedMs: undefined },
    maxCallsPerSecond: undefined,
    onRejected: "park",
    maxParked: 10_000,
    maxRejectedInRow: 100,
  });
});

test("creates an exporter from what the host gives", async () => {
  await using server = await startWebhook();
  const config = otlpHttpExporter.config.parse({ endpoint: server.url });
  await using exporter = await otlpHttpExporter.create(config, testSettings({ id: "otlp_http/a" }));
  await exporter.export(testBatch(2), { signal: new AbortController().signal });
  expect(server.requests).toHaveLength(1);
});
