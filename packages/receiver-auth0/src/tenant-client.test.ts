import { RetryableError } from "@loghook/pipeline";
import { startServer, startWebhook, status } from "@loghook/testkit";
import { expect, test } from "vitest";
import { AnswerTooLargeError, createTenantClient } from "./tenant-client.ts";

const { signal } = new AbortController();

function clientOf(endpoint: string, options: { timeoutMs?: number; maxBodyBytes?: number } = {}) {
  const { timeoutMs = 30_000, ...limits } = options;
  return createTenantClient({ endpoint, timeoutMs, caFile: undefined }, limits);
}

test("sends the token as a bearer and says who it is", async () => {
  await using server = await startWebhook({ answer: status(200, {}, "[]") });
  await using client = clientOf(server.url);
  const answer = await client.readLog({ from: "900", take: "5" }, { token: "t.o.k", signal });
  expect(answer).toMatchObject({ status: 200, body: "[]" });
  expect(server.requests[0]).toMatchObject({
    method: "GET",
    path: "/api/v2/logs?from=900&take=5",
    headers: { authorization: "Bearer t.o.k", "user-agent": "loghook", accept: "application/json" },
  });
});

test("asks for a token with a form", async () => {
  await using server = await startWebhook({ answer: status(200, {}, "{}") });
  await using client = clientOf(server.url);
  await client.requestToken({ client_id: "a&b", client_secret: "ü=1" }, { signal });
  expect(server.requests[0]).toMatchObject({ method: "POST", path: "/oauth/token" });
  expect(Object.fromEntries(new URLSearchParams(server.requests[0]?.body.toString()))).toEqual({
    client_id: "a&b",
    client_secret: "ü=1",
  });
});

test("an endpoint may have a path", async () => {
  await using server = await startWebhook({ answer: status(200, {}, "[]") });
  await using client = clientOf(`${server.url}/auth0/`);
  await client.readLog({}, { token: "t", signal });
  expect(server.requests[0]?.path).toBe("/auth0/api/v2/logs");
});

test("does not follow a redirect: the token stays with the endpoint", async () => {
  await using other = await startWebhook();
  await using server = await startWebhook({ answer: status(302, { location: `${other.url}/api/v2/logs` }) });
  await using client = clientOf(server.url);
  expect((await client.readLog({}, { token: "t", signal })).status).toBe(302);
  expect(other.requests).toEqual([]);
});

test("takes secrets out of what a refusal repeats", async () => {
  await using server = await startWebhook({
    answer: (request, response) =>
      void response.writeHead(400).end(`seen: ${request.body} ${request.headers.authorization}`),
  });
  await using client = clientOf(server.url);
  const refusals = [
    await client.readLog({}, { token: "t.o.k", signal }),
    await client.requestToken({ client_secret: "hush" }, { signal }),
    await client.requestToken({ client_assertion: "a.b.c" }, { signal }),
  ];
  for (const { body } of refusals) {
    expect(body).toContain("[redacted]");
    expect(body).not.toMatch(/t\.o\.k|hush|a\.b\.c/);
  }
});

test("an answer that is too large is a passing fault, given up early", async () => {
  await using server = await startWebhook({ answer: status(200, {}, "x".repeat(1001)) });
  await using client = clientOf(server.url, { maxBodyBytes: 1000 });
  const reading = client.readLog({}, { token: "t", signal });
  await expect(reading).rejects.toThrow(AnswerTooLargeError);
  await expect(reading).rejects.toThrow(/^The answer of 127\.0\.0\.1:\d+ is larger than 1000 bytes\.$/);
});

test("an answer that does not come is a passing fault", async () => {
  await using server = await startServer(() => {});
  await using client = clientOf(server.url, { timeoutMs: 20 });
  const reading = client.readLog({}, { token: "t", signal });
  await expect(reading).rejects.toThrow(RetryableError);
  await expect(reading).rejects.toThrow(/^127\.0\.0\.1:\d+ did not answer within 20 ms\.$/);
});

test("an answer that stops halfway is a passing fault, in time", async () => {
  await using server = await startServer((_request, response) => void response.writeHead(200).write("["));
  await using client = clientOf(server.url, { timeoutMs: 20 });
  await expect(client.readLog({}, { token: "t", signal })).rejects.toThrow(RetryableError);
});

test("a cut connection is a passing fault", async () => {
  await using server = await startServer((request) => void request.socket.destroy());
  await using client = clientOf(server.url);
  const reading = client.readLog({}, { token: "t", signal });
  await expect(reading).rejects.toThrow(RetryableError);
  await expect(reading).rejects.toThrow(/^No whole answer came from 127\.0\.0\.1:\d+: /);
});

test("a closed port is a passing fault that names the settings to check", async () => {
  const server = await startServer(() => {});
  await server[Symbol.asyncDispose]();
  await using client = clientOf(server.url);
  await expect(client.readLog({}, { token: "t", signal })).rejects.toMatchObject({
    code: "RETRYABLE",
    remedy: "Check the settings domain and endpoint: nothing listens there.",
  });
});

test("rejects with the reason of the signal, not with a fault, when it is told to stop", async () => {
  await using server = await startServer(() => {});
  await using client = clientOf(server.url);
  const controller = new AbortController();
  const reading = client.readLog({}, { token: "t", signal: controller.signal });
  controller.abort(new Error("stop"));
  await expect(reading).rejects.toThrow("stop");
});
