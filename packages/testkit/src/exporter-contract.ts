import {
  BatchTooLargeError,
  DestinationRefusedError,
  type Exporter,
  type LogBatch,
  RecordsRejectedError,
  RetryableError,
} from "@loghook/pipeline";
import { describe, expect, test } from "vitest";
import { startWebhook, status, type TestWebhook } from "./http-server.ts";
import { testBatch } from "./log-record.ts";

/**
 * Makes an exporter that sends to `url` by HTTP, without compression: the suite looks for the records' uids in the
 * requests.
 */
export type CreateExporter = (url: string) => Exporter | Promise<Exporter>;

/**
 * What every exporter over HTTP must honour, as tests: those of `Exporter` in @loghook/pipeline, against a real server
 * on this machine. Call it at the top of a test file.
 */
export function exporterContract(name: string, create: CreateExporter): void {
  describe(`${name} honours the exporter contract`, () => {
    deliveryTests(create);
    errorTests(create);
    signalTests(create);
    disposalTests(create);
  });
}

const neverAborted = new AbortController().signal;

/** A webhook, and an exporter that sends to it. */
interface Subject extends AsyncDisposable {
  readonly webhook: TestWebhook;
  readonly exporter: Exporter;
  /** `exporter.export` with a signal that is never aborted. */
  export(batch: LogBatch): Promise<void>;
}

async function start(create: CreateExporter): Promise<Subject> {
  const webhook = await startWebhook();
  const exporter = await create(webhook.url);
  return {
    webhook,
    exporter,
    export: (batch) => exporter.export(batch, { signal: neverAborted }),
    async [Symbol.asyncDispose]() {
      await exporter[Symbol.asyncDispose]();
      await webhook[Symbol.asyncDispose]();
    },
  };
}

function deliveryTests(create: CreateExporter): void {
  test("resolves when the destination has taken every record, not before", async () => {
    await using subject = await start(create);
    const answered = Promise.withResolvers<void>();
    subject.webhook.answer = async (_request, response) => {
      await answered.promise;
      response.writeHead(200).end();
    };
    const batch = testBatch(3);
    const exported = subject.export(batch).then(() => "resolved");
    expect(await Promise.race([exported, subject.webhook.received(1)])).toBeUndefined();
    answered.resolve();
    expect(await exported).toBe("resolved");
    expect(missingUids(subject.webhook, batch)).toEqual([]);
  });

  test("may be called again before the last call has settled", async () => {
    await using subject = await start(create);
    const batches = [testBatch(2, 1), testBatch(2, 3), testBatch(2, 5)];
    await Promise.all(batches.map((batch) => subject.export(batch)));
    expect(missingUids(subject.webhook, batches.flat())).toEqual([]);
  });

  test("does nothing with an empty batch", async () => {
    await using subject = await start(create);
    await subject.export([]);
    expect(subject.webhook.requests).toEqual([]);
  });
}

function missingUids(webhook: TestWebhook, batch: LogBatch): unknown[] {
  const sent = webhook.requests.map((request) => request.body.toString("latin1")).join("\n");
  return batch
    .map((record) => record.attributes["log.record.uid"])
    .filter((uid) => !sent.includes(String(uid)));
}

function errorTests(create: CreateExporter): void {
  test.for([400, 401, 404, 413, 429, 500, 503])(
    "rejects with an error that names the caller's next act when the answer is %i",
    async (code) => {
      await using subject = await start(create);
      subject.webhook.answer = status(code);
      const batch = testBatch(2);
      const error = await rejectionOf(subject.export(batch));
      expect(namesNextAct(error), String(error)).toBe(true);
      // An error that names records may name only such as it was given.
      expect(batch).toEqual(expect.arrayContaining([...(recordsOf(error) ?? [])]));
    },
  );

  test("takes the same records again after a RetryableError", async () => {
    await using subject = await start(create);
    subject.webhook.answer = status(503);
    const batch = testBatch(2);
    const error = await rejectionOf(subject.export(batch));
    expect(error).toBeInstanceOf(RetryableError);
    subject.webhook.answer = status(200);
    await subject.export(recordsOf(error) ?? batch);
    expect(missingUids(subject.webhook, batch)).toEqual([]);
  });

  test("rejects with a RetryableError when nobody listens at the destination", async () => {
    await using subject = await start(create);
    await subject.webhook[Symbol.asyncDispose]();
    expect(await rejectionOf(subject.export(testBatch(1)))).toBeInstanceOf(RetryableError);
  });
}

function namesNextAct(error: unknown): boolean {
  return [RetryableError, BatchTooLargeError, RecordsRejectedError, DestinationRefusedError].some(
    (kind) => error instanceof kind,
  );
}

function recordsOf(error: unknown): LogBatch | undefined {
  const namesRecords = error instanceof RetryableError || error instanceof RecordsRejectedError;
  return namesRecords ? error.records : undefined;
}

function rejectionOf(promise: Promise<void>): Promise<unknown> {
  return promise.then(
    () => "resolved",
    (error: unknown) => error,
  );
}

function signalTests(create: CreateExporter): void {
  test("sends nothing and rejects when the signal is aborted already", async () => {
    await using subject = await start(create);
    const exported = subject.exporter.export(testBatch(1), { signal: AbortSignal.abort() });
    expect(await rejectionOf(exported)).not.toBe("resolved");
    expect(subject.webhook.requests).toEqual([]);
  });

  test("breaks off and rejects when the signal aborts while the destination is silent", async () => {
    await using subject = await start(create);
    subject.webhook.answer = () => {};
    const controller = new AbortController();
    const exported = subject.exporter.export(testBatch(1), { signal: controller.signal });
    await subject.webhook.received(1);
    controller.abort();
    expect(await rejectionOf(exported)).not.toBe("resolved");
  });

  test("goes on working for others after an aborted call", async () => {
    await using subject = await start(create);
    await rejectionOf(subject.exporter.export(testBatch(1), { signal: AbortSignal.abort() }));
    await subject.export(testBatch(1));
    expect(missingUids(subject.webhook, testBatch(1))).toEqual([]);
  });
}

function disposalTests(create: CreateExporter): void {
  test("can be disposed before it is used, and again", async () => {
    await using subject = await start(create);
    await subject.exporter[Symbol.asyncDispose]();
    await expect(subject.exporter[Symbol.asyncDispose]()).resolves.toBeUndefined();
  });

  test("can be disposed after it was used, and again", async () => {
    await using subject = await start(create);
    await subject.export(testBatch(1));
    await subject.exporter[Symbol.asyncDispose]();
    await expect(subject.exporter[Symbol.asyncDispose]()).resolves.toBeUndefined();
  });
}
