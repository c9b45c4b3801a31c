import type { LoghookError } from "@loghook/pipeline";
import {
  speaksOldTls,
  startProxy,
  startTlsServer,
  startWebhook,
  testBatch,
  tlsFile,
  tlsIdentity,
  wantsClientCertificate,
} from "@loghook/testkit";
import { expect, test } from "vitest";
import { webhookConfig } from "./config.ts";
import { createWebhookExporter, type WebhookExporterSettings } from "./exporter.ts";

const signal = new AbortController().signal;
const trusting = { tls: { ca_file: tlsFile("ca.pem") } };

/** Undefined: the records were taken. */
async function errorOf(
  url: string,
  config: object = {},
  env: WebhookExporterSettings["env"] = {},
): Promise<LoghookError | undefined> {
  await using exporter = createWebhookExporter(webhookConfig.parse({ url, ...config }), { env });
  return await exporter.export(testBatch(2), { signal }).then(
    () => undefined,
    (error) => error,
  );
}

test.for([
  {
    flaw: "of an unknown authority",
    server: "server",
    config: {},
    remedy: /name its authority with .*ca_file/,
  },
  { flaw: "signed by itself", server: "stranger", config: {}, remedy: /name its authority with .*ca_file/ },
  {
    flaw: "of another host",
    server: "other-host",
    config: trusting,
    remedy: /is for another host: check .*url/,
  },
  { flaw: "that has expired", server: "expired", config: trusting, remedy: /not valid today: renew it/ },
])("a certificate $flaw is refused, and nothing is sent", async ({ server, config, remedy }) => {
  await using webhook = await startTlsServer(tlsIdentity(server));
  expect(await errorOf(webhook.url, config)).toMatchObject({
    code: "DESTINATION_REFUSED",
    remedy: expect.stringMatching(remedy),
  });
  expect(webhook.visitors).toEqual([]);
});

test("TLS below 1.2 is a refusal that names the versions to speak", async () => {
  await using webhook = await startTlsServer(speaksOldTls);
  expect(await errorOf(webhook.url, trusting)).toMatchObject({
    code: "DESTINATION_REFUSED",
    remedy: "The webhook must speak TLS 1.2 or 1.3.",
  });
});

test.for(["127.0.0.1", "localhost"])(
  "with deny_private_networks nothing is sent to %s, and without it everything",
  async (host) => {
    await using webhook = await startWebhook();
    const url = webhook.url.replace("127.0.0.1", host);
    expect(await errorOf(url, { deny_private_networks: true })).toMatchObject({
      code: "DESTINATION_REFUSED",
      message: expect.stringContaining("exporters.webhook.deny_private_networks is true"),
    });
    expect(webhook.requests).toEqual([]);
    expect(await errorOf(url)).toBeUndefined();
    expect(webhook.requests).toHaveLength(1);
  },
);

test("deny_private_networks and a proxy that would look the name up are refused at the start", () => {
  const config = webhookConfig.parse({ url: "https://hooks.example", deny_private_networks: true });
  const start = () => createWebhookExporter(config, { env: { HTTPS_PROXY: "proxy:3128" } });
  expect(start).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
});

test("a webhook that wants our certificate gets it", async () => {
  await using webhook = await startTlsServer(wantsClientCertificate);
  const identityFiles = { cert_file: tlsFile("client.pem"), key_file: tlsFile("client.key") };
  expect(await errorOf(webhook.url, { tls: { ...trusting.tls, ...identityFiles } })).toBeUndefined();
  expect(webhook.visitors).toEqual(["loghook"]);
});

test("a webhook that misses our certificate refuses us, and the remedy names cert_file", async () => {
  await using webhook = await startTlsServer(wantsClientCertificate);
  expect(await errorOf(webhook.url, trusting)).toMatchObject({
    code: "DESTINATION_REFUSED",
    remedy: expect.stringContaining("tls.cert_file"),
  });
  expect(webhook.visitors).toEqual([]);
});

test("a file or a proxy that cannot be used is refused at the start", async () => {
  const tls = { ca_file: "/nowhere/ca.pem" };
  await expect(errorOf("https://hooks.example", { tls })).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    message: "exporters.webhook.tls.ca_file names the file /nowhere/ca.pem, which cannot be read.",
  });
  await expect(errorOf("https://hooks.example", {}, { HTTP_PROXY: "ftp://proxy" })).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    message: "The environment variable HTTP_PROXY must be the http or https URL of a proxy.",
  });
});

test.for([
  { refusal: 407, code: "DESTINATION_REFUSED" },
  { refusal: 403, code: "DESTINATION_REFUSED" },
  { refusal: 502, code: "RETRYABLE" },
  { refusal: 503, code: "RETRYABLE" },
])("a proxy that answers $refusal ends as $code, whichever way it is asked", async ({ refusal, code }) => {
  await using plain = await startWebhook();
  await using secure = await startTlsServer();
  await using proxy = await startProxy(refusal);
  const env = { HTTP_PROXY: proxy.url };
  expect(await errorOf(plain.url, {}, env)).toMatchObject({ code });
  expect(await errorOf(secure.url, trusting, env)).toMatchObject({ code });
  expect(proxy.visits).toHaveLength(2);
});

test("a proxy that wants a password is named as the one to check", async () => {
  await using plain = await startWebhook();
  await using secure = await startTlsServer();
  await using proxy = await startProxy(407);
  for (const { url } of [plain, secure]) {
    expect(await errorOf(url, trusting, { HTTP_PROXY: proxy.url })).toMatchObject({
      remedy: expect.stringMatching(/^The proxy answered 407: check HTTP_PROXY/),
    });
  }
});

test("a proxy that never answers ends with the timeout", async () => {
  await using webhook = await startTlsServer();
  await using proxy = await startProxy(0);
  const config = { ...trusting, timeout: "60ms" };
  expect(await errorOf(webhook.url, config, { HTTPS_PROXY: proxy.url })).toMatchObject({ code: "RETRYABLE" });
});

test("a proxy that nobody runs is retryable", async () => {
  await using webhook = await startTlsServer();
  const proxy = await startProxy();
  await proxy[Symbol.asyncDispose]();
  const error = await errorOf(webhook.url, trusting, { HTTPS_PROXY: proxy.url });
  expect(error).toMatchObject({ code: "RETRYABLE" });
});
