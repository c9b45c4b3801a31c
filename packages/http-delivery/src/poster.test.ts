import { createHook } from "node:async_hooks";
import { getEventListeners } from "node:events";
import { setImmediate } from "node:timers/promises";
import { inspect } from "node:util";
import { gunzipSync } from "node:zlib";
import {
  startProxy,
  startTlsServer,
  startWebhook,
  status,
  type TestServer,
  tlsFile,
  tlsIdentity,
} from "@loghook/testkit";
import { expect, test } from "vitest";
import { describeDestination } from "./destination.ts";
import { createPoster, type Poster, type PosterOptions } from "./poster.ts";

const signal = new AbortController().signal;
const body = Buffer.from([0, 1, 2, 253, 254, 255]);
const request = { headers: { "x-team": "identity" }, body, signal };

function posterTo({ url }: Pick<TestServer, "url">, options: Partial<PosterOptions> = {}): Poster {
  return createPoster({
    url,
    destination: describeDestination({
      url,
      addressKey: "url",
      id: "webhook",
      noun: "webhook",
      timeoutMs: 20_000,
      secrets: [],
    }),
    tls: {},
    env: {},
    connections: 2,
    compression: "none",
    maxAnswerBytes: 1000,
    ...options,
  });
}

test("POSTs the bytes and the headers as they are, and gives back what is answered, byte by byte", async () => {
  await using server = await startWebhook({
    answer: (_request, response) => void response.writeHead(418, { "x-a": "b" }).end(body),
  });
  await using poster = posterTo({ url: `${server.url}/hooks?key=a%20b` });
  expect(await poster.post(request)).toMatchObject({ status: 418, headers: { "x-a": "b" }, body });
  expect(server.requests).toMatchObject([
    { method: "POST", path: "/hooks?key=a%20b", headers: { "x-team": "identity" }, body },
  ]);
  expect(server.requests[0]?.headers).not.toHaveProperty("content-encoding");
});

test("compresses with gzip and says so", async () => {
  await using server = await startWebhook();
  await using poster = posterTo(server, { compression: "gzip" });
  await poster.post(request);
  const [received] = server.requests;
  expect(received?.headers["content-encoding"]).toBe("gzip");
  expect(gunzipSync(received?.body ?? "")).toEqual(body);
});

test("reads no more of an answer than it is told to", async () => {
  await using server = await startWebhook({ answer: status(500, {}, "x".repeat(5000)) });
  await using poster = posterTo(server, { maxAnswerBytes: 10 });
  expect((await poster.post(request)).body.toString()).toBe("x".repeat(10));
});

test("never follows a redirect", async () => {
  await using target = await startWebhook();
  await using server = await startWebhook({ answer: status(307, { location: target.url }) });
  await using poster = posterTo(server);
  expect((await poster.post(request)).status).toBe(307);
  expect(target.requests).toEqual([]);
});

test("a signal that is aborted already sends nothing and rejects with its reason", async () => {
  await using server = await startWebhook();
  await using poster = posterTo(server);
  const aborted = poster.post({ ...request, signal: AbortSignal.abort("stop") });
  await expect(aborted).rejects.toBe("stop");
  expect(server.requests).toEqual([]);
});

test("a signal that aborts breaks off the request under way", async () => {
  const broken = Promise.withResolvers<void>();
  await using server = await startWebhook({
    answer: (_request, response) => void response.on("close", broken.resolve),
  });
  await using poster = posterTo(server);
  const controller = new AbortController();
  const posted = poster.post({ ...request, signal: controller.signal });
  await server.received(1);
  controller.abort("stop");
  await expect(posted).rejects.toBe("stop");
  await broken.promise;
});

test("answered requests leave no timer behind, and one listener on a signal however many there were", async () => {
  const timeoutMs = 3_599_123;
  const timers = new Map<number, object>();
  const hook = createHook({
    init(...[id, type, , timer]: [number, string, number, object]) {
      if (type === "Timeout") timers.set(id, timer);
    },
    destroy: (id) => void timers.delete(id),
  });
  const ofRequest = () => [...timers.values()].filter((timer) => inspect(timer).includes(`${timeoutMs}`));
  let underWay = 0;
  await using server = await startWebhook({
    answer(_request, response) {
      underWay = ofRequest().length;
      response.end();
    },
  });
  const url = server.url;
  const names = { addressKey: "url", id: "webhook", noun: "webhook", secrets: [] };
  await using poster = posterTo(server, { destination: describeDestination({ ...names, url, timeoutMs }) });
  const own = new AbortController();
  hook.enable();
  try {
    for (let n = 0; n < 3; n++) await poster.post({ ...request, signal: own.signal });
    await setImmediate();
    expect(underWay).toBe(1);
    expect(ofRequest()).toEqual([]);
    expect(getEventListeners(own.signal, "abort")).toHaveLength(1);
  } finally {
    hook.disable();
  }
});

test("disposing lets a request under way come to its end and refuses further ones", async () => {
  const answered = Promise.withResolvers<void>();
  await using server = await startWebhook({
    async answer(_request, response) {
      await answered.promise;
      response.end();
    },
  });
  const poster = posterTo(server);
  const posted = poster.post(request);
  await server.received(1);
  const disposed = poster[Symbol.asyncDispose]();
  await expect(poster.post(request)).rejects.toMatchObject({
    code: "RETRYABLE",
    message: `POST ${server.url}/ was not sent, because the exporter is closed.`,
  });
  answered.resolve();
  expect((await posted).status).toBe(200);
  await disposed;
  await poster[Symbol.asyncDispose]();
  expect(server.requests).toHaveLength(1);
});

test("trusts the authority of the TLS file and nobody else", async () => {
  await using server = await startTlsServer(tlsIdentity("server"));
  await using trusting = posterTo(server, { tls: { caFile: tlsFile("ca.pem") } });
  expect((await trusting.post(request)).status).toBe(200);
  await using distrustful = posterTo(server);
  await expect(distrustful.post(request)).rejects.toMatchObject({
    code: "DESTINATION_REFUSED",
    remedy:
      "The certificate of the webhook is not trusted: name its authority with exporters.webhook.tls.ca_file.",
  });
});

test.for([
  ...[400, 403, 404, 407, 499].map((answer) => ({ answer, code: "DESTINATION_REFUSED" })),
  ...[408, 425, 429, 500, 503, 599].map((answer) => ({ answer, code: "RETRYABLE" })),
])("a proxy that answers $answer to a CONNECT ends as $code", async ({ answer, code }) => {
  await using server = await startTlsServer();
  await using proxy = await startProxy(answer);
  await using poster = posterTo(server, { env: { HTTPS_PROXY: proxy.url } });
  await expect(poster.post(request)).rejects.toMatchObject({ code });
  expect(proxy.visits).toHaveLength(1);
});
