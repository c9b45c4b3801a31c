import type { LogBatch, LoghookError } from "@loghook/pipeline";
import { startWebhook, status, type TestWebhook, testBatch, type WebhookAnswer } from "@loghook/testkit";
import { expect, test } from "vitest";
import { webhookConfig } from "./config.ts";
import { createWebhookExporter } from "./exporter.ts";

const signal = new AbortController().signal;

/** Answers by the number of the record: `{ 2: 503 }` refuses the second one, all others are taken. */
function answers(statusOf: Record<number, number>, headers: Record<string, string> = {}): WebhookAnswer {
  return (request, response) => {
    const n = Number(JSON.parse(request.body.toString()).log_id.slice(-3));
    return status(statusOf[n] ?? 200, headers)(request, response);
  };
}

async function exportTo(
  webhook: TestWebhook,
  batch: LogBatch,
  config: object = {},
): Promise<LoghookError | undefined> {
  const settings = webhookConfig.parse({ url: webhook.url, send_as_batch: false, ...config });
  await using exporter = createWebhookExporter(settings, { env: {} });
  return await exporter.export(batch, { signal }).then(
    () => undefined,
    (error) => error,
  );
}

test("sends each record by itself, as the object that it is", async () => {
  await using webhook = await startWebhook();
  const batch = testBatch(3);
  expect(await exportTo(webhook, batch)).toBeUndefined();
  expect(webhook.requests.map(({ body }) => body.toString())).toEqual(
    batch.map((record) => JSON.stringify(record.body)),
  );
  expect(new Set(webhook.requests.map(({ headers }) => headers["webhook-id"])).size).toBe(3);
});

const batch = testBatch(6);

test.for([
  { answer: { 3: 400 }, code: "RECORDS_REJECTED", failed: [3] },
  { answer: { 3: 400, 4: 422, 6: 413 }, code: "RECORDS_REJECTED", failed: [3, 4, 6] },
  {
    answer: { 1: 400, 2: 400, 3: 400, 4: 400, 5: 400, 6: 400 },
    code: "RECORDS_REJECTED",
    failed: [1, 2, 3, 4, 5, 6],
  },
  // What would meet the next record as well ends the sending.
  { answer: { 2: 503 }, code: "RETRYABLE", failed: [2, 3, 4, 5, 6] },
  { answer: { 6: 401 }, code: "RETRYABLE", failed: [6] },
  // A rejected record is not reported as settled while another one of the batch has to come back.
  { answer: { 2: 400, 5: 503 }, code: "RETRYABLE", failed: [2, 5, 6] },
])("the answers $answer end as $code with just the records $failed", async ({ answer, code, failed }) => {
  await using webhook = await startWebhook({ answer: answers(answer) });
  const error = await exportTo(webhook, batch);
  expect(error).toMatchObject({ code, records: failed.map((n) => batch[n - 1]) });
  expect(error?.message).toContain(`${failed.length} of 6 records were not taken. POST ${webhook.url}/`);
});

test.for([
  { answer: 401, expected: { code: "DESTINATION_REFUSED" } },
  { answer: 503, expected: { code: "RETRYABLE", records: undefined, retryAfterMs: 30_000 } },
])("$answer to the first record stands for the whole batch, and stops the sending", async (row) => {
  await using webhook = await startWebhook({ answer: status(row.answer, { "retry-after": "30" }) });
  const error = await exportTo(webhook, batch);
  expect(error).toMatchObject(row.expected);
  expect(error?.message).toBe(`POST ${webhook.url}/ was answered with ${row.answer}.`);
  expect(webhook.requests).toHaveLength(1);
});

test("when asked to wait no further record is sent, and the wait is passed on", async () => {
  await using webhook = await startWebhook({ answer: answers({ 2: 429 }, { "retry-after": "30" }) });
  const error = await exportTo(webhook, batch);
  expect(error).toMatchObject({ code: "RETRYABLE", retryAfterMs: 30_000, records: batch.slice(1) });
  expect(webhook.requests).toHaveLength(2);
});

test("sending what an error names, until there is none, delivers every record exactly once", async () => {
  const taken: string[] = [];
  let attempt = 0;
  await using webhook = await startWebhook({
    answer(request, response) {
      const id = JSON.parse(request.body.toString()).log_id;
      const code =
        [
          [503, 200],
          [200, 401],
          [500, 200],
        ][attempt % 3]?.[Number(id.slice(-1)) % 2] ?? 200;
      if (code === 200) taken.push(id);
      response.writeHead(code).end();
    },
  });
  let left: LogBatch = testBatch(9);
  for (; attempt < 20; attempt++) {
    const error = await exportTo(webhook, left);
    if (!error) break;
    left = (error as { records?: LogBatch }).records ?? left;
  }
  expect(taken.toSorted()).toEqual(testBatch(9).map((record) => record.attributes["log.record.uid"]));
});

test("a record that cannot be written as JSON is rejected, and the others are delivered", async () => {
  await using webhook = await startWebhook();
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  const [first, second, third] = testBatch(3);
  if (!first || !second || !third) throw new Error("three were asked for");
  const unwritable = { ...second, body: circle as never };
  const error = await exportTo(webhook, [first, unwritable, third]);
  expect(error).toMatchObject({ code: "RECORDS_REJECTED", records: [unwritable] });
  expect(webhook.requests).toHaveLength(2);
});

test("in a batch a record that cannot be written as JSON rejects all, since none was sent", async () => {
  await using webhook = await startWebhook();
  const records = testBatch(2).map((record, index) => ({
    ...record,
    body: (index === 1 ? 1n : "fine") as never,
  }));
  const error = await exportTo(webhook, records, { send_as_batch: true });
  expect(error).toMatchObject({ code: "RECORDS_REJECTED", records });
  expect(webhook.requests).toEqual([]);
});

test("a single record fails with the plain error of its request", async () => {
  await using webhook = await startWebhook({ answer: status(503) });
  const error = await exportTo(webhook, testBatch(1));
  expect(error).toMatchObject({ code: "RETRYABLE", records: undefined });
  expect(error?.message).toBe(`POST ${webhook.url}/ was answered with 503.`);
});
