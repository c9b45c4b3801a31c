import { createHmac } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { ConfigError } from "@loghook/pipeline";
import { startServer } from "@loghook/testkit";
import { expect, test } from "vitest";
import { type FakeIoOptions, fakeIo, type RunningVerb, runVerb, startVerb } from "./fake-io.ts";
import { exitCodes } from "./io.ts";
import { addSinkCommand } from "./sink-command.ts";

const key = Buffer.alloc(32, 1);
const secret = `whsec_${key.toString("base64")}`;
const onTerminal: FakeIoOptions = { isTTY: true, columns: 200, env: { NO_COLOR: "1" } };

function startSink(args: readonly string[] = [], options: FakeIoOptions = onTerminal): Promise<RunningVerb> {
  return startVerb(addSinkCommand, ["sink", "--port", "0", ...args], options);
}

function entry(logId: string, more: object = {}): object {
  const date = "2026-03-02T09:14:07.112Z";
  return { log_id: logId, date, type: "f", user_name: "ada@example.com", ip: "203.0.113.24", ...more };
}

interface PostOptions {
  readonly id?: string;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

function post(
  { url }: RunningVerb,
  body: unknown,
  { id, headers, signal }: PostOptions = {},
): Promise<Response> {
  return fetch(`${url}/hook`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(id && { "webhook-id": id }), ...headers },
    body: Buffer.isBuffer(body) ? new Uint8Array(body) : JSON.stringify(body),
    ...(signal && { signal }),
  });
}

function signed(
  id: string,
  body: unknown,
  atSeconds = Math.floor(Date.now() / 1000),
): Record<string, string> {
  const mac = createHmac("sha256", key)
    .update(`${id}.${atSeconds}.${JSON.stringify(body)}`)
    .digest("base64");
  return { "webhook-id": id, "webhook-timestamp": String(atSeconds), "webhook-signature": `v1,${mac}` };
}

test("says where it is and what to try, and takes requests until it is stopped", async () => {
  await using sink = await startSink();
  expect((await post(sink, [entry("1")])).status).toBe(200);
  const output = await sink.stop();
  expect(output).toContain(`\n  loghook send ${sink.url}/\n`);
  expect(output).toContain(`WEBHOOK_URL=${sink.url}/ `);
  expect(await sink.done).toBe(exitCodes.done);
  await expect(post(sink, [])).rejects.toThrow("fetch failed");
});

test("prints a line for each request and each entry in it", async () => {
  await using sink = await startSink();
  await post(sink, [entry("1"), entry("2", { type: "brand_new", user_name: "", ip: undefined })], {
    id: "msg_1",
  });
  const output = await sink.stop();
  expect(output).toMatch(
    /^\d\d:\d\d:\d\d\.\d{3} {2}POST \/hook {2}2 entries as json {2}msg_1 {2}answer 200$/m,
  );
  expect(output).toMatch(/^ {2}2026-03-02T09:14:07.112Z {2}f +Login failed +ada@example.com +203.0.113.24$/m);
  expect(output).toMatch(/^ {2}2026-03-02T09:14:07.112Z {2}brand_new +- +- +-$/m);
});

test("prints whole entries with --verbose, and none with --quiet", async () => {
  await using verbose = await startSink(["--verbose"]);
  await using quiet = await startSink(["--quiet"]);
  const batch = [entry("1", { details: { error: { message: "Wrong password." } } })];
  await Promise.all([post(verbose, batch), post(quiet, batch)]);
  expect(await verbose.stop()).toContain('"message": "Wrong password."');
  const output = await quiet.stop();
  expect(output).toContain("1 entry as json");
  expect(output).not.toContain("ada@example.com");
});

test("an entry cannot steer the terminal", async () => {
  await using sink = await startSink(["--verbose"]);
  await post(sink, [entry("1", { user_name: "\u001B]0;owned\u0007\u009B2J\nfake line", type: "\u001B[2J" })]);
  const output = await sink.stop();
  expect(output.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
  expect(output).not.toMatch(/^fake line/m);
});

test.for([
  { verdict: "valid", said: "signature valid", headers: (body: unknown) => signed("m", body) },
  { verdict: "missing", said: "signature missing", headers: () => ({}) },
  {
    verdict: "invalid",
    said: "signature INVALID: another secret, or the body was changed on the way",
    headers: (body: unknown) => signed("m", [body]),
  },
  {
    verdict: "invalid",
    said: "in the past, and 5 min are allowed",
    headers: (body: unknown) => signed("m", body, 1_614_265_330),
  },
])("with a secret it says that a signature is $verdict ($said)", async ({ verdict, said, headers }) => {
  await using sink = await startSink([
    "--secret",
    `whsec_${Buffer.alloc(24).toString("base64")}`,
    "--secret",
    secret,
  ]);
  const body = [entry("1")];
  expect((await post(sink, body, { headers: headers(body) })).status).toBe(200);
  const output = await sink.stop();
  expect(output).toContain(said);
  expect(output).toMatch(new RegExp(`^Signatures: .*1 ${verdict}`, "m"));
  expect(output).not.toContain(secret);
});

test("without a secret it says nothing about signatures", async () => {
  await using sink = await startSink();
  await post(sink, [entry("1")], { headers: signed("m", [entry("1")]) });
  expect(await sink.stop()).not.toMatch(/signature/i);
});

test("the signature of a compressed request is that of what is in it", async () => {
  await using sink = await startSink(["--secret", secret]);
  const body = [entry("1")];
  const headers = { ...signed("m", body), "content-encoding": "gzip" };
  await post(sink, gzipSync(JSON.stringify(body)), { headers });
  expect(await sink.stop()).toMatch(/1 entry as json.*signature valid/);
});

test("warns of a request that comes again, and of an entry that comes again in another request", async () => {
  await using sink = await startSink(["--answer", "500,200"]);
  await post(sink, [entry("1")], { id: "msg_1" });
  await post(sink, [entry("1")], { id: "msg_1" });
  await post(sink, [entry("1"), entry("2")], { id: "msg_2" });
  const output = await sink.stop();
  expect(output).toMatch(/Repeat: this webhook-id came at \d\d:\d\d:\d\d\.\d{3}, and the answer was 500\./);
  expect(output).toContain("Repeat: 1 entry in it came before, under another webhook-id.");
  expect(output).toMatch(/ada@example.com +203.0.113.24 +repeat$/m);
  expect(output).toContain("3 requests, 1 of them repeats.\n4 entries, 2 distinct, 2 repeated.");
});

test("answers as told, in turn, and the last answer stays", async () => {
  await using sink = await startSink(["--answer", "500,429:30,413,204"]);
  const answers: (readonly [number, string | null])[] = [];
  for (let n = 0; n < 5; n++) {
    const { status, headers } = await post(sink, []);
    answers.push([status, headers.get("retry-after")]);
  }
  expect(answers).toEqual([
    [500, null],
    [429, "30"],
    [413, null],
    [204, null],
    [204, null],
  ]);
  expect(await sink.stop()).toContain("answers 500, 429:30, 413, and from then on 204.");
});

test("reset cuts the connection", async () => {
  await using sink = await startSink(["--answer", "reset,200"]);
  await expect(post(sink, [])).rejects.toThrow("fetch failed");
  expect((await post(sink, [])).status).toBe(200);
});

test("hang never answers, and does not keep it from stopping", async () => {
  await using sink = await startSink(["--answer", "hang"]);
  const answer = post(sink, []).then(
    () => "answered",
    () => "cut",
  );
  await sink.io.match(/answer hang/);
  await sink.stop();
  expect(await answer).toBe("cut");
});

test("ends by itself after --count requests, each of them answered", async () => {
  await using sink = await startSink(["--count", "2"]);
  expect((await post(sink, [entry("1")])).status).toBe(200);
  expect((await post(sink, [entry("2")])).status).toBe(200);
  expect(await sink.done).toBe(exitCodes.done);
  expect(sink.io.output()).toContain("2 requests, 0 of them repeats.");
});

test("says what is wrong with a body that it cannot read, answers, and counts it", async () => {
  await using sink = await startSink();
  expect((await post(sink, Buffer.from("log=1&\u001B[2J"))).status).toBe(200);
  const output = await sink.stop();
  expect(output).toContain("  The body is not JSON: log=1& [2J\n");
  expect(output).toContain("1 could not be read.");
});

test("a body that is too large for it is answered with 413", async () => {
  await using sink = await startSink();
  expect((await post(sink, Buffer.alloc(65 * 1024 * 1024, " "))).status).toBe(413);
  expect(await sink.stop()).toContain("larger than the 64 MB");
});

test("a sender that goes away in the middle of a request is not counted, and does no harm", async () => {
  await using sink = await startSink();
  const socket = connect(Number(new URL(sink.url).port), "127.0.0.1");
  socket.on("error", () => {});
  socket.write("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\nexpect: 100-continue\r\n\r\n[");
  await once(socket, "data"); // the request is under way
  socket.resetAndDestroy();
  expect((await post(sink, [entry("1")])).status).toBe(200);
  expect(await sink.stop()).toContain("1 request, 0 of them repeats.");
});

test("where it is not a terminal, it writes a JSON object per line", async () => {
  await using sink = await startSink(["--secret", secret], {});
  await post(sink, [entry("1")], { id: "msg_1" });
  await post(sink, [entry("1")], { id: "msg_1" });
  const [started, first, second, stopped] = (await sink.stop())
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(started).toEqual({ event: "started", url: `${sink.url}/`, answers: ["200"] });
  expect(first).toEqual({
    event: "request",
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    method: "POST",
    path: "/hook",
    webhookId: "msg_1",
    format: "json",
    signature: "missing",
    answer: "200",
    entryCount: 1,
    repeatedEntryCount: 0,
    entries: [
      {
        logId: "1",
        date: "2026-03-02T09:14:07.112Z",
        type: "f",
        user: "ada@example.com",
        ip: "203.0.113.24",
      },
    ],
  });
  expect(second).toMatchObject({ repeatOf: { at: first?.time, answer: "200" }, repeatedEntryCount: 1 });
  expect(stopped).toEqual({
    event: "stopped",
    requests: 2,
    repeatedRequests: 1,
    unreadableRequests: 0,
    entries: 2,
    distinctEntries: 1,
    repeatedEntries: 1,
    signatures: { valid: 0, invalid: 0, missing: 2 },
  });
});

test("--output decides against the terminal", async () => {
  await using text = await startSink(["--output", "text"], {});
  await using json = await startSink(["--output", "json"], onTerminal);
  expect(await text.stop()).toMatch(/^The webhook is at/);
  expect(await json.stop()).toMatch(/^\{"event":"started"/);
});

test("colours what matters on a terminal", async () => {
  await using sink = await startSink(["--secret", secret], { isTTY: true });
  await post(sink, []);
  expect(await sink.stop()).toContain("\u001B[33msignature missing\u001B[39m");
});

test("a port that is taken is said in a sentence with a remedy", async () => {
  await using server = await startServer((_request, response) => response.end());
  const error = await runVerb(addSinkCommand, ["sink", "--port", String(server.port)], fakeIo()).catch(
    (e) => e,
  );
  expect(error).toBeInstanceOf(ConfigError);
  expect(error.message).toBe(`Another program listens on port ${server.port} of 127.0.0.1 already.`);
  expect(error.remedy).toContain("--port");
});

test("an address of another machine is said in a sentence too", async () => {
  const argv = ["sink", "--port", "0", "--host", "192.0.2.1"];
  await expect(runVerb(addSinkCommand, argv, fakeIo())).rejects.toThrow(
    /^It is not possible to listen on port 0/,
  );
});

test("a secret that is none is refused without being shown", async () => {
  const io = fakeIo();
  const argv = ["sink", "--port", "0", "--secret", "whsec_hunter2"];
  const error = await runVerb(addSinkCommand, argv, io).catch((e) => e);
  expect(error).toBeInstanceOf(ConfigError);
  expect(error.message).toBe("--secret must be whsec_ followed by the base64 text of 24 to 64 bytes.");
  expect(io.output() + io.errors()).not.toContain("hunter2");
});

test.for([
  { argv: ["--answer", "200,sleep"], sentence: /"sleep" is none of these/ },
  { argv: ["--port", "70000"], sentence: /whole number from 0 to 65535/ },
  { argv: ["--count", "0"], sentence: /whole number from 1/ },
])("refuses $argv with a sentence", async ({ argv, sentence }) => {
  const io = fakeIo();
  expect(await runVerb(addSinkCommand, ["sink", ...argv], io)).toBe(exitCodes.config);
  expect(io.errors()).toMatch(sentence);
});
