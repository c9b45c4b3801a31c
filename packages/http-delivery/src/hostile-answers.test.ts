import { once } from "node:events";
import type { Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { LoghookError } from "@loghook/pipeline";
import { startWebhook, testBatch } from "@loghook/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { answerError } from "./answer-error.ts";
import type { Answer } from "./post.ts";
import {
  destinationAt,
  outcomeOf,
  posterTo,
  request,
  startSocketServer,
} from "./poster-under-test.test-kit.ts";

const maxAnswerBytes = 4096;
const fragments = [
  ..."HTTP/1.1 200 OK\r\n,HTTP/1.0 500 \r\n,HTTP/1.1 103 Early Hints\r\n\r\n,HTTP/1.1 100 Continue\r\n\r\n".split(
    ",",
  ),
  ..."HTTP/1.1 101 Up\r\n,HTTP/1.1 204 \r\n,HTTP/1.1 304 \r\n,HTTP/1.1 302 Found\r\n,HTTP/9.9 999 \r\n".split(
    ",",
  ),
  ..."HTTP/1.1 -1 \r\n,HTTP/1.1 2000 \r\n,HTTP/1.1 000 \r\n,HTTP/2 200\r\n,HTTP/1.1 413 \u0000\r\n".split(
    ",",
  ),
  ..."Content-Length: 5\r\n,Content-Length: -5\r\n,Content-Length: 1e9\r\n,Content-Length: 99999999999999999999\r\n".split(
    ",",
  ),
  ..."Transfer-Encoding: chunked\r\n,Transfer-Encoding: x\r\n,5\r\nhello\r\n,0\r\n\r\n,ffffffffffffffff\r\n,zz\r\n".split(
    ",",
  ),
  ..."Retry-After: -1\r\n,Retry-After: NaN\r\n,Location: http://[\r\n,Location: javascript:1\r\n,Connection: close\r\n".split(
    ",",
  ),
  ..."Connection: upgrade\r\nUpgrade: h2c\r\n,Content-Encoding: gzip\r\n, folded\r\n,: no name\r\n,no colon\r\n".split(
    ",",
  ),
  ...["\r\n", "\n", "\r", "\u0000", "\u001b[2J\u001b]0;owned\u0007", "\u202e", "x".repeat(9000), "{}", ""],
];
/** Pieces of HTTP in any order, and any bytes. */
const hostileBytes = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...fragments).map((text) => Buffer.from(text)) },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)) },
    ),
    { maxLength: 12 },
  )
  .map((pieces) => Buffer.concat(pieces));

const everyVerdict = ["retryable", "refused", "rejected", "too_large"] as const;

/** What a person gets to see of it, whatever the exporter makes of an answer. */
function told(outcome: Answer | LoghookError): string[] {
  const destination = destinationAt("https://hooks.example/");
  const context = { destination, records: testBatch(1), clock: { now: () => 0 } };
  const errors =
    outcome instanceof LoghookError
      ? [outcome]
      : everyVerdict.map((verdict) => answerError(outcome, { verdict }, context));
  return errors.flatMap((error) => [
    error?.message ?? "",
    error?.remedy ?? "",
    (error as { answer?: string }).answer ?? "",
    String((error?.cause as Error | undefined)?.message),
  ]);
}

const harmless = /^[^\p{Cc}\p{Cf}\u2028\u2029]{0,450}$/u;

test("whatever bytes come in place of an answer, it ends at once as an answer or as no answer", async () => {
  let bytes = Buffer.alloc(0);
  await using server = await startSocketServer((socket) => socket.end(bytes));
  const property = fc.asyncProperty(hostileBytes, async (hostile) => {
    bytes = hostile;
    await using poster = posterTo(server.url, 10_000);
    const outcome: Answer | LoghookError = await poster.post(request).catch((error) => error);
    if (outcome instanceof Error) expect(outcome).toMatchObject({ code: "RETRYABLE" });
    else expect(outcome.body.length).toBeLessThanOrEqual(maxAnswerBytes);
    for (const text of told(outcome)) expect(text).toMatch(harmless);
  });
  await fc.assert(property, { numRuns: 300 });
});

test("whatever body comes, what is told of it is one short line without control characters", () => {
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 600 }),
    fc.string({ unit: "binary", maxLength: 400 }).map((text) => Buffer.from(text)),
    fc
      .string({ unit: fc.constantFrom("\u001b[31m", "\u0000", "\r\n", "\u009b2J", "\u202e", "\ud83d", "x") })
      .map(Buffer.from),
  );
  const location = fc.string({ unit: "binary" });
  fc.assert(
    fc.property(body, location, fc.integer({ min: 100, max: 999 }), (bytes, to, status) => {
      for (const text of told({ status, headers: { location: to }, body: Buffer.from(bytes) })) {
        expect(text).toMatch(harmless);
      }
    }),
  );
});

test("whatever Retry-After says, the wait is none, or from 0 to one hour", () => {
  const oddities = [
    "-1",
    "NaN",
    "1e308",
    "Infinity",
    "0x10",
    "1.5",
    "9".repeat(400),
    "1, 2",
    "",
    " ",
    "\u0660",
  ];
  const dates = fc.date({ noInvalidDate: false }).map((date) => `${date.toString()}`);
  const header = fc.oneof(
    fc.string(),
    fc.constantFrom(...oddities),
    dates,
    fc.integer().map(String),
    fc.double().map(String),
  );
  const destination = destinationAt("https://hooks.example/");
  fc.assert(
    fc.property(fc.oneof(header, fc.array(header)), fc.constantFrom(503, 401), (value, status) => {
      const answer = { status, headers: { "retry-after": value }, body: Buffer.alloc(0) };
      const verdict = status === 503 ? "retryable" : "refused";
      const clock = { now: () => 1_772_442_846_000 };
      const error = answerError(answer, { verdict }, { destination, records: [], clock });
      const { retryAfterMs } = error as { retryAfterMs?: number };
      if (retryAfterMs === undefined) return;
      expect(retryAfterMs).toBeGreaterThanOrEqual(0);
      expect(retryAfterMs).toBeLessThanOrEqual(3_600_000);
    }),
  );
});

/** Writes for as long as it is read. */
async function flood(socket: Socket, beginning: string, piece: string): Promise<void> {
  socket.write(beginning);
  while (!socket.destroyed) if (!socket.write(piece)) await once(socket, "drain").catch(() => {});
}

test.for([
  { headers: "one that is 20 KB long", beginning: "HTTP/1.1 200 OK\r\nX-Long: ", piece: "x".repeat(20_000) },
  { headers: "one that never ends", beginning: "HTTP/1.1 200 OK\r\nX-Long: ", piece: "x".repeat(1000) },
  { headers: "a name that never ends", beginning: "HTTP/1.1 200 OK\r\n", piece: "x".repeat(1000) },
  {
    headers: "more and more of them",
    beginning: "HTTP/1.1 200 OK\r\n",
    piece: "x-a: b\r\nx-c: d\r\n".repeat(50),
  },
  {
    headers: "trailers without end",
    beginning: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
    piece: "x-a: b\r\n".repeat(50),
  },
])("headers of more than 16 KB end the answer: $headers", async ({ beginning, piece }) => {
  const closed = Promise.withResolvers<void>();
  await using server = await startSocketServer((socket) => {
    socket.on("close", closed.resolve);
    void flood(socket, beginning, piece);
  });
  expect(await outcomeOf(server.url)).toMatchObject({
    code: "RETRYABLE",
    cause: { code: "UND_ERR_HEADERS_OVERFLOW" },
    remedy: "The headers of its answer are larger than 16 KB: check exporters.webhook.url.",
  });
  await closed.promise;
});

test.for([
  { flood: "interim answers", beginning: "", piece: "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" },
  { flood: "empty lines", beginning: "", piece: "\r\n".repeat(100) },
  {
    flood: "chunk extensions",
    beginning: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;",
    piece: "a=b;".repeat(100),
  },
  { flood: "a status text", beginning: "HTTP/1.1 200 ", piece: "OK".repeat(100) },
])(
  "$flood without end, it ends with the timeout at the latest, and the connection with it",
  async ({ beginning, piece }) => {
    const closed = Promise.withResolvers<void>();
    let sentBytes = 0;
    await using server = await startSocketServer((socket) => {
      socket.on("close", () => {
        sentBytes = socket.bytesWritten;
        closed.resolve();
      });
      void flood(socket, beginning, piece);
    });
    const heapBytes = process.memoryUsage().heapUsed;
    expect(await outcomeOf(server.url, 150)).toMatchObject({ code: "RETRYABLE" });
    await closed.promise;
    expect(sentBytes).toBeGreaterThan(0);
    expect(process.memoryUsage().heapUsed - heapBytes).toBeLessThan(200_000_000);
  },
);

test.for([
  { part: "the head", beginning: "" },
  { part: "the headers", beginning: "HTTP/1.1 200 OK\r\nx-slow: " },
  { part: "the body", beginning: "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" },
  { part: "the chunks", beginning: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" },
])("an answer that comes drop by drop in $part ends with the timeout", async ({ part, beginning }) => {
  const drops =
    { "the head": "HTTP/1.1 200 OK", "the chunks": "1\r\nx\r\n".repeat(1000) }[part] ?? "x".repeat(1000);
  await using server = await startSocketServer((socket) => {
    socket.write(beginning);
    let sent = 0;
    const drip = setInterval(() => socket.write(drops[sent++] ?? ""), 10);
    socket.on("close", () => clearInterval(drip));
  });
  expect(await outcomeOf(server.url, 150)).toMatchObject({
    code: "RETRYABLE",
    message: `POST ${server.url}/ got no complete answer within 0.15 seconds.`,
  });
});

test("a compressed answer is not decompressed, however large it would be", async () => {
  const bomb = gzipSync(Buffer.alloc(20_000_000));
  await using server = await startWebhook({
    answer: (_request, response) => void response.writeHead(500, { "content-encoding": "gzip" }).end(bomb),
  });
  const outcome = await outcomeOf(server.url);
  expect(outcome).toMatchObject({ status: 500, body: bomb.subarray(0, maxAnswerBytes) });
  for (const text of told(outcome)) expect(text).toMatch(harmless);
});

test("the answer to the next request is not taken from what came behind the last one", async () => {
  let requests = 0;
  await using server = await startSocketServer((socket) => {
    requests++;
    if (requests > 1) return void socket.end("HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n");
    const ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    socket.write(ok.repeat(3));
  });
  await using poster = posterTo(server.url);
  const post = () =>
    poster.post(request).then(
      ({ status }) => status,
      (error: LoghookError) => error.code,
    );
  expect(await post()).toBe(200);
  expect(["RETRYABLE", 503]).toContain(await post());
  expect(requests).toBeGreaterThan(1);
});
