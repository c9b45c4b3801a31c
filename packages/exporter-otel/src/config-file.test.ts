import { join } from "node:path";
import {
  type ComponentFactory,
  defineReceiver,
  defineStorage,
  loadConfig,
  runPipelines,
  silentLogger,
} from "@loghook/pipeline";
import { memoryReceiver, memoryStorage, testBatch } from "@loghook/testkit";
import { expect, test } from "vitest";
import { z } from "zod";
import { otelExporter } from "./factory.ts";
import { startGrpcBackend, uidsIn } from "./log-destinations.test-kit.ts";

const none = z.strictObject({});

test("a config file that names an exporter from npm delivers to it", async () => {
  await using backend = await startGrpcBackend();
  const receiver = memoryReceiver({ records: testBatch(1000) });
  const factories: ComponentFactory[] = [
    defineReceiver({ type: "memory", config: none, create: () => receiver }),
    defineStorage({ type: "memory", config: none, create: async () => memoryStorage() }),
    otelExporter,
  ];
  const source = `
    receivers: { memory: }
    exporters:
      otel/grpc:
        module: "@opentelemetry/exporter-logs-otlp-grpc"
        export: OTLPLogExporter
        options: { url: "\${env:BACKEND_URL}" }
        max_batch_size: 250
    extensions: { memory: }
    service:
      extensions: [memory]
      pipelines: { logs: { receivers: [memory], exporters: [otel/grpc] } }
  `;
  const file = join(import.meta.dirname, "..", "loghook.yaml");
  const config = await loadConfig(source, { file, factories, env: { BACKEND_URL: backend.url } });
  const { signal } = new AbortController();
  const [outcome] = await runPipelines(config, { once: true, stop: signal, logger: silentLogger });
  expect(outcome?.run).toMatchObject({ status: "succeeded", delivered: 1000 });
  expect(backend.requests).toHaveLength(4);
  expect(backend.requests.flatMap((request) => [...uidsIn(request)]).toSorted()).toEqual(
    testBatch(1000).map((record) => record.attributes["log.record.uid"]),
  );
});
