import type { Socket } from "node:net";
import { inspect } from "node:util";
import { startServer } from "@loghook/testkit";
import { expect, test } from "vitest";
import { classifyFault } from "./classify-fault.ts";
import {
  destinationAt,
  outcomeOf,
  posterTo,
  request,
  startSocketServer,
} from "./poster-under-test.test-kit.ts";

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
  expect(await outcomeOf(server.url)).toMatchObject({
    code: "RETRYABLE",
    message: expect.stringContaining(`POST ${server.url}/ got no complete answer`),
    records: undefined,
    retryAfterMs: undefined,
  });
});

test("a refusal counts also when its answer breaks off", async () => {
  await using server = await startSocketServer((socket) =>
    socket.end("HTTP/1.1 401 Unauthorized\r\nContent-Length: 100\r\n\r\nwho are"),
  );
  expect(await outcomeOf(server.url)).toMatchObject({ status: 401, body: Buffer.from("who are") });
});

test.for([
  { silence: "before the answer", answer: "" },
  { silence: "in the head of the answer", answer: "HTTP/1.1 200 OK\r\n" },
  { silence: "in the body of the answer", answer: "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf" },
])("silence $silence ends with the timeout and is retryable", async ({ answer }) => {
  await using server = await startSocketServer((socket) => socket.write(answer));
  expect(await outcomeOf(server.url, 60)).toMatchObject({
    code: "RETRYABLE",
    message: `POST ${server.url}/ got no complete answer within 0.06 seconds.`,
  });
});

test("silence while the connection is made ends with the timeout and is retryable", async () => {
  await using server = await startSocketServer(() => {});
  const outcome = await outcomeOf(server.url.replace("http:", "https:"), 60);
  expect(outcome).toMatchObject({ code: "RETRYABLE" });
});

test("an abort while the connection is made is heeded at once", async () => {
  const arrived = Promise.withResolvers<void>();
  await using server = await startSocketServer(() => arrived.resolve());
  await using poster = posterTo(server.url.replace("http:", "https:"));
  const controller = new AbortController();
  const posted = poster.post({ ...request, signal: controller.signal });
  await arrived.promise;
  controller.abort();
  await expect(posted).rejects.toBe(controller.signal.reason);
});

test.for([200, 500, 404])("an endless answer with %i is read to the bound, then cut off", async (status) => {
  const closed = Promise.withResolvers<void>();
  await using server = await startServer((request, response) => {
    request.resume();
    response.on("close", closed.resolve).writeHead(status).write("x".repeat(5000));
  });
  expect(await outcomeOf(server.url)).toMatchObject({ status, body: Buffer.from("x".repeat(4096)) });
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
  await using poster = posterTo(server.url);
  const outcomes: unknown[] = [];
  for (const controller of controllers) {
    await poster.post({ ...request, ...(controller && { signal: controller.signal }) }).then(
      ({ status }) => outcomes.push(status),
      (error) => outcomes.push(error),
    );
  }
  expect(outcomes).toEqual(["silence", 200, "half a head", 204]);
});

test("nobody listening is retryable, and the remedy says where to look", async () => {
  const server = await startSocketServer(() => {});
  await server[Symbol.asyncDispose]();
  expect(await outcomeOf(server.url)).toMatchObject({
    code: "RETRYABLE",
    remedy: "Nothing listens there just now: check exporters.webhook.url and that the webhook runs.",
  });
});

test("a host name that cannot be resolved is retryable", async () => {
  // Too long for a label (RFC 1035 §2.3.4), so that no resolver is asked.
  expect(await outcomeOf(`http://${"a".repeat(64)}.invalid/`)).toMatchObject({
    code: "RETRYABLE",
    cause: { code: "ENOTFOUND" },
    remedy: "There is no such host just now: check exporters.webhook.url.",
  });
});

test("a port that does not speak TLS is retryable, and the remedy says so", async () => {
  await using server = await startServer((_request, response) => response.end());
  expect(await outcomeOf(server.url.replace("http:", "https:"))).toMatchObject({
    code: "RETRYABLE",
    remedy: "The other side does not seem to speak TLS: check exporters.webhook.url.",
  });
});

const destination = destinationAt("https://hooks.example/");

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
  const fault = new Error("cannot parse Bearer hunter22");
  const error = classifyFault(fault, destinationAt("https://hooks.example/", 20_000, ["Bearer hunter22"]));
  expect(error.message).toBe("POST https://hooks.example/ got no complete answer: cannot parse [redacted].");
  expect(inspect(error, { depth: null })).not.toContain("hunter22");
});
