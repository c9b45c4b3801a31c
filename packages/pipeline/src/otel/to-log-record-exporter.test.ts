import { setImmediate } from "node:timers/promises";
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

/** Does not give up before shutdown does. */
const patient: DeliveryPolicy = { ...delivery, retry: { ...delivery.retry, maxElapsedMs: 0 } };

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
    if (batch.length === 2) throw new RecordsRejectedError(`400 ${uids(batch)}`, { records: batch.slice(1) });
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

/** Notes what diag is told as an error. */
function diagErrors(): unknown[][] {
  const errors: unknown[][] = [];
  const ignore = () => {};
  const error = (...told: unknown[]) => void errors.push(told);
  diag.setLogger({ error, info: ignore, debug: ignore, verbose: ignore, warn: ignore });
  onTestFinished(() => diag.disable());
  return errors;
}

test.for([
  {
    name: "throws",
    callback: () => {
      throw new Error("a bug");
    },
  },
  { name: "rejects", callback: () => Promise.reject(new Error("a bug")) },
])("a callback that $name is told to diag, and nobody else", async ({ callback }) => {
  const errors = diagErrors();
  const exporter = toLogRecordExporter(memoryExporter());
  exporter.export(testBatch(1), callback);
  await exporter.shutdown();
  exporter.export(testBatch(1), callback);
  await setImmediate();
  const told = ["The callback of a log export failed.", new Error("a bug")];
  expect(errors).toEqual([told, told]);
});

test("a record without attributes is delivered like any other, with an id", async () => {
  const memory = memoryExporter();
  const record = testRecord(1, { attributes: undefined as never });
  expect(await exportTo(toLogRecordExporter(memory), [record])).toEqual({ code: 0 });
  expect(memory.taken).toEqual([expect.stringMatching(/^[\da-f-]{36}$/)]);
});

test("shutdown has what waits sent again at once, lets what is sent come to its end, and disposes once", async () => {
  const clock = manualClock();
  const answer = Promise.withResolvers<void>();
  const order: string[] = [];
  const memory = memoryExporter(async (batch) => {
    if (batch.length === 1) {
      if (memory.calls.length === 1) throw new RetryableError("503", { retryAfterMs: 3_600_000 });
      order.push("sent again");
      return;
    }
    await answer.promise;
    order.push("answered");
  });
  memory[Symbol.asyncDispose] = async () => void order.push("disposed");
  const exporter = toLogRecordExporter(memory, patient, { clock });
  const waiting = exportTo(exporter, testBatch(1));
  const sending = exportTo(exporter, testBatch(2));
  await clock.nextSleep();
  const shutdowns = [exporter.shutdown(), exporter.shutdown()];
  expect(await waiting).toEqual({ code: 0 });
  answer.resolve();
  expect(await sending).toEqual({ code: 0 });
  await Promise.all(shutdowns);
  expect(order).toEqual(["sent again", "answered", "disposed"]);
});

test("after shutdown has begun what fails is still tried again, as long as there is time", async () => {
  const clock = manualClock();
  const since = clock.now();
  let failures = 0;
  const memory = memoryExporter(() => {
    failures++;
    throw new RetryableError("503", { retryAfterMs: failures === 1 ? 3_600_000 : 8000 });
  });
  const exporter = toLogRecordExporter(memory, patient, { clock });
  const failed = exportTo(exporter, testBatch(1)).then((result) => ({ result, atMs: clock.now() - since }));
  await clock.nextSleep();
  const shutdown = exporter.shutdown();
  for (let wait = 0; wait < 3; wait++) {
    while ((await clock.nextSleep()) > 8000);
    clock.advance(8000);
  }
  // At 0 s, at 0 s again, at 8, 16 and 24 s; the next attempt would come at 32 s.
  expect(await failed).toMatchObject({ result: { code: 1, error: { message: "503" } }, atMs: 24_000 });
  expect(failures).toBe(5);
  await shutdown;
});

test("shutdown gives up a request that does not end, after 30 seconds", async () => {
  const clock = manualClock();
  const memory = memoryExporter(() => new Promise<void>(() => {}));
  const exporter = toLogRecordExporter(memory, delivery, { clock });
  const since = clock.now();
  const hanging = exportTo(exporter, testBatch(1)).then(({ code }) => ({ code, atMs: clock.now() - since }));
  await passTime(clock, exporter.shutdown());
  expect(await hanging).toEqual({ code: 1, atMs: 30_000 });
});

test.for([
  { name: "hangs", dispose: () => new Promise<void>(() => {}), said: "The exporter does not close." },
  { name: "rejects", dispose: () => Promise.reject(new Error("no")), said: "no" },
])("a disposal that $name makes shutdown reject, after five seconds at most", async ({ dispose, said }) => {
  const clock = manualClock();
  const exporter = toLogRecordExporter({ ...memoryExporter(), [Symbol.asyncDispose]: dispose }, delivery, {
    clock,
  });
  const shutdown = exporter.shutdown();
  const outcome = expect(shutdown).rejects.toThrow(said);
  while ((await clock.nextSleep()) !== 5000);
  clock.advance(5000);
  await outcome;
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
