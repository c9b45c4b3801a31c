import {
  BatchTooLargeError,
  DestinationRefusedError,
  type LogBatch,
  type LoghookError,
  RecordsRejectedError,
  RetryableError,
} from "@loghook/pipeline";
import { manualClock, startWebhook, status, testBatch, type WebhookAnswer } from "@loghook/testkit";
import { describe, expect, test } from "vitest";
import { otlpConfig } from "./config.ts";
import { createOtlpExporter } from "./exporter.ts";
import { protobufMessage } from "./otlp-wire.test-kit.ts";

const signal = new AbortController().signal;
const json = { "content-type": "application/json" };
const proto = { "content-type": "application/x-protobuf" };
const octets = { "content-type": "application/octet-stream" };
const html = { "content-type": "text/html; charset=utf-8" };

/** An answer with these bytes. */
function bytes(code: number, headers: Record<string, string>, body: Uint8Array | string): WebhookAnswer {
  return (_request, response) => void response.writeHead(code, headers).end(body);
}

/** What `export` rejects with, undefined when it resolves; what was warned of; the URL without its path. */
async function outcomeOf(
  answer: WebhookAnswer,
  { settings = {}, batch = testBatch(2) }: { settings?: object; batch?: LogBatch } = {},
): Promise<{ error: LoghookError | undefined; warnings: object[]; url: string; requests: number }> {
  await using server = await startWebhook({ answer });
  const warnings: object[] = [];
  const logger = { debug() {}, info() {}, error() {}, warn: (fields: object) => void warnings.push(fields) };
  const config = otlpConfig.parse({ endpoint: server.url, ...settings });
  await using exporter = createOtlpExporter(config, { env: {}, clock: manualClock(), logger });
  const error = await exporter.export(batch, { signal }).then(
    () => undefined,
    (reason) => reason,
  );
  return { error, warnings, url: server.url, requests: server.requests.length };
}

test.for([
  ...[200, 201, 202, 204, 206, 299].map((answer) => ({ answer, code: undefined })),
  ...[429, 502, 503, 504].map((answer) => ({ answer, code: "RETRYABLE" })),
  ...[400, 415, 422].map((answer) => ({ answer, code: "RECORDS_REJECTED" })),
  { answer: 413, code: "BATCH_TOO_LARGE" },
  ...[300, 301, 302, 303, 304, 307, 308].map((answer) => ({ answer, code: "DESTINATION_REFUSED" })),
  ...[401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 414, 421, 425, 426, 428, 431, 451, 499].map(
    (answer) => ({ answer, code: "DESTINATION_REFUSED" }),
  ),
  ...[500, 501, 505, 507, 511, 529, 599].map((answer) => ({ answer, code: "DESTINATION_REFUSED" })),
  ...[600, 999].map((answer) => ({ answer, code: "RETRYABLE" })),
])("a $answer answer ends as $code, after one request", async ({ answer, code }) => {
  const { error, requests } = await outcomeOf(status(answer));
  expect(error?.code).toBe(code);
  expect(requests).toBe(1);
});

test("the classes are those of the pipeline, so that instanceof works", async () => {
  const found: unknown[] = [];
  for (const code of [503, 413, 400, 401]) found.push((await outcomeOf(status(code))).error?.constructor);
  expect(found).toEqual([RetryableError, BatchTooLargeError, RecordsRejectedError, DestinationRefusedError]);
});

test.for([400, 415, 422])(
  "a %i answer rejects the whole batch, since nobody says which record it is",
  async (code) => {
    const batch = testBatch(3);
    const { error } = await outcomeOf(status(code), { batch });
    expect(error).toMatchObject({ code: "RECORDS_REJECTED", records: batch });
  },
);

test("a 413 answer to one record rejects that record, since it cannot be made smaller", async () => {
  const batch = testBatch(1);
  const { error } = await outcomeOf(status(413), { batch });
  expect(error).toMatchObject({ code: "RECORDS_REJECTED", records: batch });
});

test.for([
  { answer: 503, header: "7", retryAfterMs: 7000 },
  { answer: 429, header: "0", retryAfterMs: 0 },
  { answer: 429, header: "86400", retryAfterMs: 3_600_000 },
  { answer: 502, header: "Mon, 02 Mar 2026 09:01:30 GMT", retryAfterMs: 90_000 },
  { answer: 504, header: "Mon, 02 Mar 2026 08:00:00 GMT", retryAfterMs: 0 },
  { answer: 503, header: "soon", retryAfterMs: undefined },
  { answer: 500, header: "30", retryAfterMs: 30_000 },
])("a $answer answer with Retry-After: $header asks to wait for $retryAfterMs ms", async (row) => {
  const { error } = await outcomeOf(status(row.answer, { "retry-after": row.header }));
  expect(error).toMatchObject({ retryAfterMs: row.retryAfterMs });
});

test.for([
  {
    answer: 400,
    words:
      "check that the server takes what exporters.otlp_http.encoding and exporters.otlp_http.compression make",
  },
  { answer: 401, words: "check exporters.otlp_http.headers" },
  { answer: 403, words: "check exporters.otlp_http.headers" },
  { answer: 404, words: "check exporters.otlp_http.endpoint" },
  { answer: 307, words: "set exporters.otlp_http.endpoint to the final address" },
  { answer: 413, words: "lower exporters.otlp_http.max_batch_size, or let it take more" },
  { answer: 500, words: "look for the reason in its log" },
])("the remedy for $answer says: $words", async ({ answer, words }) => {
  const { error } = await outcomeOf(status(answer));
  expect(error?.remedy).toBe(`The server answered ${answer}: ${words}.`);
});

test("remedies name logs_endpoint where that is what was set", async () => {
  await using server = await startWebhook({ answer: status(404) });
  const config = otlpConfig.parse({ logs_endpoint: `${server.url}/in` });
  await using exporter = createOtlpExporter(config, { id: "otlp_http/backup", env: {} });
  await expect(exporter.export(testBatch(1), { signal })).rejects.toMatchObject({
    message: `POST ${server.url}/in was answered with 404.`,
    remedy: "The server answered 404: check exporters.otlp_http/backup.logs_endpoint.",
  });
});

const problem = "no logs\n today";
const inProto = protobufMessage("Status", {
  code: 3,
  message: problem,
  details: [{ typeUrl: "type.googleapis.com/google.rpc.BadRequest", value: Buffer.from([10, 1, 97]) }],
});

test.for([
  { as: "protobuf", answer: bytes(400, proto, inProto), told: ": no logs today" },
  { as: "protobuf of an unnamed type", answer: bytes(503, {}, inProto), told: ": no logs today" },
  {
    as: "protobuf, long",
    answer: bytes(503, proto, protobufMessage("Status", { message: "x".repeat(20_000) })),
    told: `: ${"x".repeat(300)}…`,
  },
  {
    as: "JSON",
    answer: bytes(400, json, JSON.stringify({ code: 3, message: problem, details: [] })),
    told: ": no logs today",
  },
  {
    as: "JSON with its charset",
    answer: bytes(500, { "content-type": "application/json; charset=utf-8" }, '{"message":"no"}'),
    told: ": no",
  },
  {
    as: "JSON called text",
    answer: bytes(500, { "content-type": "text/plain" }, '{"message":"no"}'),
    told: ": no",
  },
  { as: "other JSON", answer: bytes(500, json, '{"error":"no"}'), told: ': {"error":"no"}' },
  { as: "broken JSON", answer: bytes(500, json, '{"message":"n'), told: ': {"message":"n' },
  {
    as: "plain text",
    answer: bytes(401, { "content-type": "text/plain" }, "who are you"),
    told: ": who are you",
  },
  { as: "a page", answer: bytes(502, html, "<h1>Bad Gateway</h1>"), told: ": <h1>Bad Gateway</h1>" },
  { as: "text of an unnamed type", answer: bytes(502, {}, "no route"), told: ": no route" },
  { as: "text that skips as protobuf", answer: bytes(502, {}, "accepted"), told: ": accepted" },
  { as: "nothing", answer: bytes(502, proto, ""), told: "." },
])("what a failure says as $as is in the message", async ({ answer, told }) => {
  for (const encoding of ["proto", "json"]) {
    const { error } = await outcomeOf(answer, { settings: { encoding } });
    expect(error?.message).toMatch(/^POST http:\/\/127\.0\.0\.1:\d+\/v1\/… was answered with \d{3}/);
    expect(error?.message.replace(/^.* was answered with \d{3}/, "")).toBe(told);
  }
});

test("a message that repeats our secrets does not bring them into the error", async () => {
  const authorization = "Bearer hunter22token";
  const text = protobufMessage("Status", { message: "unknown hunter22token, or Bearer hunter22token" });
  const settings = { headers: { Authorization: authorization, "x-key": "k3ys3cret" } };
  const { error } = await outcomeOf(bytes(401, proto, text), { settings });
  expect(error?.message).toMatch(/: unknown \[redacted\], or \[redacted\]$/);
});

interface PartialSuccess {
  readonly rejectedLogRecords?: number | string;
  readonly errorMessage?: string;
}

function snakeCased(response: object): string {
  return JSON.stringify(response).replace(/[A-Z](?=\w*":)/g, (letter) => `_${letter.toLowerCase()}`);
}

/** A response in protobuf, and in what JSON may look like. */
function answersWith(partialSuccess: PartialSuccess): { as: string; answer: WebhookAnswer }[] {
  const inProto = protobufMessage("ExportLogsServiceResponse", { partialSuccess });
  const { rejectedLogRecords = 0, ...others } = partialSuccess;
  const asNumber = { partialSuccess: { ...others, rejectedLogRecords: Number(rejectedLogRecords) } };
  const asText = { partialSuccess: { ...others, rejectedLogRecords: String(rejectedLogRecords) } };
  return [
    { as: "protobuf", answer: bytes(200, proto, inProto) },
    { as: "protobuf of an unnamed type", answer: bytes(200, {}, inProto) },
    { as: "JSON", answer: bytes(200, json, JSON.stringify(asNumber)) },
    { as: "JSON with int64 as a text", answer: bytes(200, json, JSON.stringify(asText)) },
    { as: "JSON of an unnamed type", answer: bytes(202, {}, JSON.stringify(asText)) },
    { as: "protobuf called a stream of bytes", answer: bytes(200, octets, inProto) },
    { as: "JSON with the names of the definition", answer: bytes(200, json, snakeCased(asText)) },
  ];
}

describe.for(["proto", "json"])("asked in %s", (encoding) => {
  const settings = { encoding };

  test.for(answersWith({ rejectedLogRecords: 2, errorMessage: "too\n old" }))(
    "records rejected as $as are rejected, with what the server says",
    async ({ answer }) => {
      const batch = testBatch(5);
      const { error, warnings, url } = await outcomeOf(answer, { settings, batch });
      expect(error).toMatchObject({ code: "RECORDS_REJECTED", records: batch });
      expect(error).toMatchObject({
        answer: expect.stringMatching(/^20[02]: 2 of 5 records rejected: too old$/),
      });
      expect(error?.message).toMatch(
        new RegExp(`^POST ${url}/v1/… was answered with 20[02] and 2 of 5 records rejected: too old$`),
      );
      expect(warnings).toEqual([]);
    },
  );

  test.for(answersWith({ rejectedLogRecords: 5 }))(
    "all may be rejected without a word, as $as",
    async ({ answer }) => {
      const { error } = await outcomeOf(answer, { settings, batch: testBatch(5) });
      expect(error?.message).toMatch(/ and 5 of 5 records rejected\.$/);
    },
  );

  test.for(answersWith({ rejectedLogRecords: 0, errorMessage: "use gzip" }))(
    "a message without a rejection, as $as, is a warning and the records are taken",
    async ({ answer }) => {
      const { error, warnings } = await outcomeOf(answer, { settings });
      expect(error).toBeUndefined();
      expect(warnings).toEqual([{ exporter: "otlp_http", warning: "use gzip" }]);
    },
  );

  test.for([
    ...answersWith({}),
    { as: "an empty body", answer: bytes(200, proto, "") },
    { as: "an empty body called JSON", answer: bytes(200, json, "") },
    { as: "an empty page", answer: bytes(200, html, "") },
    { as: "{}", answer: bytes(200, json, "{}") },
    { as: "{} called text", answer: bytes(200, { "content-type": "text/plain" }, "{}") },
    { as: "null inside", answer: bytes(200, json, '{"partialSuccess":null}') },
    { as: "null in the definition's name", answer: bytes(200, json, '{"partial_success":null}') },
    {
      as: "nulls inside",
      answer: bytes(200, json, '{"partialSuccess":{"rejectedLogRecords":null,"errorMessage":null}}'),
    },
    {
      as: "JSON with unknown fields",
      answer: bytes(200, json, '{"status":"ok","partialSuccess":{"more":1}}'),
    },
    { as: "protobuf with unknown fields", answer: bytes(200, proto, Buffer.from([0x10, 5, 0x1a, 1, 97])) },
  ])("a full success as $as is a success without a warning", async ({ answer }) => {
    const { error, warnings } = await outcomeOf(answer, { settings });
    expect(error).toBeUndefined();
    expect(warnings).toEqual([]);
  });

  test.for([
    { as: "a page", answer: bytes(200, html, "<!doctype html><title>Log in</title>") },
    { as: "a page of an unnamed type", answer: bytes(200, {}, "<!doctype html><title>Log in</title>") },
    { as: "a text", answer: bytes(200, { "content-type": "text/plain" }, "accepted") },
    { as: "a text of an unnamed type", answer: bytes(200, {}, "OK") },
    ...[
      "error",
      "accepted",
      "queued",
      "1",
      "ok",
      "\n",
      "\n!",
      "\n Log in with your own account please.",
    ].flatMap((text) => [
      { as: `the text ${JSON.stringify(text)} of an unnamed type`, answer: bytes(200, {}, text) },
      {
        as: `the text ${JSON.stringify(text)} called a stream of bytes`,
        answer: bytes(200, octets, text),
      },
    ]),
    {
      as: "JSON of somebody else",
      answer: bytes(200, json, '{"status":"error","errors":["all rejected"]}'),
    },
    { as: "broken JSON", answer: bytes(200, json, '{"partialSuccess":{"rejected') },
    { as: "JSON that is no object", answer: bytes(200, json, "[]") },
    {
      as: "JSON whose count is none",
      answer: bytes(200, json, '{"partialSuccess":{"rejectedLogRecords":"some"}}'),
    },
    {
      as: "JSON with a negative count",
      answer: bytes(200, json, '{"partialSuccess":{"rejectedLogRecords":-1}}'),
    },
    { as: "JSON whose message is none", answer: bytes(200, json, '{"partialSuccess":{"errorMessage":{}}}') },
    { as: "protobuf cut short", answer: bytes(200, proto, Buffer.from([10, 9, 8, 2])) },
    { as: "more than is read", answer: bytes(200, json, JSON.stringify({ a: "x".repeat(70_000) })) },
  ])("a 200 with $as is no success, since rejected records may be in it", async ({ answer }) => {
    const { error, url } = await outcomeOf(answer, { settings });
    expect(error).toMatchObject({
      code: "DESTINATION_REFUSED",
      message: expect.stringContaining(`POST ${url}/v1/… was answered with 200, but not in OTLP: `),
      remedy: "The server answered 200 with something that is not OTLP: check exporters.otlp_http.endpoint.",
    });
  });
});

test("a negative count in protobuf is no success either", async () => {
  const body = protobufMessage("ExportLogsServiceResponse", { partialSuccess: { rejectedLogRecords: -1 } });
  expect((await outcomeOf(bytes(200, proto, body))).error?.code).toBe("DESTINATION_REFUSED");
});

test("a warning is told once, however often the server gives it, and another one as well", async () => {
  const messages = ["use gzip", "use gzip", "old endpoint", "use gzip"];
  const left = [...messages];
  await using server = await startWebhook({
    answer(request, response) {
      const errorMessage = left.shift() ?? "";
      return bytes(200, json, JSON.stringify({ partialSuccess: { errorMessage } }))(request, response);
    },
  });
  const warnings: unknown[] = [];
  const warn = (fields: object, message: string) => void warnings.push({ ...fields, message });
  const logger = { debug() {}, info() {}, error() {}, warn };
  const config = otlpConfig.parse({ endpoint: server.url });
  await using exporter = createOtlpExporter(config, { id: "otlp_http/a", env: {}, logger });
  for (const _ of messages) await exporter.export(testBatch(1), { signal });
  const message = "The OTLP server took the records and has a warning.";
  expect(warnings).toEqual([
    { exporter: "otlp_http/a", warning: "use gzip", message },
    { exporter: "otlp_http/a", warning: "old endpoint", message },
  ]);
});

test("a server whose warnings never end is not listened to for ever", async () => {
  let count = 0;
  await using server = await startWebhook({
    answer(request, response) {
      const errorMessage = `request ${count++}`;
      return bytes(200, json, JSON.stringify({ partialSuccess: { errorMessage } }))(request, response);
    },
  });
  let warnings = 0;
  const logger = { debug() {}, info() {}, error() {}, warn: () => void warnings++ };
  await using exporter = createOtlpExporter(otlpConfig.parse({ endpoint: server.url }), { env: {}, logger });
  for (let request = 0; request < 105; request++) await exporter.export(testBatch(1), { signal });
  expect(warnings).toBe(100);
});
