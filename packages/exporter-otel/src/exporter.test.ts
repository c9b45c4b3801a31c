import { join } from "node:path";
import { status as grpcStatus } from "@grpc/grpc-js";
import {
  type Exporter,
  type LogBatch,
  type LoghookError,
  RetryableError,
  toLogRecordExporter,
} from "@loghook/pipeline";
import {
  type DestinationUnderTest,
  exporterContract,
  manualClock,
  startWebhook,
  status,
  testBatch,
  testRecord,
  testSettings,
} from "@loghook/testkit";
import type { OTLPLogExporter as GrpcExporter } from "@opentelemetry/exporter-logs-otlp-grpc";
import type { OTLPLogExporter as HttpExporter } from "@opentelemetry/exporter-logs-otlp-http";
import { expect, test } from "vitest";
import { otelExporter } from "./factory.ts";
import { startGrpcBackend, uidsIn } from "./log-destinations.test-kit.ts";

const signal = new AbortController().signal;
const directory = join(import.meta.dirname, "..");

async function create(settings: object, overrides = {}): Promise<Exporter> {
  return await otelExporter.create(
    otelExporter.config.parse(settings),
    testSettings({ id: "otel/test", directory, ...overrides }),
  );
}

const http = (url: string, options: ConstructorParameters<typeof HttpExporter>[0] = {}) =>
  create({
    module: "@opentelemetry/exporter-logs-otlp-http",
    export: "OTLPLogExporter",
    options: { url: `${url}/v1/logs`, timeoutMillis: 5000, ...options },
  });

/** Its own retries begin after 800 ms at the earliest, and it begins none that its time does not allow. */
const withoutRetries = { timeoutMillis: 700 };

const grpc = (url: string, options: ConstructorParameters<typeof GrpcExporter>[0] = {}) =>
  create({
    module: "@opentelemetry/exporter-logs-otlp-grpc",
    export: "OTLPLogExporter",
    options: { url, timeoutMillis: 5000, ...options },
  });

function rejectionOf(promise: Promise<void>): Promise<unknown> {
  return promise.then(
    () => "resolved",
    (error: unknown) => error,
  );
}

exporterContract("otel with @opentelemetry/exporter-logs-otlp-http", (url) => http(url, withoutRetries));

exporterContract("otel with @opentelemetry/exporter-logs-otlp-grpc", { start: grpcDestination });

async function grpcDestination(): Promise<DestinationUnderTest> {
  const backend = await startGrpcBackend();
  const taken: string[] = [];
  const answerWith = (answer: typeof backend.answer) => (): void => {
    backend.answer = answer;
  };
  const takeIt = (request: Buffer): number => {
    taken.push(...uidsIn(request));
    return grpcStatus.OK;
  };
  const take = answerWith(takeIt);
  take();
  return {
    createExporter: () => grpc(backend.url, { timeoutMillis: 1000 }),
    arrived: () => taken,
    take,
    fail: answerWith(() => grpcStatus.UNAVAILABLE),
    failAfterOne: answerWith((request) => {
      backend.answer = () => grpcStatus.UNAVAILABLE;
      return takeIt(request);
    }),
    reject: answerWith(() => grpcStatus.INVALID_ARGUMENT),
    hang: (reached) =>
      answerWith(() => {
        reached();
        return "silence";
      })(),
    [Symbol.asyncDispose]: () => backend[Symbol.asyncDispose](),
  };
}

const uids = (batch: LogBatch) => batch.map((record) => String(record.attributes["log.record.uid"]));

async function exportInBatches(exporter: Exporter, batch: LogBatch): Promise<void> {
  const parts = Array.from({ length: 10 }, (_, n) => batch.slice(n * 100, (n + 1) * 100));
  await Promise.all(parts.map((part) => exporter.export(part, { signal })));
}

test("1,000 records arrive over OTLP/HTTP, each once", async () => {
  await using backend = await startWebhook();
  await using exporter = await http(backend.url);
  await exportInBatches(exporter, testBatch(1000));
  const arrived = backend.requests.flatMap(({ body }) =>
    JSON.parse(body.toString()).resourceLogs.flatMap((resource: { scopeLogs: { logRecords: [] }[] }) =>
      resource.scopeLogs.flatMap(({ logRecords }) => logRecords),
    ),
  );
  const uidOf = (record: { attributes: { key: string; value: { stringValue: string } }[] }) =>
    record.attributes.find(({ key }) => key === "log.record.uid")?.value.stringValue;
  expect(arrived.map(uidOf).toSorted()).toEqual(uids(testBatch(1000)));
});

test("1,000 records arrive over OTLP/gRPC, each once", async () => {
  await using backend = await startGrpcBackend();
  await using exporter = await grpc(backend.url);
  await exportInBatches(exporter, testBatch(1000));
  const arrived = backend.requests.flatMap((request) => [...uidsIn(request)]);
  expect(arrived.toSorted()).toEqual(uids(testBatch(1000)));
});

test("1,000 records arrive in an exporter of the SDK", async () => {
  const { InMemoryLogRecordExporter } = await import("@opentelemetry/sdk-logs");
  const memory = new InMemoryLogRecordExporter();
  await using exporter = await create({
    module: "./testdata/handed-on.mjs",
    export: "handOn",
    options: { exporter: memory },
  });
  await exportInBatches(exporter, testBatch(1000));
  expect(memory.getFinishedLogRecords()).toEqual(testBatch(1000));
});

test("a gRPC backend that is down is tried again until it is up, and takes everything", async () => {
  const gone = await startGrpcBackend();
  await gone[Symbol.asyncDispose]();
  await using exporter = await grpc(gone.url);
  const error = await rejectionOf(exporter.export(testBatch(3), { signal }));
  expect(error).toBeInstanceOf(RetryableError);
  expect((error as Error).message).toMatch(/^otel\/test failed: 14 UNAVAILABLE/);

  const retry = { initialIntervalMs: 100, maxIntervalMs: 100, maxElapsedMs: 0 };
  const retrying = toLogRecordExporter(exporter, { maxBatchSize: 100, concurrency: 5, retry });
  const delivered = new Promise((resolve) => retrying.export(testBatch(1000), resolve));
  await using backend = await startGrpcBackend(gone.port);
  expect(await delivered).toEqual({ code: 0 });
  const arrived = backend.requests.flatMap((request) => [...uidsIn(request)]);
  expect(arrived.toSorted()).toEqual(uids(testBatch(1000)));
});

test("an HTTP backend that is down is tried again by the caller, and takes everything when it is up", async () => {
  await using backend = await startWebhook({ answer: status(503) });
  await using exporter = await http(backend.url, withoutRetries);
  expect(await rejectionOf(exporter.export(testBatch(3), { signal }))).toBeInstanceOf(RetryableError);
  backend.answer = status(200);
  await exporter.export(testBatch(3), { signal });
  expect([...uidsIn(backend.requests.at(-1)?.body ?? Buffer.alloc(0))]).toEqual(uids(testBatch(3)));
});

test.for([
  { code: 400, error: "RECORDS_REJECTED" },
  { code: 401, error: "DESTINATION_REFUSED" },
  { code: 404, error: "DESTINATION_REFUSED" },
  { code: 413, error: "BATCH_TOO_LARGE" },
  { code: 500, error: "RETRYABLE" },
])("the HTTP answer $code becomes $error, with what the backend said", async ({ code, error }) => {
  await using backend = await startWebhook({ answer: status(code, {}, '{"message":"too old"}') });
  await using exporter = await http(backend.url);
  const rejection = await rejectionOf(exporter.export(testBatch(2), { signal }));
  expect(rejection).toMatchObject({ code: error });
  expect((rejection as LoghookError).message).toMatch(
    new RegExp(`^otel/test failed: ${code} .*{"message":"too old"}`),
  );
  expect(backend.requests).toHaveLength(1);
});

test.for([
  { answer: grpcStatus.INVALID_ARGUMENT, error: "RECORDS_REJECTED" },
  { answer: grpcStatus.UNAUTHENTICATED, error: "DESTINATION_REFUSED" },
  { answer: grpcStatus.UNIMPLEMENTED, error: "DESTINATION_REFUSED" },
  { answer: grpcStatus.RESOURCE_EXHAUSTED, error: "RETRYABLE" },
  { answer: grpcStatus.INTERNAL, error: "RETRYABLE" },
])("the gRPC status $answer becomes $error, with what the backend said", async ({ answer, error }) => {
  await using backend = await startGrpcBackend();
  backend.answer = () => answer;
  await using exporter = await grpc(backend.url);
  const rejection = await rejectionOf(exporter.export(testBatch(2), { signal }));
  expect(rejection).toMatchObject({ code: error });
  expect((rejection as LoghookError).message).toMatch(/as the test says\.$/);
});

test("a request that is too large for a gRPC backend says so", async () => {
  await using backend = await startGrpcBackend();
  await using exporter = await grpc(backend.url);
  // grpc-js takes 4 MB.
  const large = testRecord(1, { body: "x".repeat(5_000_000) });
  expect(await rejectionOf(exporter.export([large], { signal }))).toMatchObject({ code: "BATCH_TOO_LARGE" });
});

test("a silent gRPC backend is given up after the exporter's own time", async () => {
  await using backend = await startGrpcBackend();
  backend.answer = () => "silence";
  await using exporter = await grpc(backend.url, { timeoutMillis: 100 });
  expect(await rejectionOf(exporter.export(testBatch(1), { signal }))).toMatchObject({
    code: "RETRYABLE",
    message: expect.stringContaining("4 DEADLINE_EXCEEDED"),
  });
});

test("an exporter that never answers is given up after the timeout", async () => {
  const clock = manualClock();
  await using exporter = await create(
    { module: "./testdata/handed-on.mjs", export: "Silent", timeout: "3s" },
    { clock },
  );
  const exported = rejectionOf(exporter.export(testBatch(1), { signal }));
  expect(await clock.nextSleep()).toBe(3000);
  clock.advance(3000);
  expect(await exported).toMatchObject({
    code: "RETRYABLE",
    message: "otel/test did not say within 3 seconds whether it succeeded.",
  });
});

test("an aborted call does not wait for a silent gRPC backend", async () => {
  await using backend = await startGrpcBackend();
  backend.answer = () => "silence";
  await using exporter = await grpc(backend.url, { timeoutMillis: 1000 });
  const controller = new AbortController();
  const exported = rejectionOf(exporter.export(testBatch(1), { signal: controller.signal }));
  await backend.received(1);
  const reason = new Error("enough");
  controller.abort(reason);
  expect(await exported).toBe(reason);
  backend.answer = () => grpcStatus.OK;
  await exporter.export(testBatch(1), { signal });
});

test("numbers that OpenTelemetry cannot hold arrive as texts with all their digits", async () => {
  await using backend = await startWebhook();
  await using exporter = await http(backend.url);
  const { rawJSON } = JSON as unknown as { rawJSON(text: string): never };
  await exporter.export(
    [testRecord(1, { body: { big: rawJSON("12345678901234567890"), small: rawJSON("1.0") } })],
    {
      signal,
    },
  );
  const text = backend.requests[0]?.body.toString();
  expect(text).toContain('{"key":"big","value":{"stringValue":"12345678901234567890"}}');
  expect(text).toContain('{"key":"small","value":{"intValue":1}}');
});
