import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import type { LoghookError } from "@loghook/pipeline";
import { testBatch } from "@loghook/testkit";
import { afterEach, expect, test, vi } from "vitest";
import { webhookConfig } from "./config.ts";
import { createWebhookExporter } from "./exporter.ts";

const signal = new AbortController().signal;

// Made once with openssl, valid until 2126 except for expired.pem. testdata/tls/README.md says how.
function file(name: string): string {
  return fileURLToPath(new URL(`../testdata/tls/${name}`, import.meta.url));
}

function identity(name: string): ServerOptions {
  return { cert: readFileSync(file(`${name}.pem`)), key: readFileSync(file(`${name}.key`)) };
}

/** An HTTPS webhook that takes everything and remembers whose certificate was shown to it. */
async function startTlsWebhook(options: ServerOptions = identity("server")) {
  const visitors: unknown[] = [];
  const server = createServer(options, (request, response) => {
    const socket = request.socket as import("node:tls").TLSSocket;
    visitors.push(socket.getPeerCertificate().subject?.CN);
    request.resume().on("end", () => response.end());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    visitors,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function errorOf(url: string, tls: object = {}): Promise<LoghookError | undefined> {
  await using exporter = createWebhookExporter(webhookConfig.parse({ url, tls }), { env: {} });
  return await exporter.export(testBatch(1), { signal }).then(
    () => undefined,
    (error) => error,
  );
}

afterEach(() => vi.unstubAllEnvs());

test("a certificate of a private authority is accepted when ca_file names the authority", async () => {
  await using webhook = await startTlsWebhook();
  expect(await errorOf(webhook.url, { ca_file: file("ca.pem") })).toBeUndefined();
  expect(webhook.visitors).toHaveLength(1);
});

test.for([
  {
    flaw: "of an unknown authority",
    server: "server",
    ca_file: undefined,
    remedy: /name its authority with .*ca_file/,
  },
  {
    flaw: "signed by itself",
    server: "stranger",
    ca_file: undefined,
    remedy: /name its authority with .*ca_file/,
  },
  {
    flaw: "of another host",
    server: "other-host",
    ca_file: "ca.pem",
    remedy: /is for another host: check .*url/,
  },
  { flaw: "that has expired", server: "expired", ca_file: "ca.pem", remedy: /not valid today: renew it/ },
])("a certificate $flaw is refused, and nothing is sent", async ({ server, ca_file, remedy }) => {
  await using webhook = await startTlsWebhook(identity(server));
  const error = await errorOf(webhook.url, ca_file ? { ca_file: file(ca_file) } : {});
  expect(error).toMatchObject({ code: "DESTINATION_REFUSED", remedy: expect.stringMatching(remedy) });
  expect(webhook.visitors).toEqual([]);
});

test("NODE_TLS_REJECT_UNAUTHORIZED does not turn the verification off", async () => {
  vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
  await using webhook = await startTlsWebhook();
  expect((await errorOf(webhook.url))?.code).toBe("DESTINATION_REFUSED");
  expect(webhook.visitors).toEqual([]);
});

test("TLS below 1.2 is not spoken", async () => {
  const old = { minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" } as const;
  await using webhook = await startTlsWebhook({ ...identity("server"), ...old });
  const error = await errorOf(webhook.url, { ca_file: file("ca.pem") });
  expect(error).toMatchObject({
    code: "DESTINATION_REFUSED",
    remedy: "The webhook must speak TLS 1.2 or 1.3.",
  });
  expect(webhook.visitors).toEqual([]);
});

const wantsClientCertificate = {
  ...identity("server"),
  ca: readFileSync(file("ca.pem")),
  requestCert: true,
  rejectUnauthorized: true,
  // The handshake of 1.2 ends with the server's verdict; in 1.3 the verdict may come after the connection is broken.
  maxVersion: "TLSv1.2",
} as const;

test.for(["TLSv1.2", "TLSv1.3"] as const)(
  "shows its own certificate where it has one (%s)",
  async (maxVersion) => {
    await using webhook = await startTlsWebhook({ ...wantsClientCertificate, maxVersion });
    const tls = { ca_file: file("ca.pem"), cert_file: file("client.pem"), key_file: file("client.key") };
    expect(await errorOf(webhook.url, tls)).toBeUndefined();
    expect(webhook.visitors).toEqual(["loghook"]);
  },
);

test("a webhook that misses our certificate refuses us, and the remedy names cert_file", async () => {
  await using webhook = await startTlsWebhook(wantsClientCertificate);
  const error = await errorOf(webhook.url, { ca_file: file("ca.pem") });
  expect(error).toMatchObject({
    code: "DESTINATION_REFUSED",
    remedy: expect.stringContaining("tls.cert_file"),
  });
  expect(webhook.visitors).toEqual([]);
});

test.for([
  {
    flaw: "is not there",
    tls: { ca_file: "/nowhere/ca.pem" },
    message: "exporters.webhook.tls.ca_file names the file /nowhere/ca.pem, which cannot be read.",
  },
  {
    flaw: "is a folder",
    tls: { cert_file: file("."), key_file: file("client.key") },
    message: `exporters.webhook.tls.cert_file names the file ${file(".")}, which cannot be read.`,
  },
  {
    flaw: "is not there",
    tls: { cert_file: file("client.pem"), key_file: "/nowhere/client.key" },
    message: "exporters.webhook.tls.key_file names the file /nowhere/client.key, which cannot be read.",
  },
  {
    flaw: "holds no certificate",
    tls: { ca_file: file("client.key") },
    message: `exporters.webhook.tls.ca_file (${file("client.key")}) must hold a certificate in PEM form.`,
  },
  {
    flaw: "belongs to another certificate",
    tls: { cert_file: file("client.pem"), key_file: file("stranger.key") },
    message: `exporters.webhook.tls.cert_file and key_file (${file("client.pem")}, ${file("stranger.key")}) must hold a certificate and its private key in PEM form.`,
  },
])("a file that $flaw is refused at the start ($tls)", ({ tls, message }) => {
  const config = webhookConfig.parse({ url: "https://127.0.0.1", tls });
  expect(() => createWebhookExporter(config, { env: {} })).toThrow(
    expect.objectContaining({ code: "CONFIG_INVALID", message }),
  );
});

test("a certificate without its key is refused also where the config was made in code", () => {
  const config = webhookConfig.parse({ url: "https://127.0.0.1" });
  const tls = { caFile: undefined, certFile: file("client.pem"), keyFile: undefined };
  expect(() => createWebhookExporter({ ...config, tls }, { env: {} })).toThrow(
    expect.objectContaining({
      code: "CONFIG_INVALID",
      message: "exporters.webhook.tls must have cert_file and key_file together.",
    }),
  );
});
