import {
  BatchTooLargeError,
  DestinationRefusedError,
  RecordsRejectedError,
  RetryableError,
} from "@loghook/pipeline";
import { testBatch } from "@loghook/testkit";
import { expect, test } from "vitest";
import { answerError, type Meaning } from "./answer-error.ts";
import { describeDestination } from "./destination.ts";
import type { Answer } from "./post.ts";

const destination = describeDestination({
  url: "https://hooks.example/a/b",
  addressKey: "url",
  id: "webhook",
  noun: "webhook",
  timeoutMs: 20_000,
  secrets: ["s3cret"],
});
const clock = { now: () => Date.UTC(2026, 2, 2, 9) };
const records = testBatch(2);

function errorOf(verdict: Meaning["verdict"], answer: Partial<Answer> = {}, text?: string) {
  const meaning: Meaning = { verdict, remedy: ({ address }) => `check ${address}` };
  const whole = { status: 500, headers: {}, body: Buffer.from("out of\ndisk s3cret"), ...answer };
  return answerError(whole, meaning, { destination, records, clock, text });
}

test("records that were taken are no error", () => {
  expect(errorOf("taken")).toBeUndefined();
});

test.for([
  { verdict: "retryable", kind: RetryableError },
  { verdict: "refused", kind: DestinationRefusedError },
  { verdict: "rejected", kind: RecordsRejectedError },
  { verdict: "too_large", kind: BatchTooLargeError },
] as const)("$verdict is a $kind.name that says what was answered and what to do", ({ verdict, kind }) => {
  const error = errorOf(verdict);
  expect(error?.constructor).toBe(kind);
  expect(error?.message).toBe("POST https://hooks.example/a/… was answered with 500: out of disk [redacted]");
  expect(error?.remedy).toBe("The webhook answered 500: check exporters.webhook.url.");
});

test("without a remedy and without a body the error says as much as there is", () => {
  const context = { destination, records, clock };
  const answer = { status: 503, headers: {}, body: Buffer.alloc(0) };
  expect(answerError(answer, { verdict: "retryable" }, context)).toMatchObject({
    message: "POST https://hooks.example/a/… was answered with 503.",
    remedy: undefined,
    retryAfterMs: undefined,
  });
});

test("a text that was read from the body takes its place in the message", () => {
  expect(errorOf("rejected", {}, "no s3cret logs today")?.message).toBe(
    "POST https://hooks.example/a/… was answered with 500: no [redacted] logs today",
  );
});

test.for([
  { verdict: "retryable", header: "7", retryAfterMs: 7000 },
  { verdict: "refused", header: "Mon, 02 Mar 2026 09:01:30 GMT", retryAfterMs: 90_000 },
  { verdict: "retryable", header: "soon", retryAfterMs: undefined },
] as const)("Retry-After: $header asks to wait for $retryAfterMs ms ($verdict)", (row) => {
  expect(errorOf(row.verdict, { headers: { "retry-after": row.header } })).toMatchObject({
    retryAfterMs: row.retryAfterMs,
  });
});

test("all records are rejected, since nobody says which it is", () => {
  expect(errorOf("rejected")).toMatchObject({ records });
});

test.for([
  { answer: {}, excerpt: "500: out of disk [redacted]" },
  { answer: { status: 422, body: Buffer.alloc(0) }, excerpt: "422" },
])("a rejection has $excerpt of the answer", ({ answer, excerpt }) => {
  expect(errorOf("rejected", answer)).toMatchObject({ answer: excerpt });
});

test("a single record that is too large is rejected, since it cannot be halved", () => {
  const [record] = records;
  const answer = { status: 413, headers: {}, body: Buffer.alloc(0) };
  const context = { destination, records: [record].filter((item) => item !== undefined), clock };
  expect(answerError(answer, { verdict: "too_large" }, context)).toMatchObject({
    code: "RECORDS_REJECTED",
    records: [record],
    answer: "413",
    remedy: "The webhook answered 413 to a single record: let it take larger requests.",
  });
});

test.for([
  { location: "https://elsewhere.example/hook?token=abc", named: " to https://elsewhere.example/hook" },
  { location: "/v2/s3cret", named: " to https://hooks.example/v2/[redacted]" },
  { location: "http://[", named: " to an address that is none" },
])("a redirect to $location is told in words that can be used", ({ location, named }) => {
  const error = errorOf("refused", { status: 302, headers: { location }, body: Buffer.alloc(0) });
  expect(error?.message).toBe(`POST https://hooks.example/a/… was answered with 302${named}.`);
});
