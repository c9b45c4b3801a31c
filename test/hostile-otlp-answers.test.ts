import { createOtlpExporter, otlpConfig } from "@loghook/exporter-otlp";
import { LoghookError } from "@loghook/pipeline";
import { startWebhook, testBatch, type WebhookAnswer } from "@loghook/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";

const { signal } = new AbortController();

const message = fc.string({ unit: "binary" });
const partialSuccess = fc
  .record({
    rejectedLogRecords: fc.oneof(fc.jsonValue(), fc.maxSafeInteger()),
    errorMessage: fc.oneof(message, fc.jsonValue()),
  })
  .map((partial) => JSON.stringify({ partialSuccess: partial }));
/** A field of protobuf with any length, which need not be there. */
const field = fc
  .tuple(fc.constantFrom(0x08, 0x0a, 0x10, 0x12), fc.uint8Array({ maxLength: 12 }))
  .map(([tag, bytes]) => Buffer.from([tag, ...bytes]));

const body = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.array(field, { maxLength: 8 }).map((fields) => Buffer.concat(fields)),
  fc
    .constantFrom("[".repeat(50_000), `{"a":`.repeat(10_000), '{"__proto__":{"message":"x"}}', "{", "")
    .map(Buffer.from),
  fc.json().map((text) => Buffer.from(text)),
  partialSuccess.map((text) => Buffer.from(text)),
  message.map((text) => Buffer.from(JSON.stringify({ message: text }))),
);

const contentType = fc.constantFrom(
  "application/json",
  "application/x-protobuf",
  "application/octet-stream",
  "text/html",
  "application/json; charset=\u00ff",
);

const knownCodes = ["RETRYABLE", "RECORDS_REJECTED", "BATCH_TOO_LARGE", "DESTINATION_REFUSED"];
const harmless = /^[^\p{Cc}\p{Cf}\u2028\u2029]{0,500}$/u;

test("whatever an OTLP server answers, the records count as taken or there is an error that says what to do", async () => {
  let answer: WebhookAnswer = () => {};
  await using server = await startWebhook({ answer: (...both) => answer(...both) });
  await using exporter = createOtlpExporter(otlpConfig.parse({ endpoint: server.url }), { env: {} });
  const status = fc.constantFrom(200, 202, 204, 302, 400, 404, 413, 429, 500, 503);
  const answers = fc.record({ status, contentType, body });
  const property = fc.asyncProperty(answers, async ({ status, contentType, body }) => {
    answer = (_request, response) =>
      void response.writeHead(status, { "content-type": contentType }).end(body);
    const error = await exporter.export(testBatch(2), { signal }).catch((thrown: unknown) => thrown);
    if (status > 299) expect(error).toBeInstanceOf(LoghookError);
    if (error === undefined) return;
    const { code, message, answer: excerpt = "" } = error as LoghookError & { answer?: string };
    expect(knownCodes).toContain(code);
    for (const text of [message, excerpt]) expect(text).toMatch(harmless);
  });
  await fc.assert(property, { numRuns: 400 });
  expect(({} as { message?: unknown }).message).toBeUndefined();
});
