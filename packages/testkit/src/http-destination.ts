import type { Exporter } from "@loghook/pipeline";
import { expect, test } from "vitest";
import type { DestinationUnderTest } from "./destination-under-test.ts";
import { notTaken, rejectionOf } from "./export-rejection.ts";
import { startWebhook, status, type WebhookAnswer } from "./http-server.ts";
import { testBatch } from "./log-record.ts";

/**
 * Makes an exporter that sends to `url` by HTTP, without compression: the suite looks for the records' uids in the
 * requests.
 */
export type CreateExporter = (url: string) => Exporter | Promise<Exporter>;

/** The uids of `testRecord`. They stand in a request as they are, be it JSON or protobuf. */
const uidPattern = /900\d{53}/g;

/** A webhook that takes, fails or is silent as it is told. */
export async function httpDestination(create: CreateExporter): Promise<DestinationUnderTest> {
  const webhook = await startWebhook();
  const arrived: string[] = [];
  const answerWith = (answer: WebhookAnswer) => (): void => {
    webhook.answer = answer;
  };
  const takeIt: WebhookAnswer = (request, response) => {
    arrived.push(...(request.body.toString("latin1").match(uidPattern) ?? []));
    response.writeHead(200).end();
  };
  const destination: DestinationUnderTest = {
    createExporter: () => create(webhook.url),
    arrived: () => arrived,
    take: answerWith(takeIt),
    fail: answerWith(status(503)),
    failAfterOne: answerWith((request, response) => {
      webhook.answer = status(503);
      return takeIt(request, response);
    }),
    reject: answerWith(status(400)),
    hang: (reached) => answerWith(reached)(),
    [Symbol.asyncDispose]: () => webhook[Symbol.asyncDispose](),
  };
  await destination.take();
  return destination;
}

const { signal } = new AbortController();

/** What beside the rest is asked of an exporter over HTTP. */
export function httpTests(create: CreateExporter): void {
  test("sends no request for an empty batch", async () => {
    await using webhook = await startWebhook();
    await using exporter = await create(webhook.url);
    await exporter.export([], { signal });
    expect(webhook.requests).toEqual([]);
  });

  test.for([400, 401, 404, 413, 429, 500, 503])(
    "rejects with an error that names the caller's next act when the answer is %i",
    async (code) => {
      await using webhook = await startWebhook({ answer: status(code) });
      await using exporter = await create(webhook.url);
      const batch = testBatch(2);
      const error = await rejectionOf(exporter.export(batch, { signal }), `though the answer was ${code}`);
      expect(notTaken(error, batch), "the error names no record as not taken").not.toEqual([]);
    },
  );

  test("rejects with a RetryableError when nobody listens at the destination", async () => {
    const webhook = await startWebhook();
    await using exporter = await create(webhook.url);
    await webhook[Symbol.asyncDispose]();
    const error = await rejectionOf(exporter.export(testBatch(1), { signal }), "though nobody listened");
    expect(error).toMatchObject({ code: "RETRYABLE" });
  });
}
