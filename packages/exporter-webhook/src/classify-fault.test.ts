import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { inspect } from "node:util";
import type { LoghookError } from "@loghook/pipeline";
import { startServer, testBatch } from "@loghook/testkit";
import { expect, test } from "vitest";
import { classifyFault } from "./classify-fault.ts";
import { webhookConfig } from "./config.ts";
import { describeDestination } from "./destination.ts";
import { createWebhookExporter } from "./exporter.ts";

const signal = new AbortController().signal;

/** A server below HTTP: gets the connection when the first piece of a request has come in. */
async function startSocketServer(onRequest: (socket: Socket) => void, event: "data" | "connection" = "data") {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => {}));
    if (event === "connection") onRequest(socket);
    else socket.once("data", () => onRequest(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

async function errorOf(url: string, config: object = {}): Promise<LoghookError | undefined> {
  await using exporter = createWebhookExporter(webhookConfig.parse({ url, ...config }), { env: {} });
  return await exporter.export(testBatch(2), { signal }).then(
    () => undefined,
    (error) => error,
  );
}

test.for([
  {
    fault: "a connection that is closed at once",
    event: "connection",
    act: (socket: Socket) => socket.destroy(),
  },
  { fault: "a connection that is reset", event: "data", act: (socket: Socket) => socket.resetAndDestroy() },
  { fault: "a connection that ends without an answer", event: "data", act: (socket: Socket) => socket.end() },
  ...[
    "HTTP/1.1 200 OK\r\nContent-Le",
    "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of it",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    "SSH-2.0-OpenSSH_9.9\r\n",
    "HTTP/1.1 abc Fine\r\n\r\n",
    "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
    `HTTP/1.1 200 OK\r\nX-Long: ${"x".repeat(100_000)}\r\n\r\n`,
  ].map((answer) => ({
    fault: `the answer ${JSON.stringify(answer.slice(0, 60))}`,
    event: "data" as const,
    act: (socket: Socket) => socket.end(answer),
  })),
] as const)("$fault is retryable", async ({ act, event }) => {
  await using server = await startSocketServer(act, event);
  const error = await errorOf(server.url);
  expect(error?.code).toBe("RETRYABLE");
  expect(error?.message).toContain(`POST ${server.url}/ got no complete answer`);
  expect(error).toMatchObject({ records: undefined, retryAfterMs: undefined });
});

test("a refusal counts also when its answer breaks off", async () => {
  await using server = await startSocketServer((socket) =>
    socket.end("HTTP/1.1 401 Unauthorized\r\nContent-Length: 100\r\n\r\nwho are"),
  );
  const error = await errorOf(server.url);
  expect(error?.code).toBe("DESTINATION_REFUSED");
  expect(error?.message).toBe(`POST ${server.url}/ was answered with 401: who are`);
});

test.for([
  { silence: "before the answer", answer: "" },
  { silence: "in the head of the answer", answer: "HTTP/1.1 200 OK\r\n" },
  { silence: "in the body of the answer", answer: "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf" },
])("silence $silence ends with the timeout and is retryable", async ({ answer }) => {
  await using server = await startSocketServer((socket) => socket.write(answer));
  const error = await errorOf(server.url, { timeout: "60ms" });
  expect(error?.code).toBe("RETRYABLE");
  expect(error?.message).toBe(`POST ${server.url}/ got no complete answer within 0.06 seconds.`);
});

test("silence while the connection is made ends with the timeout and is retryable", async () => {
  await using server = await startSocketServer(() => {});
  const error = await errorOf(server.url.replace("http:", "https:"), { timeout: "60ms" });
  expect(error?.code).toBe("RETRYABLE");
});

test("an abort while the connection is made is heeded at once", async () => {
  const arrived = Promise.withResolvers<void>();
  await using server = await startSocketServer(() => arrived.resolve());
  const config = webhookConfig.parse({ url: server.url.replace("http:", "https:") });
  await using exporter = createWebhookExporter(config, { env: {} });
  const controller = new AbortController();
  const exported = exporter.export(testBatch(1), { signal: controller.signal });
  await arrived.promise;
  controller.abort();
  await expect(exported).rejects.toBe(controller.signal.reason);
});

test.for([
  { status: 200, code: undefined },
  { status: 500, code: "RETRYABLE" },
  { status: 404, code: "DESTINATION_REFUSED" },
])("an endless answer with $status is read to 4 KB, then cut off", async ({ status, code }) => {
  const closed = Promise.withResolvers<void>();
  await using server = await startServer((request, response) => {
    request.resume();
    response.on("close", closed.resolve).writeHead(status).write("x".repeat(5000));
  });
  expect((await errorOf(server.url))?.code).toBe(code);
  await closed.promise;
});

test("the connections are free again after aborted and cut answers", async () => {
  const controllers = [new AbortController(), undefined, new AbortController(), undefined];
  let requests = 0;
  await using server = await startSocketServer((socket) => {
    requests++;
    if (requests === 1) controllers[0]?.abort("silence");
    else if (requests === 2)
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n${"x".repeat(5000)}`);
    else if (requests === 3) socket.write("HTTP/1.1 200 OK\r\n", () => controllers[2]?.abort("half a head"));
    else socket.write("HTTP/1.1 204 No Content\r\n\r\n");
  });
  const config = webhookConfig.parse({ url: server.url, concurrency: 1 });
  await using exporter = createWebhookExporter(config, { env: {} });
  const outcomes: unknown[] = [];
  for (const controller of controllers) {
    await exporter.export(testBatch(1), { signal: controller?.signal ?? signal }).then(
      () => outcomes.push("taken"),
      (error) => outcomes.push(error),
    );
  }
  expect(outcomes).toEqual(["silence", "taken", "half a head", "taken"]);
});

test("nobody listening is retryable, and the remedy says where to look", async () => {
  const server = await startSocketServer(() => {});
  await server[Symbol.asyncDispose]();
  expect(await errorOf(server.url)).toMatchObject({
    code: "RETRYABLE",
    remedy: "Nothing listens there just now: check exporters.webhook.url and that the webhook runs.",
  });
});

test("a host name that cannot be resolved is retryable", async () => {
  // Too long for a label (RFC 1035 §2.3.4), so that no resolver is asked.
  const error = await errorOf(`http://${"a".repeat(64)}.invalid/`);
  expect(error).toMatchObject({ code: "RETRYABLE", cause: { code: "ENOTFOUND" } });
  expect(error?.remedy).toBe("There is no such host just now: check exporters.webhook.url.");
});

test("a port that does not speak TLS is retryable, and the remedy says so", async () => {
  await using server = await startServer((_request, response) => response.end());
  const error = await errorOf(server.url.replace("http:", "https:"));
  expect(error).toMatchObject({
    code: "RETRYABLE",
    remedy: "The other side does not seem to speak TLS: check exporters.webhook.url.",
  });
});

const destination = describeDestination(webhookConfig.parse({ url: "https://hooks.example/" }), "webhook");

test.for([
  ...["EAI_AGAIN", "ETIMEDOUT", "EHOSTUNREACH", "ECONNRESET", "EPIPE", "UND_ERR_SOCKET"].map((fault) => ({
    fault,
    code: "RETRYABLE",
  })),
  ...[
    "CERT_HAS_EXPIRED",
    "CERT_NOT_YET_VALID",
    "CERT_REVOKED",
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "SELF_SIGNED_CERT_IN_CHAIN",
    "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "INVALID_CA",
    "ERR_TLS_CERT_ALTNAME_INVALID",
    "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
    "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA",
    "ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE",
    "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION",
    "UND_ERR_PRX_TLS",
  ].map((fault) => ({ fault, code: "DESTINATION_REFUSED" })),
])("the fault $fault ends as $code", ({ fault, code }) => {
  expect(classifyFault(Object.assign(new Error("It broke"), { code: fault }), destination).code).toBe(code);
});

test("a fault without a message is told by its code", () => {
  const fault = Object.assign(new AggregateError([new Error("one"), new Error("two")]), {
    code: "ECONNREFUSED",
  });
  expect(classifyFault(fault, destination).message).toBe(
    "POST https://hooks.example/ got no complete answer: ECONNREFUSED.",
  );
});

test("a fault that repeats a secret is told without it", () => {
  const config = webhookConfig.parse({ url: "https://hooks.example/", authorization: "Bearer hunter22" });
  const fault = new Error("cannot parse Bearer hunter22");
  const error = classifyFault(fault, describeDestination(config, "webhook"));
  expect(error.message).toBe("POST https://hooks.example/ got no complete answer: cannot parse [redacted].");
  expect(inspect(error, { depth: null })).not.toContain("hunter22");
});
