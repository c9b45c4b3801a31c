import { once } from "node:events";
import { createSecureServer } from "node:http2";
import type { AddressInfo } from "node:net";
import {
  speaksOldTls,
  startServer,
  startTlsServer,
  tlsFile,
  tlsIdentity,
  wantsClientCertificate,
} from "@loghook/testkit";
import { request } from "undici";
import { afterEach, expect, test, vi } from "vitest";
import { createDispatcher } from "./dispatcher.ts";
import { post, setting } from "./post.test-kit.ts";

const caFile = tlsFile("ca.pem");

afterEach(() => vi.unstubAllEnvs());

test("a certificate of a private authority is accepted when ca_file names the authority", async () => {
  await using server = await startTlsServer();
  expect(await post(server.url, { tls: { caFile } })).toBe(200);
  expect(server.visitors).toHaveLength(1);
});

test.for([
  { flaw: "of an unknown authority", server: "server", tls: {}, code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" },
  { flaw: "signed by itself", server: "stranger", tls: {}, code: "DEPTH_ZERO_SELF_SIGNED_CERT" },
  { flaw: "of another host", server: "other-host", tls: { caFile }, code: "ERR_TLS_CERT_ALTNAME_INVALID" },
  { flaw: "that has expired", server: "expired", tls: { caFile }, code: "CERT_HAS_EXPIRED" },
])("a certificate $flaw is refused, and nothing is sent", async ({ server: name, tls, code }) => {
  await using server = await startTlsServer(tlsIdentity(name));
  expect(await post(server.url, { tls })).toMatchObject({ code });
  expect(server.visitors).toEqual([]);
});

test("NODE_TLS_REJECT_UNAUTHORIZED does not turn the verification off", async () => {
  vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
  await using server = await startTlsServer();
  expect(await post(server.url)).toMatchObject({ code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" });
  expect(server.visitors).toEqual([]);
});

test("TLS below 1.2 is not spoken", async () => {
  await using server = await startTlsServer(speaksOldTls);
  expect(await post(server.url, { tls: { caFile } })).toMatchObject({
    code: expect.stringContaining("PROTOCOL_VERSION"),
  });
  expect(server.visitors).toEqual([]);
});

test.for(["TLSv1.2", "TLSv1.3"] as const)(
  "shows its own certificate where it has one (%s)",
  async (maxVersion) => {
    await using server = await startTlsServer({ ...wantsClientCertificate, maxVersion });
    const tls = { caFile, certFile: tlsFile("client.pem"), keyFile: tlsFile("client.key") };
    expect(await post(server.url, { tls })).toBe(200);
    expect(server.visitors).toEqual(["loghook"]);
  },
);

test("a server that could speak HTTP/2 is spoken to in HTTP/1.1", async () => {
  const versions: string[] = [];
  const { cert, key } = tlsIdentity("server") as { cert: Buffer; key: Buffer };
  const server = createSecureServer({ cert, key, allowHTTP1: true }, (incoming, response) => {
    versions.push(incoming.httpVersion);
    response.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect(await post(url, { tls: { caFile } })).toBe(200);
  server.close();
  expect(versions).toEqual(["1.1"]);
});

test.for([
  { connections: 1, used: 1 },
  { connections: undefined, used: 2 },
])("two requests with connections: $connections use $used", async ({ connections, used }) => {
  const ports = new Set<unknown>();
  const both = Promise.withResolvers<void>();
  let requests = 0;
  await using server = await startServer(async ({ socket }, response) => {
    ports.add(socket.remotePort);
    requests++;
    if (requests === 2) both.resolve();
    // The first is answered when the second is there, unless that has to wait for the first.
    if (connections !== 1) await both.promise;
    response.end();
  });
  const dispatcher = createDispatcher({ env: {}, connections, timeoutMs: 20_000, setting });
  const send = async () => await (await request(server.url, { dispatcher })).body.dump();
  await Promise.all([send(), send()]);
  await dispatcher.destroy();
  expect(ports.size).toBe(used);
});

test.for([
  {
    flaw: "is not there",
    tls: { caFile: "/nowhere/ca.pem" },
    message: "exporters.webhook.tls.ca_file names the file /nowhere/ca.pem, which cannot be read.",
  },
  {
    flaw: "is a folder",
    tls: { certFile: tlsFile("."), keyFile: tlsFile("client.key") },
    message: `exporters.webhook.tls.cert_file names the file ${tlsFile(".")}, which cannot be read.`,
  },
  {
    flaw: "is not there",
    tls: { certFile: tlsFile("client.pem"), keyFile: "/nowhere/client.key" },
    message: "exporters.webhook.tls.key_file names the file /nowhere/client.key, which cannot be read.",
  },
  {
    flaw: "holds no certificate",
    tls: { caFile: tlsFile("client.key") },
    message: `exporters.webhook.tls.ca_file (${tlsFile("client.key")}) must hold a certificate in PEM form.`,
  },
  {
    flaw: "belongs to another certificate",
    tls: { certFile: tlsFile("client.pem"), keyFile: tlsFile("stranger.key") },
    message: `exporters.webhook.tls.cert_file and key_file (${tlsFile("client.pem")}, ${tlsFile("stranger.key")}) must hold a certificate and its private key in PEM form.`,
  },
  {
    flaw: "has no key beside it",
    tls: { certFile: tlsFile("client.pem") },
    message: "exporters.webhook.tls must have cert_file and key_file together.",
  },
])("a file that $flaw is refused at the start ($tls)", ({ tls, message }) => {
  expect(() => createDispatcher({ tls, env: {}, timeoutMs: 1, setting })).toThrow(
    expect.objectContaining({ code: "CONFIG_INVALID", message }),
  );
});
