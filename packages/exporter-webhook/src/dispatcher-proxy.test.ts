import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, request as httpRequest, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { startWebhook, testBatch } from "@loghook/testkit";
import { afterEach, expect, test, vi } from "vitest";
import { webhookConfig } from "./config.ts";
import type { Environment } from "./dispatcher.ts";
import { createWebhookExporter } from "./exporter.ts";

const signal = new AbortController().signal;
const tlsFolder = new URL("../testdata/tls/", import.meta.url);
const caFile = fileURLToPath(new URL("ca.pem", tlsFolder));

afterEach(() => vi.unstubAllEnvs());

interface Visit {
  /** The first words of the request: `POST http://…` or `CONNECT host:port`. */
  readonly line: string;
  readonly authorization: string | undefined;
}

/** A forward proxy (RFC 9110 §3.7) that passes everything on, unless it has a status to refuse with. */
async function startProxy(refusal?: number) {
  const visits: Visit[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response: ServerResponse) => {
    visits.push({
      line: `${request.method} ${request.url}`,
      authorization: request.headers["proxy-authorization"],
    });
    if (refusal) return void response.writeHead(refusal).end("not through me");
    const { "proxy-authorization": _ours, ...headers } = request.headers;
    const onward = httpRequest(request.url ?? "", { method: request.method ?? "GET", headers }, (answer) => {
      answer.pipe(response.writeHead(answer.statusCode ?? 502));
    });
    request.pipe(onward);
  });
  server.on("connect", (request, socket: Socket) => {
    visits.push({ line: `CONNECT ${request.url}`, authorization: request.headers["proxy-authorization"] });
    if (refusal === 0) return;
    if (refusal) return void socket.end(`HTTP/1.1 ${refusal} No\r\n\r\n`);
    const { hostname, port } = new URL(`http://${request.url}`);
    const onward = connect(Number(port), hostname, () => socket.write("HTTP/1.1 200 OK\r\n\r\n"));
    sockets.add(onward.on("error", () => {}));
    socket.on("error", () => {}).pipe(onward);
    onward.pipe(socket);
  });
  server.on("connection", (socket) => sockets.add(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    url: `http://127.0.0.1:${port}`,
    visits,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

async function startTlsWebhook() {
  const [cert, key] = ["server.pem", "server.key"].map((name) => readFileSync(new URL(name, tlsFolder)));
  let requests = 0;
  const server = createTlsServer({ cert, key }, (request, response) => {
    requests++;
    request.resume().on("end", () => response.end());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    url: `https://${host}`,
    count: () => requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function exportTo(url: string, env: Environment, config: object = {}): Promise<unknown> {
  const settings = webhookConfig.parse({ url, tls: { ca_file: caFile }, ...config });
  await using exporter = createWebhookExporter(settings, { env });
  return await exporter.export(testBatch(2), { signal }).then(
    () => "taken",
    (error) => error,
  );
}

test.for(["HTTP_PROXY", "http_proxy"])("goes through the proxy of %s to an http webhook", async (name) => {
  await using webhook = await startWebhook();
  await using proxy = await startProxy();
  expect(await exportTo(`${webhook.url}/hook?a=b`, { [name]: proxy.url })).toBe("taken");
  expect(proxy.visits.map(({ line }) => line)).toEqual([`POST ${webhook.url}/hook?a=b`]);
  expect(webhook.requests[0]?.path).toBe("/hook?a=b");
  expect(webhook.requests[0]?.headers.host).toBe(new URL(webhook.url).host);
});

test.for(["HTTPS_PROXY", "https_proxy", "HTTP_PROXY"])(
  "goes through a tunnel of the proxy of %s to an https webhook",
  async (name) => {
    await using webhook = await startTlsWebhook();
    await using proxy = await startProxy();
    expect(await exportTo(webhook.url, { [name]: proxy.url })).toBe("taken");
    expect(proxy.visits.map(({ line }) => line)).toEqual([`CONNECT ${webhook.host}`]);
    expect(webhook.count()).toBe(1);
  },
);

test("verifies the webhook's certificate through the tunnel, too", async () => {
  await using webhook = await startTlsWebhook();
  await using proxy = await startProxy();
  const error = await exportTo(webhook.url, { HTTPS_PROXY: proxy.url }, { tls: {} });
  expect(error).toMatchObject({ code: "DESTINATION_REFUSED" });
  expect(webhook.count()).toBe(0);
});

test("HTTPS_PROXY does not count for an http webhook", async () => {
  await using webhook = await startWebhook();
  await using proxy = await startProxy();
  expect(await exportTo(webhook.url, { HTTPS_PROXY: proxy.url })).toBe("taken");
  expect(proxy.visits).toEqual([]);
});

test.for(["127.0.0.1", "*", "hooks.example, 127.0.0.1", "hooks.example 127.0.0.1:PORT"])(
  "goes past the proxy when NO_PROXY is %s",
  async (pattern) => {
    await using webhook = await startTlsWebhook();
    await using proxy = await startProxy();
    const noProxy = pattern.replace("PORT", new URL(webhook.url).port);
    for (const name of ["NO_PROXY", "no_proxy"]) {
      const env = { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url, [name]: noProxy };
      expect(await exportTo(webhook.url, env)).toBe("taken");
    }
    expect(proxy.visits).toEqual([]);
    expect(webhook.count()).toBe(2);
  },
);

test("uses the proxy when NO_PROXY names other hosts", async () => {
  await using webhook = await startWebhook();
  await using proxy = await startProxy();
  expect(await exportTo(webhook.url, { HTTP_PROXY: proxy.url, NO_PROXY: "hooks.example,127.0.0.1:1" })).toBe(
    "taken",
  );
  expect(proxy.visits).toHaveLength(1);
});

test("looks into the environment that it was given, and into no other", async () => {
  await using webhook = await startWebhook();
  await using proxy = await startProxy();
  vi.stubEnv("HTTP_PROXY", proxy.url);
  expect(await exportTo(webhook.url, {})).toBe("taken");
  expect(proxy.visits).toEqual([]);
  vi.stubEnv("NO_PROXY", "127.0.0.1");
  expect(await exportTo(webhook.url, { HTTP_PROXY: proxy.url })).toBe("taken");
  expect(proxy.visits).toHaveLength(1);
});

test("without an environment given it looks into the process's own", async () => {
  await using webhook = await startWebhook();
  await using proxy = await startProxy();
  vi.stubEnv("http_proxy", proxy.url);
  vi.stubEnv("no_proxy", "");
  await using exporter = createWebhookExporter(webhookConfig.parse({ url: webhook.url }));
  await exporter.export(testBatch(1), { signal });
  expect(proxy.visits).toHaveLength(1);
});

test("gives the proxy its user name and password, and the webhook none of it", async () => {
  await using webhook = await startWebhook();
  await using proxy = await startProxy();
  const env = { HTTP_PROXY: `http://ada:p%40ss@${proxy.host}` };
  expect(await exportTo(webhook.url, env, { authorization: "Bearer abc" })).toBe("taken");
  expect(proxy.visits[0]?.authorization).toBe(`Basic ${btoa("ada:p@ss")}`);
  expect(webhook.requests[0]?.headers.authorization).toBe("Bearer abc");
});

test("a proxy may be given without http://", async () => {
  await using webhook = await startWebhook();
  await using proxy = await startProxy();
  expect(await exportTo(webhook.url, { HTTP_PROXY: proxy.host })).toBe("taken");
  expect(proxy.visits).toHaveLength(1);
});

test.for([
  { refusal: 407, code: "DESTINATION_REFUSED" },
  { refusal: 403, code: "DESTINATION_REFUSED" },
  { refusal: 502, code: "RETRYABLE" },
  { refusal: 503, code: "RETRYABLE" },
])("a proxy that answers $refusal ends as $code, whichever way it is asked", async ({ refusal, code }) => {
  await using plain = await startWebhook();
  await using secure = await startTlsWebhook();
  await using proxy = await startProxy(refusal);
  const env = { HTTP_PROXY: proxy.url };
  expect(await exportTo(plain.url, env)).toMatchObject({ code });
  expect(await exportTo(secure.url, env)).toMatchObject({ code });
  expect(proxy.visits).toHaveLength(2);
});

test("a proxy that wants a password is named as the one to check", async () => {
  await using plain = await startWebhook();
  await using secure = await startTlsWebhook();
  await using proxy = await startProxy(407);
  for (const { url } of [plain, secure]) {
    expect(await exportTo(url, { HTTP_PROXY: proxy.url })).toMatchObject({
      remedy: expect.stringMatching(/^The proxy answered 407: check HTTP_PROXY/),
    });
  }
});

test("a proxy that never answers ends with the timeout", async () => {
  await using webhook = await startTlsWebhook();
  await using proxy = await startProxy(0);
  const error = await exportTo(webhook.url, { HTTPS_PROXY: proxy.url }, { timeout: "60ms" });
  expect(error).toMatchObject({ code: "RETRYABLE" });
});

test("a proxy that nobody runs is retryable", async () => {
  await using webhook = await startTlsWebhook();
  const proxy = await startProxy();
  await proxy[Symbol.asyncDispose]();
  expect(await exportTo(webhook.url, { HTTPS_PROXY: proxy.url })).toMatchObject({ code: "RETRYABLE" });
});

test.for(["http://:secret@", "ftp://ada:secret@proxy", "http://ada:%zz-secret@proxy", "http://secret:port"])(
  "%s is refused at the start, without being shown",
  (text) => {
    const config = webhookConfig.parse({ url: "https://hooks.example/" });
    for (const name of ["HTTP_PROXY", "HTTPS_PROXY"]) {
      const error = thrownBy(() => createWebhookExporter(config, { env: { [name]: text } }));
      expect(error).toMatchObject({
        code: "CONFIG_INVALID",
        message: `The environment variable ${name} must be the http or https URL of a proxy.`,
      });
      expect(inspect(error, { depth: null, showHidden: true })).not.toContain("secret");
    }
  },
);

function thrownBy(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}
