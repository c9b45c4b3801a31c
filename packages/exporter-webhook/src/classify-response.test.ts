import {
  BatchTooLargeError,
  DestinationRefusedError,
  type LogBatch,
  type LoghookError,
  RecordsRejectedError,
  RetryableError,
} from "@loghook/pipeline";
import { manualClock, startServer, startWebhook, status, type TestServer, testBatch } from "@loghook/testkit";
import { expect, test } from "vitest";
import { webhookConfig } from "./config.ts";
import { createWebhookExporter } from "./exporter.ts";

const signal = new AbortController().signal;

function exporterTo({ url }: Pick<TestServer, "url">, config: object = {}) {
  return createWebhookExporter(webhookConfig.parse({ url, ...config }), { env: {}, clock: manualClock() });
}

/** What `export` rejects with; undefined when it resolves. */
async function errorOf(
  server: Pick<TestServer, "url">,
  { config = {}, batch = testBatch(2) }: { config?: object; batch?: LogBatch } = {},
): Promise<LoghookError | undefined> {
  await using exporter = exporterTo(server, config);
  return await exporter.export(batch, { signal }).then(
    () => undefined,
    (error) => error,
  );
}

const retryable = { code: "RETRYABLE" };
const refused = { code: "DESTINATION_REFUSED" };
const rejected = { code: "RECORDS_REJECTED" };

test.for([
  ...[200, 201, 202, 204, 206, 299].map((answer) => ({ answer, error: undefined })),
  ...[300, 301, 302, 303, 304, 307, 308].map((answer) => ({ answer, error: refused })),
  ...[400, 415, 422].map((answer) => ({ answer, error: rejected })),
  ...[401, 403, 404, 405, 410].map((answer) => ({ answer, error: refused })),
  ...[402, 406, 407, 409, 411, 412, 414, 416, 417, 418, 421, 423].map((answer) => ({
    answer,
    error: refused,
  })),
  ...[424, 426, 428, 431, 451, 499].map((answer) => ({ answer, error: refused })),
  ...[408, 425, 429].map((answer) => ({ answer, error: retryable })),
  { answer: 413, error: { code: "BATCH_TOO_LARGE" } },
  ...[500, 501, 502, 503, 504, 507, 511, 529, 599].map((answer) => ({ answer, error: retryable })),
  ...[600, 999].map((answer) => ({ answer, error: retryable })),
])("a $answer answer ends as $error.code", async ({ answer, error }) => {
  await using webhook = await startWebhook({ answer: status(answer) });
  const found = await errorOf(webhook);
  expect(found?.code).toBe(error?.code);
  expect(webhook.requests).toHaveLength(1);
});

test("the classes are those of the pipeline, so that instanceof works", async () => {
  await using webhook = await startWebhook();
  const found: unknown[] = [];
  for (const answer of [503, 413, 400, 401]) {
    webhook.answer = status(answer);
    found.push((await errorOf(webhook))?.constructor);
  }
  expect(found).toEqual([RetryableError, BatchTooLargeError, RecordsRejectedError, DestinationRefusedError]);
});

test.for([400, 415, 422])(
  "a %i answer rejects the whole batch, since nobody says which record it is",
  async (answer) => {
    await using webhook = await startWebhook({ answer: status(answer) });
    const batch = testBatch(3);
    expect(await errorOf(webhook, { batch })).toMatchObject({ code: "RECORDS_REJECTED", records: batch });
  },
);

test("a 413 answer to one record rejects that record, since it cannot be made smaller", async () => {
  await using webhook = await startWebhook({ answer: status(413) });
  const batch = testBatch(1);
  expect(await errorOf(webhook, { batch })).toMatchObject({ code: "RECORDS_REJECTED", records: batch });
});

test.for([
  { answer: 503, header: "7", retryAfterMs: 7000 },
  { answer: 429, header: "0", retryAfterMs: 0 },
  { answer: 429, header: "86400", retryAfterMs: 3_600_000 },
  { answer: 503, header: "Mon, 02 Mar 2026 09:01:30 GMT", retryAfterMs: 90_000 },
  { answer: 503, header: "Mon, 02 Mar 2026 08:00:00 GMT", retryAfterMs: 0 },
  { answer: 503, header: "soon", retryAfterMs: undefined },
  { answer: 401, header: "30", retryAfterMs: 30_000 },
])("a $answer answer with Retry-After: $header asks to wait for $retryAfterMs ms", async (row) => {
  await using webhook = await startWebhook({ answer: status(row.answer, { "retry-after": row.header }) });
  expect(await errorOf(webhook)).toMatchObject({ retryAfterMs: row.retryAfterMs });
});

test("an answer without Retry-After leaves the waiting to the caller", async () => {
  await using webhook = await startWebhook({ answer: status(503) });
  expect(await errorOf(webhook)).toMatchObject({ retryAfterMs: undefined });
});

test.for([301, 302, 303, 307, 308])(
  "a %i redirect is not followed, and its target is named",
  async (answer) => {
    await using target = await startWebhook();
    const location = `${target.url}/elsewhere?token=abcdef`;
    await using webhook = await startWebhook({ answer: status(answer, { location }) });
    const error = await errorOf(webhook);
    expect(target.requests).toEqual([]);
    expect(error?.message).toBe(
      `POST ${webhook.url}/ was answered with ${answer} to ${target.url}/elsewhere.`,
    );
    expect(error?.remedy).toBe(
      `The webhook answered ${answer}: set exporters.webhook.url to the final address.`,
    );
  },
);

test.for([
  { location: "/v2/hook", named: (url: string) => ` to ${url}/v2/hook` },
  { location: "http://[", named: () => " to an address that is none" },
])("a redirect to $location is told in words that can be used", async ({ location, named }) => {
  await using webhook = await startWebhook({ answer: status(302, { location }) });
  expect((await errorOf(webhook))?.message).toBe(
    `POST ${webhook.url}/ was answered with 302${named(webhook.url)}.`,
  );
});

test("the message has method, URL without query, status and the beginning of the answer", async () => {
  await using webhook = await startWebhook({ answer: status(500, {}, "  out of\r\ndisk\u0000 space ") });
  const error = await errorOf({ url: `${webhook.url}/hook?token=abcdef#part` });
  expect(error?.message).toBe(`POST ${webhook.url}/hook/… was answered with 500: out of disk space`);
});

test("a long answer is shortened in the message", async () => {
  await using webhook = await startWebhook({ answer: status(500, {}, "🙂".repeat(5000)) });
  const error = await errorOf(webhook);
  expect(error?.message).toBe(`POST ${webhook.url}/ was answered with 500: ${"🙂".repeat(300)}…`);
});

test.for([
  { answer: 401, words: "check exporters.webhook.authorization." },
  { answer: 403, words: "check exporters.webhook.authorization." },
  { answer: 404, words: "check exporters.webhook.url." },
  { answer: 413, words: "lower exporters.webhook.max_batch_size, or let it take more." },
])("the remedy for $answer says: $words", async ({ answer, words }) => {
  await using webhook = await startWebhook({ answer: status(answer) });
  expect((await errorOf(webhook))?.remedy).toBe(`The webhook answered ${answer}: ${words}`);
});

test("remedies name the component as the config does", async () => {
  await using webhook = await startWebhook({ answer: status(401) });
  const config = webhookConfig.parse({ url: webhook.url });
  await using exporter = createWebhookExporter(config, { id: "webhook/backup", env: {} });
  await expect(exporter.export(testBatch(1), { signal })).rejects.toMatchObject({
    remedy: "The webhook answered 401: check exporters.webhook/backup.authorization.",
  });
});

test("interim answers are passed over", async () => {
  await using server = await startServer((request, response) => {
    request.resume().on("end", () => {
      response.writeEarlyHints({ link: "</style.css>; rel=preload" });
      response.writeHead(200).end();
    });
  });
  expect(await errorOf(server)).toBeUndefined();
});

test("a webhook that refuses before it has read the whole request is understood", async () => {
  await using server = await startServer((_request, response) => {
    response.writeHead(413, { connection: "close" }).end("too much");
  });
  const body = { text: "x".repeat(200_000) };
  const batch = testBatch(2).map((record) => ({ ...record, body }));
  expect(await errorOf(server, { batch })).toMatchObject({ code: "BATCH_TOO_LARGE" });
});
