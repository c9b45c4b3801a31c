import { manualClock, testBatch, testRecord } from "@loghook/testkit";
import { InMemoryLogRecordExporter, type LogRecordExporter } from "@opentelemetry/sdk-logs";
import { expect, test } from "vitest";
import type { LogBatch } from "../component.ts";
import { BatchTooLargeError, RecordsRejectedError, RetryableError } from "../errors.ts";
import { splitting } from "../splitting.ts";
import { fromLogRecordExporter } from "./from-log-record-exporter.ts";

const signal = new AbortController().signal;
type Callback = Parameters<LogRecordExporter["export"]>[1];

/** An exporter that does with each call what it is told. */
function exporterThat(handle: (logs: LogBatch, callback: Callback) => void): LogRecordExporter {
  return { export: handle, async forceFlush() {}, async shutdown() {} };
}

const failingWith = (error?: unknown) =>
  exporterThat((_logs, callback) => callback({ code: 1, error: error as Error }));

function rejectionOf(promise: Promise<void>): Promise<unknown> {
  return promise.then(
    () => "resolved",
    (error: unknown) => error,
  );
}

test("delivers the very records to OpenTelemetry's own exporter", async () => {
  const memory = new InMemoryLogRecordExporter();
  await using exporter = fromLogRecordExporter(memory);
  const batch = testBatch(3);
  await exporter.export(batch, { signal });
  expect(memory.getFinishedLogRecords()).toEqual(batch);
  expect(memory.getFinishedLogRecords()[0]).toBe(batch[0]);
});

test("does not call for an empty batch or with an aborted signal", async () => {
  const memory = exporterThat(() => expect.unreachable());
  await using exporter = fromLogRecordExporter(memory);
  await exporter.export([], { signal });
  const reason = new Error("enough");
  await expect(exporter.export(testBatch(1), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});

test("hands over numbers as OpenTelemetry knows them, and leaves the records as they are", async () => {
  const memory = new InMemoryLogRecordExporter();
  await using exporter = fromLogRecordExporter(memory);
  const { rawJSON } = JSON as unknown as { rawJSON(text: string): never };
  const record = testRecord(1, { body: { id: rawJSON("12345678901234567890"), nested: [null] } });
  await exporter.export([record], { signal });
  expect(memory.getFinishedLogRecords()[0]?.body).toEqual({ id: "12345678901234567890", nested: [null] });
  expect(JSON.stringify(record.body)).toBe('{"id":12345678901234567890,"nested":[null]}');
});

/** As @opentelemetry/otlp-exporter-base makes it. */
const http = (code: number, data?: string) =>
  Object.assign(new Error("Status Text"), { name: "OTLPExporterError", code, data });
/** As @grpc/grpc-js makes it. */
const grpc = (code: number, details = "words") =>
  Object.assign(new Error(`${code} NAME: ${details}`), { code, details, metadata: {} });

test.for([
  ...[400, 415, 422].map((code) => ({ failure: http(code), error: "RECORDS_REJECTED" })),
  ...[413].map((code) => ({ failure: http(code), error: "BATCH_TOO_LARGE" })),
  ...[301, 401, 403, 404, 405, 409, 410, 451].map((code) => ({
    failure: http(code),
    error: "DESTINATION_REFUSED",
  })),
  ...[100, 408, 425, 429, 500, 502, 503, 504, 599].map((code) => ({
    failure: http(code),
    error: "RETRYABLE",
  })),
  ...[3].map((code) => ({ failure: grpc(code), error: "RECORDS_REJECTED" })),
  ...[5, 6, 7, 9, 12, 16].map((code) => ({ failure: grpc(code), error: "DESTINATION_REFUSED" })),
  ...[0, 1, 2, 4, 8, 10, 11, 13, 14, 15, 17, 99].map((code) => ({
    failure: grpc(code),
    error: "RETRYABLE",
  })),
  // So say grpc-js, grpc-go, the C core, and grpc-java.
  ...[
    "Received message larger than max (5000000 vs. 4194304)",
    "grpc: received message larger than max (5000000 vs. 4194304)",
    "CLIENT: Sent message larger than max (5000000 vs. 4194304)",
    "gRPC message exceeds maximum size 4194304: 5000000",
  ].map((details) => ({ failure: grpc(8, details), error: "BATCH_TOO_LARGE" })),
  { failure: Object.assign(new Error("x"), { statusCode: 400 }), error: "RECORDS_REJECTED" },
  { failure: Object.assign(new Error("x"), { status: 401 }), error: "DESTINATION_REFUSED" },
  { failure: new DOMException("x", "SyntaxError"), error: "RETRYABLE" },
  { failure: Object.assign(new Error("x"), { code: "ECONNREFUSED" }), error: "RETRYABLE" },
  { failure: new Error("Concurrent export limit reached"), error: "RETRYABLE" },
  { failure: undefined, error: "RETRYABLE" },
  { failure: null, error: "RETRYABLE" },
  { failure: "a text", error: "RETRYABLE" },
  { failure: 400, error: "RETRYABLE" },
])("the failure $failure $failure.code $failure.details becomes $error", async ({ failure, error }) => {
  const batch = testBatch(2);
  await using exporter = fromLogRecordExporter(failingWith(failure));
  const called = await rejectionOf(exporter.export(batch, { signal }));
  expect(called).toMatchObject({ code: error, ...(error === "RECORDS_REJECTED" && { records: batch }) });

  await using throwing = fromLogRecordExporter(
    exporterThat(() => {
      throw failure;
    }),
  );
  expect(await rejectionOf(throwing.export(batch, { signal }))).toMatchObject({ code: error });
});

test.for([
  { failure: http(400, '{"message":\n"too old"}'), said: '400 Status Text {"message": "too old"}.' },
  { failure: grpc(14, "No connection established"), said: "14 NAME: No connection established." },
  { failure: new TypeError(), said: "TypeError." },
  { failure: undefined, said: "it did not say why." },
  { failure: new Error("a".repeat(1000)), said: `${"a".repeat(300)}…` },
])("says who failed and quotes $said", async ({ failure, said }) => {
  class AcmeLogExporter {
    export(_logs: LogBatch, callback: Callback) {
      callback({ code: 1, ...(failure && { error: failure }) });
    }
    async forceFlush() {}
    async shutdown() {}
  }
  const unnamed = fromLogRecordExporter(new AcmeLogExporter());
  const named = fromLogRecordExporter(new AcmeLogExporter(), { name: "otel/acme" });
  await expect(unnamed.export(testBatch(1), { signal })).rejects.toThrow(`AcmeLogExporter failed: ${said}`);
  await expect(named.export(testBatch(1), { signal })).rejects.toThrow(`otel/acme failed: ${said}`);
});

test.for([
  { name: "without a prototype", failure: Object.create(null), said: "[Object: null prototype] {}." },
  { name: "that is a symbol", failure: Symbol("x"), said: "Symbol(x)." },
  {
    name: "whose message is a symbol",
    failure: { message: Symbol("x") },
    said: "{ message: Symbol(x) }.",
  },
  {
    name: "with details that are no text",
    failure: Object.assign(new Error("no"), { data: { a: 1 } }),
    said: "no { a: 1 }.",
  },
  {
    name: "of several, without words of its own",
    failure: new AggregateError([
      new Error("connect ECONNREFUSED ::1:4317"),
      new Error("connect ECONNREFUSED 127.0.0.1:4317"),
      new TypeError(),
    ]),
    said: "connect ECONNREFUSED ::1:4317; connect ECONNREFUSED 127.0.0.1:4317; TypeError.",
  },
  {
    name: "of several, with words of its own",
    failure: new AggregateError([new Error("a")], "both failed"),
    said: "both failed.",
  },
  { name: "of several, of which there are none", failure: new AggregateError([]), said: "AggregateError." },
])("a failure $name can be tried again, and is told in words", async ({ failure, said }) => {
  await using exporter = fromLogRecordExporter(failingWith(failure), { name: "otel" });
  expect(await rejectionOf(exporter.export(testBatch(1), { signal }))).toMatchObject({
    code: "RETRYABLE",
    message: `otel failed: ${said}`,
  });
});

function deepObject(levels: number): object {
  let deep = {};
  for (let level = 0; level < levels; level++) deep = { deep };
  return deep;
}
const circle: { self?: object } = {};
circle.self = circle;

test.for([
  { name: "a circle in it", body: circle },
  { name: "a depth beyond the stack", body: deepObject(20_000) },
])("of a batch with a record that has $name just that one is rejected", async ({ body }) => {
  const memory = new InMemoryLogRecordExporter();
  await using exporter = splitting(fromLogRecordExporter(memory));
  const batch = [testRecord(1), testRecord(2, { body: body as never }), testRecord(3)];
  const error = await rejectionOf(exporter.export(batch, { signal }));
  expect(error).toMatchObject({ code: "RECORDS_REJECTED" });
  expect((error as RecordsRejectedError).records[0]).toBe(batch[1]);
  expect((error as RecordsRejectedError).records).toHaveLength(1);
  expect(memory.getFinishedLogRecords()).toEqual([batch[0], batch[2]]);
});

test("a record at which the exporter's own serializer runs out of stack is rejected", async () => {
  const endless = (): void => endless();
  await using exporter = fromLogRecordExporter(exporterThat(endless));
  await expect(exporter.export(testBatch(1), { signal })).rejects.toThrow(RecordsRejectedError);
});

test("a result without a code is no success", async () => {
  await using exporter = fromLogRecordExporter(exporterThat((_, callback) => callback(undefined as never)));
  await expect(exporter.export(testBatch(1), { signal })).rejects.toThrow(RetryableError);
});

test.for([
  {
    name: "a second callback",
    handle: (callback: Callback) => {
      callback({ code: 0 });
      callback({ code: 1, error: new Error("late") });
    },
  },
  {
    name: "an error thrown after the callback",
    handle: (callback: Callback) => {
      callback({ code: 0 });
      throw new Error("late");
    },
  },
  {
    name: "a rejection after the callback",
    handle: (callback: Callback) => {
      callback({ code: 0 });
      return Promise.reject(new Error("late"));
    },
  },
])("$name changes nothing", async ({ handle }) => {
  await using exporter = fromLogRecordExporter(exporterThat((_logs, callback) => handle(callback)));
  await expect(exporter.export(testBatch(1), { signal })).resolves.toBeUndefined();
});

test("a callback after an error was thrown changes nothing", async () => {
  const { promise: told, resolve: tell } = Promise.withResolvers<void>();
  await using exporter = fromLogRecordExporter(
    exporterThat((_logs, callback) => {
      queueMicrotask(() => tell(callback({ code: 0 })));
      throw new Error("broken");
    }),
  );
  await expect(exporter.export(testBatch(1), { signal })).rejects.toThrow("broken");
  await told;
});

test("a rejection of an export that is an async function counts as its failure", async () => {
  await using exporter = fromLogRecordExporter(exporterThat(async () => Promise.reject(http(400))));
  await expect(exporter.export(testBatch(1), { signal })).rejects.toThrow(RecordsRejectedError);
});

test("an exporter that never calls back has not delivered when its time is up", async () => {
  const clock = manualClock();
  await using exporter = fromLogRecordExporter(
    exporterThat(() => {}),
    { clock, timeoutMs: 7000, name: "otel" },
  );
  const exported = rejectionOf(exporter.export(testBatch(1), { signal }));
  expect(await clock.nextSleep()).toBe(7000);
  clock.advance(7000);
  expect(await exported).toMatchObject({
    code: "RETRYABLE",
    message: "otel did not say within 7 seconds whether it succeeded.",
    remedy: "If the destination needs longer, raise the timeout.",
  });
});

test("rejects with the signal's own reason as soon as it aborts, and does not hear a late success", async () => {
  const clock = manualClock();
  const called = Promise.withResolvers<Callback>();
  await using exporter = fromLogRecordExporter(
    exporterThat((_logs, callback) => called.resolve(callback)),
    { clock },
  );
  const controller = new AbortController();
  const exported = rejectionOf(exporter.export(testBatch(1), { signal: controller.signal }));
  const callback = await called.promise;
  const reason = new Error("enough");
  controller.abort(reason);
  callback({ code: 0 });
  expect(await exported).toBe(reason);
});

test("leaves no timer behind", async () => {
  const clock = manualClock();
  await using exporter = fromLogRecordExporter(new InMemoryLogRecordExporter(), { clock });
  await exporter.export(testBatch(1), { signal });
  const sleep = clock.nextSleep().then(() => "somebody sleeps");
  expect(await Promise.race([sleep, Promise.resolve().then(() => "nobody")])).toBe("nobody");
});

test.for([
  { make: (records: LogBatch) => new RecordsRejectedError("no", { records }), code: "RECORDS_REJECTED" },
  {
    make: (records: LogBatch) => new RetryableError("no", { records, retryAfterMs: 5 }),
    code: "RETRYABLE",
    retryAfterMs: 5,
  },
])("passes on loghook's own errors in terms of the records given: $code", async ({ make, ...expected }) => {
  const { rawJSON } = JSON as unknown as { rawJSON(text: string): never };
  const batch = [testRecord(1), testRecord(2, { body: rawJSON("1e999") })];
  await using exporter = fromLogRecordExporter(
    exporterThat((logs, callback) => callback({ code: 1, error: make(logs.slice(1)) })),
  );
  const error = await rejectionOf(exporter.export(batch, { signal }));
  expect(error).toMatchObject({ message: "no", ...expected });
  expect((error as RetryableError).records).toHaveLength(1);
  expect((error as RetryableError).records?.[0]).toBe(batch[1]);
});

test("a rejection that names no records is one of all", async () => {
  const batch = testBatch(2);
  const error = new RecordsRejectedError("no", {} as never);
  await using exporter = fromLogRecordExporter(failingWith(error));
  expect(await rejectionOf(exporter.export(batch, { signal }))).toMatchObject({ records: batch });
});

test("passes on a BatchTooLargeError as it is", async () => {
  const error = new BatchTooLargeError("too large");
  await using exporter = fromLogRecordExporter(failingWith(error));
  expect(await rejectionOf(exporter.export(testBatch(2), { signal }))).toBe(error);
});

test("when disposed, shuts the exporter down once and takes nothing more", async () => {
  let shutdowns = 0;
  const exporter = fromLogRecordExporter({
    ...exporterThat(() => expect.unreachable()),
    shutdown: async () => void shutdowns++,
  });
  await exporter[Symbol.asyncDispose]();
  await exporter[Symbol.asyncDispose]();
  expect(shutdowns).toBe(1);
  await expect(exporter.export(testBatch(1), { signal })).rejects.toThrow(RetryableError);
});

test.for([
  { name: "hangs", shutdown: () => new Promise<void>(() => {}), said: "Not done within 5000 ms." },
  { name: "rejects", shutdown: () => Promise.reject(new Error("no")), said: "no" },
  {
    name: "throws",
    shutdown: () => {
      throw new Error("no");
    },
    said: "no",
  },
])("a shutdown that $name is told to the log and holds nobody up", async ({ shutdown, said }) => {
  const clock = manualClock();
  const warnings: object[] = [];
  const logger = { debug() {}, info() {}, error() {}, warn: (fields: object) => void warnings.push(fields) };
  const exporter = fromLogRecordExporter({ ...failingWith(), shutdown }, { clock, logger, name: "otel" });
  const disposed = exporter[Symbol.asyncDispose]();
  expect(await clock.nextSleep()).toBe(5000);
  clock.advance(5000);
  await disposed;
  expect(warnings).toMatchObject([{ exporter: "otel", error: { message: said } }]);
});
