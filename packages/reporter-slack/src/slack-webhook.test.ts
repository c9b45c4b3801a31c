import { Secret } from "@loghook/pipeline";
import {
  manualClock,
  startProxy,
  startServer,
  startWebhook,
  status,
  type WebhookAnswer,
} from "@loghook/testkit";
import { afterEach, expect, test, vi } from "vitest";
import { slackMessage } from "./slack-message.ts";
import { slackWebhook } from "./slack-webhook.ts";

const path = "/services/T000/B000/very-secret";
const message = slackMessage({ title: "Title", sections: ["text"], footer: "host" });
const { signal } = new AbortController();

afterEach(() => void vi.unstubAllEnvs());

async function answerTo(answer: WebhookAnswer) {
  await using server = await startWebhook({ answer });
  await using slack = slackWebhook(new Secret(server.url + path), manualClock());
  return await slack.post(message, { signal });
}

test("a message is posted as JSON to the address", async () => {
  await using server = await startWebhook({ answer: status(200, {}, "ok") });
  await using slack = slackWebhook(new Secret(server.url + path), manualClock());
  expect(await slack.post(message, { signal })).toEqual({ status: "taken" });
  expect(server.requests[0]).toMatchObject({ method: "POST", path });
  expect(server.requests[0]?.headers["content-type"]).toBe("application/json; charset=utf-8");
  expect(JSON.parse(String(server.requests[0]?.body))).toEqual(message);
});

test.for([
  { code: 400, body: "invalid_payload" },
  { code: 403, body: "action_prohibited" },
  { code: 404, body: "channel_not_found" },
  { code: 410, body: "channel_is_archived" },
])("$code $body is a refusal", async ({ code, body }) => {
  expect(await answerTo(status(code, {}, body))).toEqual({
    status: "refused",
    reason: `Slack answered ${code} ${body}`,
  });
});

test("a redirection is not followed", async () => {
  await using elsewhere = await startWebhook();
  expect(await answerTo(status(307, { location: elsewhere.url }))).toEqual({
    status: "refused",
    reason: "Slack answered 307",
  });
  expect(elsewhere.requests).toEqual([]);
});

test.for([408, 425, 429, 500, 503])("%i is worth another try", async (code) => {
  expect(await answerTo(status(code))).toMatchObject({ status: "unavailable" });
});

test("Retry-After is passed on", async () => {
  expect(await answerTo(status(429, { "retry-after": "30" }, "rate_limited"))).toEqual({
    status: "unavailable",
    reason: "Slack answered 429 rate_limited",
    retryAfterMs: 30_000,
  });
});

test("a long answer neither hurts nor is told, since it may repeat the address", async () => {
  const page = `<html>${path}${"x".repeat(200_000)}</html>`;
  expect(await answerTo(status(200, {}, page))).toEqual({ status: "taken" });
  expect(await answerTo(status(403, {}, page))).toEqual({ status: "refused", reason: "Slack answered 403" });
  expect(await answerTo(status(403, {}, `Access to ${path} denied`))).toEqual({
    status: "refused",
    reason: "Slack answered 403",
  });
});

test.for([
  { name: "a broken connection", listen: () => startServer((request) => request.socket.destroy()) },
  { name: "nobody there", listen: nobody },
])("$name is worth another try, and the reason does not hold the address", async ({ listen }) => {
  await using server = await listen();
  await using slack = slackWebhook(new Secret(server.url + path), manualClock());
  const result = await slack.post(message, { signal });
  expect(result).toEqual({
    status: "unavailable",
    reason: expect.stringMatching(/^the request failed: [A-Z_]+$/),
  });
});

async function nobody() {
  const server = await startServer(() => {});
  await server[Symbol.asyncDispose]();
  return server;
}

test("an abort ends a request that hangs", async () => {
  await using server = await startWebhook({ answer: () => {} });
  await using slack = slackWebhook(new Secret(server.url + path), manualClock());
  const stop = new AbortController();
  const result = slack.post(message, { signal: stop.signal });
  await server.received(1);
  stop.abort();
  expect(await result).toEqual({ status: "unavailable", reason: "loghook had to end" });
});

test.for(["http://", ""])("the proxy of the environment is used, given as %s…", async (scheme) => {
  // It refuses, since nobody has the host that the message is for.
  await using proxy = await startProxy(502);
  vi.stubEnv("NO_PROXY", "");
  vi.stubEnv("no_proxy", "");
  vi.stubEnv("http_proxy", scheme + proxy.host);
  await using slack = slackWebhook(new Secret(`http://hooks.slack.test${path}`), manualClock());
  await slack.post(message, { signal });
  expect(proxy.visits).toMatchObject([{ line: expect.stringContaining("hooks.slack.test") }]);
});

test("a proxy that is no address is refused without telling it", () => {
  vi.stubEnv("http_proxy", "http://user:pass word@:x");
  expect(() => slackWebhook(new Secret("http://hooks.slack.test"), manualClock())).toThrow(
    expect.objectContaining({ code: "CONFIG_INVALID", message: expect.not.stringContaining("pass") }),
  );
});
