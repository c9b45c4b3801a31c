import { join } from "node:path";
import { testBatch, testSettings } from "@loghook/testkit";
import { expect, test } from "vitest";
import { otelExporter } from "./factory.ts";

test("a config names it otel", () => {
  expect(otelExporter).toMatchObject({ kind: "exporter", type: "otel" });
});

test("the lane feeds it as the settings say", () => {
  const config = otelExporter.config.parse({
    module: "./x.ts",
    max_batch_size: 7,
    concurrency: 2,
    retry_on_failure: { initial_interval: "2s", max_interval: "3s", max_elapsed_time: "4s" },
  });
  expect(otelExporter.delivery?.(config)).toEqual({
    maxBatchSize: 7,
    concurrency: 2,
    retry: { initialIntervalMs: 2000, maxIntervalMs: 3000, maxElapsedMs: 4000 },
    maxCallsPerSecond: undefined,
    onRejected: "park",
    maxParked: 10_000,
    maxRejectedInRow: 100,
  });
});

test("creates an exporter from what the host gives", async () => {
  const directory = join(import.meta.dirname, "..", "testdata");
  const config = otelExporter.config.parse({ module: "./exporters.mjs" });
  await using exporter = await otelExporter.create(config, testSettings({ directory }));
  await exporter.export(testBatch(2), { signal: new AbortController().signal });
});
