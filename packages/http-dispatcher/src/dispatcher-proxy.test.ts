import { startProxy, startTlsServer, startWebhook, tlsFile } from "@loghook/testkit";
import { afterEach, expect, test, vi } from "vitest";
import { post } from "./post.test-kit.ts";
import type { Environment } from "./proxy-environment.ts";

const tls = { caFile: tlsFile("ca.pem") };

afterEach(() => vi.unstubAllEnvs());

test.for(["HTTP_PROXY", "http_proxy"])("goes through the proxy of %s to an http server", async (name) => {
  await using server = await startWebhook();
  await using proxy = await startProxy();
  expect(await post(`${server.url}/hook?a=b`, { env: { [name]: proxy.url } })).toBe(200);
  expect(proxy.visits.map(({ line }) => line)).toEqual([`POST ${server.url}/hook?a=b`]);
  expect(server.requests[0]?.path).toBe("/hook?a=b");
  expect(server.requests[0]?.headers.host).toBe(new URL(server.url).host);
});

test.for(["HTTPS_PROXY", "https_proxy", "HTTP_PROXY"])(
  "goes through a tunnel of the proxy of %s to an https server",
  async (name) => {
    await using server = await startTlsServer();
    await using proxy = await startProxy();
    expect(await post(server.url, { tls, env: { [name]: proxy.url } })).toBe(200);
    expect(proxy.visits.map(({ line }) => line)).toEqual([`CONNECT ${server.host}`]);
    expect(server.visitors).toHaveLength(1);
  },
);

test("lower-case names win", async () => {
  await using server = await startWebhook();
  await using proxy = await startProxy();
  await using other = await startProxy();
  expect(await post(server.url, { env: { http_proxy: proxy.url, HTTP_PROXY: other.url } })).toBe(200);
  expect([proxy.visits.length, other.visits.length]).toEqual([1, 0]);
});

test("verifies the server's certificate through the tunnel, too", async () => {
  await using server = await startTlsServer();
  await using proxy = await startProxy();
  const error = await post(server.url, { env: { HTTPS_PROXY: proxy.url } });
  expect(error).toMatchObject({ code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" });
  expect(server.visitors).toEqual([]);
});

test("HTTPS_PROXY does not count for an http server", async () => {
  await using server = await startWebhook();
  await using proxy = await startProxy();
  expect(await post(server.url, { env: { HTTPS_PROXY: proxy.url } })).toBe(200);
  expect(proxy.visits).toEqual([]);
});

test.for(["127.0.0.1", "*", "hooks.example, 127.0.0.1", "hooks.example 127.0.0.1:PORT"])(
  "goes past the proxy when NO_PROXY is %s",
  async (pattern) => {
    await using server = await startTlsServer();
    await using proxy = await startProxy();
    const noProxy = pattern.replace("PORT", new URL(server.url).port);
    for (const name of ["NO_PROXY", "no_proxy"]) {
      const env = { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url, [name]: noProxy };
      expect(await post(server.url, { tls, env })).toBe(200);
    }
    expect(proxy.visits).toEqual([]);
    expect(server.visitors).toHaveLength(2);
  },
);

test("uses the proxy when NO_PROXY names other hosts", async () => {
  await using server = await startWebhook();
  await using proxy = await startProxy();
  const env: Environment = { HTTP_PROXY: proxy.url, NO_PROXY: "hooks.example,127.0.0.1:1" };
  expect(await post(server.url, { env })).toBe(200);
  expect(proxy.visits).toHaveLength(1);
});

test("looks into the environment that it was given, and into no other", async () => {
  await using server = await startWebhook();
  await using proxy = await startProxy();
  vi.stubEnv("HTTP_PROXY", proxy.url);
  expect(await post(server.url, { env: {} })).toBe(200);
  expect(proxy.visits).toEqual([]);
  vi.stubEnv("NO_PROXY", "127.0.0.1");
  expect(await post(server.url, { env: { HTTP_PROXY: proxy.url } })).toBe(200);
  expect(proxy.visits).toHaveLength(1);
});

test("without an environment given it looks into the process's own", async () => {
  await using server = await startWebhook();
  await using proxy = await startProxy();
  vi.stubEnv("http_proxy", proxy.url);
  vi.stubEnv("no_proxy", "");
  expect(await post(server.url, { env: undefined })).toBe(200);
  expect(proxy.visits).toHaveLength(1);
});

test("gives the proxy its user name and password, and the server none of it", async () => {
  await using server = await startWebhook();
  await using proxy = await startProxy();
  expect(await post(server.url, { env: { HTTP_PROXY: `http://ada:p%40ss@${proxy.host}` } })).toBe(200);
  expect(proxy.visits[0]?.authorization).toBe(`Basic ${btoa("ada:p@ss")}`);
  expect(server.requests[0]?.headers.authorization).toBe("Bearer abc");
});

test("a proxy may be given without http://", async () => {
  await using server = await startWebhook();
  await using proxy = await startProxy();
  expect(await post(server.url, { env: { HTTP_PROXY: proxy.host } })).toBe(200);
  expect(proxy.visits).toHaveLength(1);
});

test("a proxy that takes a CONNECT and never answers ends with the timeout", async () => {
  await using server = await startTlsServer();
  await using proxy = await startProxy(0);
  const error = await post(server.url, { tls, env: { HTTPS_PROXY: proxy.url }, timeoutMs: 60 });
  expect(error).toMatchObject({ code: "UND_ERR_HEADERS_TIMEOUT" });
});
