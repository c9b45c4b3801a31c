import { type ManualClock, manualClock, memoryExporter, testBatch, testRecord } from "@loghook/testkit";
import { diag } from "@opentelemetry/api";
import {
  BatchLogRecordProcessor,
  LoggerProvider,
  type LogRecordExporter,
  SimpleLogRecordProcessor,
} from "@opentelemetry/sdk-logs";
import { expect, onTestFinished, test } from "vitest";
import type { DeliveryPolicy, LogBatch } from "../component.ts";
import {
  BatchTooLargeError,
  DestinationRefusedError,
  RecordsRejectedError,
  RetryableError,
} from "../errors.ts";
import { toLogRecordExporter } from "./to-log-record-exporter.ts";

type Result = Parameters<Parameters<LogRecordExporter["export"]>[1]>[0];

const delivery: DeliveryPolicy = {
  maxBatchSize: 100,
  concurrency: 5,
  retry: { initialIntervalMs: 1000, maxIntervalMs: 1000, maxElapsedMs: undefined },
};

function exportTo(exporter: LogRecordExporter, batch: LogBatch): Promise<Result> {
  return new Promise((resolve) => exporter.export([...batch], resolve));
}

/** Lets time go by until everybody has what he waits for. */
async function passTime<T>(clock: ManualClock, outcome: Promise<T>): Promise<T> {
  let isSettled = false;
  const settled = outcome.finally(() => {
    isSettled = true;
  });
  while (!isSettled) {
    const sleeping = await Promise.race([settled.then(() => undefined), clock.nextSleep()]);
    if (sleeping !== undefined) clock.advance(sleeping);
  }
  return await settled;
}

const uids = (batch: LogBatch) => batch.map((record) => record.attributes["log.record.uid"]);

test("reports success when every record is taken, in batches of the size that was asked for", async () => {
  const memory = memoryExporter();
  const exporter = toLogRecordExporter(memory, { ...delivery, maxBatchSize: 40 });
  expect(await exportTo(exporter, testBatch(100))).toEqual({ code: 0 });
  expect(memory.calls.map((batch) => batch.length)).toEqual([40, 40, 20]);
  expect(memory.taken).toEqual(uids(testBatch(100)));
});

test("reports success for nothing at all", async () => {
  expect(await exportTo(toLogRecordExporter(memoryExporter()), [])).toEqual({ code: 0 });
});

test("never has more calls under way than concurrency allows", async () => {
  let underWay = 0;
  let most = 0;
  const memory = memoryExporter(async () => {
    most = Math.max(most, ++underWay);
    await Promise.resolve();
    underWay--;
  });
  const exporter = toLogRecordExporter(memory, { ...delivery, maxBatchSize: 1, concurrency: 3 });
  await Promise.all([exportTo(exporter, testBatch(10)), exportTo(exporter, testBatch(10, 11))]);
  expect(memory.taken).toHaveLength(20);
  expect(most).toBe(3);
});

test("tries again, with what was not taken", async () => {
  const clock = manualClock();
  const memory = memoryExporter((batch) => {
    if (batch.length > 1) throw new RetryableError("503", { records: batch.slice(1) });
  });
  const exporter = toLogRecordExporter(memory, delivery, { clock });
  expect(await passTime(clock, exportTo(exporter, testBatch(4)))).toEqual({ code: 0 });
  expect(memory.calls.map((batch) => batch.length)).toEqual([4, 3, 2, 1]);
});

test("splits what is too large, and reports just the refused records of the rest", async () => {
  const batch = testBatch(10);
  const memory = memoryExporter((part) => {
    if (part.length > 6) throw new BatchTooLargeError("413");
    if (part.includes(batch[3] as LogBatch[number])) throw new RecordsRejectedError("400", { records: part });
  });
  const result = await exportTo(toLogRecordExporter(memory, delivery), batch);
  expect(result).toMatchObject({ code: 1, error: { code: "RECORDS_REJECTED", records: [batch[3]] } });
  expect(memory.taken.toSorted()).toEqual(uids(batch.toSpliced(3, 1)));
});

test.for([
  { maxElapsedMs: undefined, atMostMs: 30_000 },
  { maxElapsedMs: 5000, atMostMs: 5000 },
])("with maxElapsedMs $maxElapsedMs gives up within $atMostMs ms", async ({ maxElapsedMs, atMostMs }) => {
  const clock = manualClock();
  const since = clock.now();
  const refused = new DestinationRefusedError("401");
  const memory = memoryExporter(() => {
    throw refused;
  });
  const retry = { ...delivery.retry, maxElapsedMs };
  const exporter = toLogRecordExporter(memory, { ...delivery, retry }, { clock });
  expect(await passTime(clock, exportTo(exporter, testBatch(4)))).toEqual({ code: 1, error: refused });
  expect(clock.now() - since).toBe(atMostMs);
  expect(memory.calls).toHaveLength(atMostMs / 1000 + 1);
});

test("of several batches that fail, all errors are reported", async () => {
  const memory = memoryExporter((batch) => {
    if (batch.length === 2) throw new RecordsRejectedError(`400 ${uids(batch)}`, { records: [] });
  });
  const { code, error } = await exportTo(
    toLogRecordExporter(memory, { ...delivery, maxBatchSize: 2 }),
    testBatch(5),
  );
  expect(code).toBe(1);
  expect(error).toBeInstanceOf(AggregateError);
  expect((error as AggregateError).errors).toHaveLength(2);
  expect(error?.message).toMatch(/^2 of 3 batches failed\. 400 900/);
});

test("tells OpenTelemetry's diag of every wait", async () => {
  const warnings: string[] = [];
  const ignore = () => {};
  diag.setLogger({
    error: ignore,
    info: ignore,
    debug: ignore,
    verbose: ignore,
    warn: (text) => void warnings.push(text),
  });
  onTestFinished(() => diag.disable());
  const clock = manualClock();
  const memory = memoryExporter(() => {
    if (memory.calls.length === 1) throw new RetryableError("No answer.", { retryAfterMs: 2000 });
  });
  await passTime(clock, exportTo(toLogRecordExporter(memory, delivery, { clock }), testBatch(1)));
  expect(warnings).toEqual(["No answer. Attempt 1 failed, the next one follows in 2.0 s."]);
});

test("gives records without an id one of their own, which every attempt keeps", async () => {
  const clock = manualClock();
  const memory = memoryExporter(() => {
    if (memory.calls.length % 2 === 1) throw new RetryableError("503");
  });
  const exporter = toLogRecordExporter(memory, delivery, { clock });
  const line = testRecord(1, { attributes: { shop: "eu" } });
  const named = testRecord(2);
  await passTime(clock, exportTo(exporter, [line, line, named]));
  await passTime(clock, exportTo(exporter, [line, line, named]));
  const [first, again, second] = memory.calls.map(uids);
  expect(again).toEqual(first);
  expect(new Set([...(first ?? []), ...(second ?? [])]).size).toBe(5);
  expect(memory.calls[0]?.[2]).toBe(named);
  expect(memory.calls[0]?.[0]?.attributes).toMatchObject({ shop: "eu" });
  expect(line.attributes).toEqual({ shop: "eu" });
});

test("forceFlush resolves when what is in flight has its result, with retries and all", async () => {
  const clock = manualClock();
  const memory = memoryExporter(() => {
    if (memory.calls.length === 1) throw new RetryableError("503");
  });
  const exporter = toLogRecordExporter(memory, delivery, { clock });
  const results: Result[] = [];
  exporter.export(testBatch(1), (result) => results.push(result));
  await passTime(clock, exporter.forceFlush());
  expect(results).toEqual([{ code: 0 }]);
  await exporter.forceFlush();
});

test("shutdown ends the waits, lets the request in flight come to its end, and disposes once", async () => {
  const clock = manualClock();
  const answer = Promise.withResolvers<void>();
  const order: string[] = [];
  const memory = memoryExporter(async (batch) => {
    if (batch.length === 1) throw new RetryableError("503");
    await answer.promise;
    order.push("answered");
  });
  memory[Symbol.asyncDispose] = async () => void order.push("disposed");
  const exporter = toLogRecordExporter(memory, delivery, { clock });
  const waiting = exportTo(exporter, testBatch(1));
  const sending = exportTo(exporter, testBatch(2));
  await clock.nextSleep();
  const shutdowns = [exporter.shutdown(), exporter.shutdown()];
  expect(await waiting).toMatchObject({ code: 1, error: { message: "503" } });
  answer.resolve();
  expect(await sending).toEqual({ code: 0 });
  await Promise.all(shutdowns);
  expect(order).toEqual(["answered", "disposed"]);
});

test("shutdown gives up a request that does not end, after 30 seconds", async () => {
  const clock = manualClock();
  const memory = memoryExporter(() => new Promise<void>(() => {}));
  const exporter = toLogRecordExporter(memory, delivery, { clock });
  const hanging = exportTo(exporter, testBatch(1));
  const since = clock.now();
  await passTime(clock, exporter.shutdown());
  expect(clock.now() - since).toBe(30_000);
  expect(await hanging).toMatchObject({ code: 1 });
});

test("an export after shutdown fails, and sends nothing", async () => {
  const memory = memoryExporter();
  const exporter = toLogRecordExporter(memory);
  await exporter.shutdown();
  expect(await exportTo(exporter, testBatch(1))).toMatchObject({
    code: 1,
    error: { message: "Nothing was exported after shutdown." },
  });
  expect(memory.calls).toEqual([]);
});

test("an export beyond 2048 pending ones fails at once", async () => {
  const answer = Promise.withResolvers<void>();
  const exporter = toLogRecordExporter(memoryExporter(() => answer.promise));
  const results = Array.from({ length: 2049 }, (_, n) => exportTo(exporter, testBatch(1, n)));
  expect(await results.at(-1)).toMatchObject({
    code: 1,
    error: { message: "2048 exports are pending already." },
  });
  answer.resolve();
  expect(new Set((await Promise.all(results.slice(0, -1))).map(({ code }) => code))).toEqual(new Set([0]));
  expect(await exportTo(exporter, testBatch(1))).toEqual({ code: 0 });
});

test.for(["batch", "simple"] as const)("works behind OpenTelemetry's %s processor", async (kind) => {
  const memory = memoryExporter();
  const exporter = toLogRecordExporter(memory, { ...delivery, maxBatchSize: 7 });
  const processor =
    kind === "batch" ? new BatchLogRecordProcessor({ exporter }) : new SimpleLogRecordProcessor({ exporter });
  const provider = new LoggerProvider({ processors: [processor] });
  const logger = provider.getLogger("app");
  for (let n = 0; n < 20; n++) logger.emit({ body: "the same line", severityText: "INFO" });
  await provider.shutdown();
  expect(memory.calls.map((batch) => batch.length)).toEqual(kind === "batch" ? [7, 7, 6] : Array(20).fill(1));
  expect(memory.calls.flat().map(({ body, severityText }) => `${severityText} ${body}`)).toEqual(
    Array(20).fill("INFO the same line"),
  );
  expect(new Set(memory.taken).size).toBe(20);
});
