import { gunzipSync } from "node:zlib";
import {
  exporterContract,
  speaksOldTls,
  startProxy,
  startTlsServer,
  startWebhook,
  status,
  type TestServer,
  testBatch,
  testRecord,
  tlsFile,
  tlsIdentity,
  wantsClientCertificate,
} from "@loghook/testkit";
import { describe, expect, test } from "vitest";
import packageJson from "../package.json" with { type: "json" };
import { otlpConfig } from "./config.ts";
import { createOtlpExporter, type OtlpExporterSettings } from "./exporter.ts";
import { readRequest } from "./otlp-wire.test-kit.ts";

const signal = new AbortController().signal;

function exporterTo(
  { url }: Pick<TestServer, "url">,
  config: object = {},
  settings: OtlpExporterSettings = {},
) {
  return createOtlpExporter(otlpConfig.parse({ endpoint: url, ...config }), { env: {}, ...settings });
}

exporterContract("createOtlpExporter in protobuf", (url) => exporterTo({ url }, { compression: "none" }));
exporterContract("createOtlpExporter in JSON", (url) =>
  exporterTo({ url }, { compression: "none", encoding: "json" }),
);

describe.for([
  { encoding: "proto", contentType: "application/x-protobuf" },
  { encoding: "json", contentType: "application/json" },
] as const)("$encoding", ({ encoding, contentType }) => {
  test.for(["gzip", "none"])("a batch is one POST to /v1/logs, compressed with %s", async (compression) => {
    await using server = await startWebhook();
    await using exporter = exporterTo(server, { encoding, compression });
    const batch = testBatch(100);
    await exporter.export(batch, { signal });
    expect(server.requests).toHaveLength(1);
    const [request] = server.requests;
    expect(request).toMatchObject({ method: "POST", path: "/v1/logs" });
    expect(request?.headers["content-type"]).toBe(contentType);
    expect(request?.headers["content-length"]).toBe(String(request?.body.length));
    expect(request?.headers["content-encoding"]).toBe(compression === "gzip" ? "gzip" : undefined);
    const body = compression === "gzip" ? gunzipSync(request?.body ?? "") : request?.body;
    const uids = readRequest(body ?? Buffer.alloc(0), encoding).map(
      ({ attributes }) => attributes["log.record.uid"],
    );
    expect(uids).toEqual(batch.map(({ attributes }) => attributes["log.record.uid"]));
  });
});

test("compresses unless told otherwise", async () => {
  await using server = await startWebhook();
  await using exporter = exporterTo(server);
  await exporter.export(testBatch(50), { signal });
  expect(server.requests[0]?.headers["content-encoding"]).toBe("gzip");
});

test("says who it is and sends the headers as they are set", async () => {
  await using server = await startWebhook();
  await using exporter = exporterTo(server, {
    headers: { Authorization: "Bearer abc", "X-Scope-OrgID": "acme" },
  });
  await exporter.export(testBatch(1), { signal });
  expect(server.requests[0]?.headers).toMatchObject({
    "user-agent": `loghook/${packageJson.version}`,
    authorization: "Bearer abc",
    "x-scope-orgid": "acme",
  });
});

test.for([
  { setting: "endpoint", path: "", requested: "/v1/logs" },
  { setting: "endpoint", path: "/", requested: "/v1/logs" },
  { setting: "endpoint", path: "/otlp", requested: "/otlp/v1/logs" },
  { setting: "endpoint", path: "/api/otlp//", requested: "/api/otlp/v1/logs" },
  { setting: "endpoint", path: "/otlp?key=a%20b", requested: "/otlp/v1/logs?key=a%20b" },
  { setting: "logs_endpoint", path: "/in?key=a%20b", requested: "/in?key=a%20b" },
  { setting: "logs_endpoint", path: "/v1/logs/", requested: "/v1/logs/" },
])("with $setting …$path requests go to $requested", async ({ setting, path, requested }) => {
  await using server = await startWebhook();
  const config = otlpConfig.parse({ [setting]: `${server.url}${path}` });
  await using exporter = createOtlpExporter(config, { env: {} });
  await exporter.export(testBatch(1), { signal });
  expect(server.requests.map((request) => request.path)).toEqual([requested]);
});

test("a record that cannot be written is rejected without a request", async () => {
  const circle: Record<string, unknown> = {};
  circle.again = circle;
  await using server = await startWebhook();
  await using exporter = exporterTo(server);
  const batch = [testRecord(1), testRecord(2, { body: circle as never })];
  await expect(exporter.export(batch, { signal })).rejects.toMatchObject({
    code: "RECORDS_REJECTED",
    message: "A record cannot be written in OTLP.",
    records: batch,
  });
  expect(server.requests).toEqual([]);
});

test("a server that is silent for longer than the timeout is retryable", async () => {
  await using server = await startWebhook({ answer: () => {} });
  await using exporter = exporterTo(server, { timeout: "60ms" });
  await expect(exporter.export(testBatch(1), { signal })).rejects.toMatchObject({
    code: "RETRYABLE",
    message: `POST ${server.url}/v1/… got no complete answer within 0.06 seconds.`,
  });
});

test("an answer that breaks off is retryable, since rejected records may be in the rest", async () => {
  await using server = await startWebhook({
    answer(_request, response) {
      response.writeHead(200, { "content-length": "100" }).write("{");
      setImmediate(() => response.socket?.destroy());
    },
  });
  await using exporter = exporterTo(server);
  await expect(exporter.export(testBatch(1), { signal })).rejects.toMatchObject({ code: "RETRYABLE" });
});

test("nobody listening is retryable, and the remedy says where to look", async () => {
  const server = await startWebhook();
  await server[Symbol.asyncDispose]();
  await using exporter = exporterTo(server);
  await expect(exporter.export(testBatch(1), { signal })).rejects.toMatchObject({
    code: "RETRYABLE",
    remedy: "Nothing listens there just now: check exporters.otlp_http.endpoint and that the server runs.",
  });
});

test("an abort breaks off the request and rejects with the signal's reason", async () => {
  const broken = Promise.withResolvers<void>();
  await using server = await startWebhook({
    answer: (_request, response) => void response.on("close", broken.resolve),
  });
  await using exporter = exporterTo(server);
  const controller = new AbortController();
  const exported = exporter.export(testBatch(1), { signal: controller.signal });
  await server.received(1);
  controller.abort("stop");
  await expect(exported).rejects.toBe("stop");
  await broken.promise;
});

test("disposing lets a request under way come to its end, then nothing is sent any more", async () => {
  const answered = Promise.withResolvers<void>();
  await using server = await startWebhook({
    async answer(_request, response) {
      await answered.promise;
      response.end();
    },
  });
  const exporter = exporterTo(server);
  const exported = exporter.export(testBatch(1), { signal });
  await server.received(1);
  const disposed = exporter[Symbol.asyncDispose]();
  await expect(exporter.export(testBatch(1), { signal })).rejects.toMatchObject({ code: "RETRYABLE" });
  answered.resolve();
  await exported;
  await disposed;
  expect(server.requests).toHaveLength(1);
});

const trusting = { tls: { ca_file: tlsFile("ca.pem") } };

test("TLS with a private authority and a client certificate", async () => {
  await using server = await startTlsServer(wantsClientCertificate);
  const identityFiles = { cert_file: tlsFile("client.pem"), key_file: tlsFile("client.key") };
  await using exporter = exporterTo(server, { tls: { ...trusting.tls, ...identityFiles } });
  await exporter.export(testBatch(2), { signal });
  expect(server.visitors).toEqual(["loghook"]);
});

test.for([
  {
    flaw: "of an unknown authority",
    server: tlsIdentity("server"),
    config: {},
    remedy: /authority with .*\.tls\.ca_file/,
  },
  {
    flaw: "of another host",
    server: tlsIdentity("other-host"),
    config: trusting,
    remedy: /another host: check .*\.endpoint/,
  },
  {
    flaw: "that has expired",
    server: tlsIdentity("expired"),
    config: trusting,
    remedy: /certificate of the server is not valid/,
  },
  {
    flaw: "asked for in vain",
    server: wantsClientCertificate,
    config: trusting,
    remedy: /check .*\.tls\.cert_file/,
  },
  { flaw: "over old TLS", server: speaksOldTls, config: trusting, remedy: /must speak TLS 1\.2 or 1\.3/ },
])("a certificate $flaw is refused, and nothing is sent", async ({ server, config, remedy }) => {
  await using tlsServer = await startTlsServer(server);
  await using exporter = exporterTo(tlsServer, config);
  await expect(exporter.export(testBatch(1), { signal })).rejects.toMatchObject({
    code: "DESTINATION_REFUSED",
    remedy: expect.stringMatching(remedy),
  });
  expect(tlsServer.visitors).toEqual([]);
});

test("a redirect is not followed", async () => {
  await using target = await startWebhook();
  await using server = await startWebhook({ answer: status(307, { location: target.url }) });
  await using exporter = exporterTo(server);
  await expect(exporter.export(testBatch(1), { signal })).rejects.toMatchObject({
    code: "DESTINATION_REFUSED",
    message: expect.stringContaining(`was answered with 307 to ${target.url}/`),
  });
  expect(target.requests).toEqual([]);
});

test("with deny_private_networks nothing is sent to an address that is not public", async () => {
  await using server = await startWebhook();
  await using exporter = exporterTo(server, { deny_private_networks: true });
  await expect(exporter.export(testBatch(1), { signal })).rejects.toMatchObject({
    code: "DESTINATION_REFUSED",
    message:
      "127.0.0.1 is not on the public internet, and exporters.otlp_http.deny_private_networks is true.",
  });
  expect(server.requests).toEqual([]);
});

test("whatever an entry holds, the request has the headers of every request and no other", async () => {
  await using server = await startWebhook();
  await using exporter = exporterTo(server, { headers: { authorization: "Bearer abc" } });
  const evil = "1\r\nX-Evil: 1\r\n\r\nPOST / HTTP/1.1\r\n\u0000é🙂";
  const record = testRecord(1);
  const attributes = { "log.record.uid": evil, "auth0.type": evil, [evil]: evil };
  const resource = { ...record.resource, attributes: { "service.name": evil } };
  const hostile = { ...record, eventName: evil, body: { [evil]: evil }, attributes, resource };
  await exporter.export([hostile], { signal });
  const [{ headers, body } = { headers: {}, body: [] }] = server.requests;
  expect(server.requests).toHaveLength(1);
  expect(headers).toEqual({
    host: `127.0.0.1:${server.port}`,
    connection: "keep-alive",
    "user-agent": expect.stringMatching(/^loghook\/[\d.]+$/),
    authorization: "Bearer abc",
    "content-type": "application/x-protobuf",
    "content-encoding": "gzip",
    "content-length": String(body.length),
  });
});

test("the proxy of the environment is used", async () => {
  await using server = await startTlsServer();
  await using proxy = await startProxy();
  await using exporter = exporterTo(server, trusting, { env: { HTTPS_PROXY: proxy.url } });
  await exporter.export(testBatch(1), { signal });
  expect(proxy.visits.map(({ line }) => line)).toEqual([`CONNECT ${server.host}`]);
});

test.for([
  {
    config: { tls: { ca_file: "/nowhere/ca.pem" } },
    message: "exporters.otlp_http.tls.ca_file names the file /nowhere/ca.pem, which cannot be read.",
  },
])("$config is refused at the start", ({ config, message }) => {
  expect(() => exporterTo({ url: "https://otlp.example" }, config)).toThrow(
    expect.objectContaining({ code: "CONFIG_INVALID", message }),
  );
});
