import { setImmediate as nextTurn } from "node:timers/promises";
import { type Exporter, type LogBatch, RecordsRejectedError, RetryableError } from "@loghook/pipeline";
import { describe, expect, type TestContext, test } from "vitest";
import type { DestinationUnderTest, ExporterDestination } from "./destination-under-test.ts";
import { notTaken, rejectionOf, uidsOf } from "./export-rejection.ts";
import { type CreateExporter, httpDestination, httpTests } from "./http-destination.ts";
import { inTime } from "./in-time.ts";
import { testBatch } from "./log-record.ts";
import { needs } from "./needs.ts";
import { recordTexts } from "./record-text.ts";

/**
 * What every exporter must honour, as tests: those of `Exporter` in @loghook/pipeline. Call it at the top of a test file.
 *
 * @param subject for an exporter over HTTP: a function that makes one that sends to a URL; a real server on this machine
 *   then answers with many a status. For any other exporter: the destination that it sends to.
 */
export function exporterContract(name: string, subject: CreateExporter | ExporterDestination): void {
  const isOverHttp = typeof subject === "function";
  const destination = isOverHttp ? { start: () => httpDestination(subject) } : subject;
  describe(`${name} honours the exporter contract`, () => {
    deliveryTests(destination);
    failureTests(destination);
    signalTests(destination);
    disposalTests(destination);
    if (isOverHttp) httpTests(subject);
  });
}

const neverAborted = new AbortController().signal;

/** A destination, and an exporter that sends to it. */
interface Subject extends AsyncDisposable {
  readonly destination: DestinationUnderTest;
  readonly exporter: Exporter;
  /** `exporter.export` with a signal that is never aborted. */
  export(batch: LogBatch): Promise<void>;
  /** The uids of those records that have not arrived. */
  missing(batch: LogBatch): Promise<unknown[]>;
}

async function start(to: ExporterDestination): Promise<Subject> {
  const destination = await to.start();
  const exporter = await destination.createExporter();
  return {
    destination,
    exporter,
    export: (batch) => exporter.export(batch, { signal: neverAborted }),
    async missing(batch) {
      const arrived: readonly unknown[] = await destination.arrived();
      return uidsOf(batch).filter((uid) => !arrived.includes(uid));
    },
    async [Symbol.asyncDispose]() {
      await exporter[Symbol.asyncDispose]();
      await destination[Symbol.asyncDispose]();
    },
  };
}

function deliveryTests(to: ExporterDestination): void {
  test("resolves when the destination has taken every record", async () => {
    await using subject = await start(to);
    await subject.export(testBatch(3));
    const missing = await subject.missing(testBatch(3));
    expect(missing, "export() resolved, and these records have not arrived").toEqual([]);
  });

  test("may be called again before the last call has settled", async () => {
    await using subject = await start(to);
    const batches = [testBatch(2, 1), testBatch(2, 3), testBatch(2, 5)];
    await Promise.all(batches.map((batch) => subject.export(batch)));
    const missing = await subject.missing(batches.flat());
    expect(missing, "export() was called three times at once, and these have not arrived").toEqual([]);
  });

  test("does nothing with an empty batch", async () => {
    await using subject = await start(to);
    await subject.export([]);
    expect(await subject.destination.arrived(), "an empty batch made these arrive").toEqual([]);
  });

  test("leaves the batch and its records as they were: other lanes hold them, too", async () => {
    await using subject = await start(to);
    const batch = testBatch(3);
    const before = recordTexts(batch);
    await subject.export(Object.freeze(batch));
    expect(recordTexts(batch), "export() has changed records that it was given").toEqual(before);
  });
}

function failureTests(to: ExporterDestination): void {
  test("rejects with a RetryableError in an outage, and takes the same records after it", async (context) => {
    await using subject = await start(to);
    needs(subject.destination.fail, context);
    await subject.destination.fail();
    const batch = testBatch(2);
    const error = await rejectionOf(subject.export(batch), "though the destination failed");
    expect(error, "an outage passes: the caller is to wait and call again").toBeInstanceOf(RetryableError);
    await subject.destination.take();
    await subject.export(notTaken(error, batch));
    expect(await subject.missing(batch), "sent again, these records have not arrived").toEqual([]);
  });

  test("leaves to the caller what was not taken when the destination fails on the way", async (context) => {
    await using subject = await start(to);
    needs(subject.destination.failAfterOne, context);
    await subject.destination.failAfterOne();
    const batch = testBatch(4);
    // One that sends all of it in one write has nothing left.
    const left: LogBatch = await subject.export(batch).then(
      () => [],
      (error: unknown) => notTaken(error, batch),
    );
    const lost = await subject.missing(batch.filter((record) => !left.includes(record)));
    expect(lost, "export() does not say that these records have not arrived").toEqual([]);
    await subject.destination.take();
    await subject.export(left);
    expect(await subject.missing(batch), "sent again, these records have not arrived").toEqual([]);
  });

  test("rejects with a RecordsRejectedError when the destination refuses the data", async (context) => {
    await using subject = await start(to);
    needs(subject.destination.reject, context);
    await subject.destination.reject();
    const batch = testBatch(2);
    const error = await rejectionOf(subject.export(batch), "though the destination refused the records");
    expect(error, "the same data would be refused again").toBeInstanceOf(RecordsRejectedError);
    expect(notTaken(error, batch), "the error names no record").not.toEqual([]);
  });
}

function signalTests(to: ExporterDestination): void {
  test("sends nothing and rejects when the signal is aborted already", async () => {
    await using subject = await start(to);
    const exported = subject.exporter.export(testBatch(1), { signal: AbortSignal.abort() });
    await rejectionOf(exported, "though its signal was aborted before");
    expect(await subject.destination.arrived(), "these were sent all the same").toEqual([]);
  });

  test("is under way while the destination is silent", async (context) => {
    await using silent = await startSilent(to, context);
    await nextTurn();
    expect(silent.outcome, "export() was over before the destination had taken anything").toBe("none yet");
  });

  test("breaks off and rejects when the signal aborts while the destination is silent", async (context) => {
    await using silent = await startSilent(to, context);
    silent.abort();
    await inTime(silent.settled, "the signal aborted, and export() is still under way", context);
    expect(silent.outcome, "the records of an aborted call count as not delivered").toBe("rejected");
  });

  test("goes on working for others after an aborted call", async () => {
    await using subject = await start(to);
    const aborted = subject.exporter.export(testBatch(1), { signal: AbortSignal.abort() });
    await rejectionOf(aborted, "though its signal was aborted before");
    await subject.export(testBatch(1));
    expect(await subject.missing(testBatch(1)), "these records have not arrived").toEqual([]);
  });
}

/** An export that a silent destination keeps waiting. */
interface SilentExport extends AsyncDisposable {
  readonly outcome: "none yet" | "resolved" | "rejected";
  readonly settled: Promise<void>;
  abort(): void;
}

async function startSilent(to: ExporterDestination, context: TestContext): Promise<SilentExport> {
  await using opened = new AsyncDisposableStack();
  const { destination, exporter } = opened.use(await start(to));
  needs(destination.hang, context);
  const reached = Promise.withResolvers<void>();
  await destination.hang(reached.resolve);
  const controller = new AbortController();
  const call = exporter.export(testBatch(1), { signal: controller.signal });
  let outcome: SilentExport["outcome"] = "none yet";
  const settled = call
    .then(
      () => "resolved" as const,
      () => "rejected" as const,
    )
    .then((how) => {
      outcome = how;
    });
  opened.defer(() => controller.abort());
  await inTime(
    Promise.race([reached.promise, settled]),
    "nothing has come to the silent destination",
    context,
  );
  const parts = opened.move();
  return {
    get outcome() {
      return outcome;
    },
    settled,
    abort: () => controller.abort(),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

function disposalTests(to: ExporterDestination): void {
  test("can be disposed before it is used, and again", async () => {
    await using subject = await start(to);
    await subject.exporter[Symbol.asyncDispose]();
    await expect(subject.exporter[Symbol.asyncDispose]()).resolves.toBeUndefined();
  });

  test("can be disposed after it was used, and again", async () => {
    await using subject = await start(to);
    await subject.export(testBatch(1));
    await subject.exporter[Symbol.asyncDispose]();
    await expect(subject.exporter[Symbol.asyncDispose]()).resolves.toBeUndefined();
  });
}
