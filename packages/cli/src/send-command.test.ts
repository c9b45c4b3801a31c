import { ConfigError } from "@loghook/pipeline";
import { startServer, startWebhook, status, type WebhookAnswer } from "@loghook/testkit";
import { expect, test } from "vitest";
import { type FakeIo, type FakeIoOptions, fakeIo, runVerb, startVerb } from "./fake-io.ts";
import { type ExitCode, exitCodes } from "./io.ts";
import { addSendCommand } from "./send-command.ts";
import { addSinkCommand } from "./sink-command.ts";

const secret = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
const otherSecret = `whsec_${Buffer.alloc(32, 2).toString("base64")}`;

async function send(
  argv: readonly string[],
  options?: FakeIoOptions,
): Promise<{ io: FakeIo; code: ExitCode }> {
  const io = fakeIo(options);
  return { io, code: await runVerb(addSendCommand, ["send", ...argv], io) };
}

test("sends one entry of the type, and shows the request and the answer", async () => {
  await using webhook = await startWebhook({ answer: status(202) });
  const { io, code } = await send([`${webhook.url}/hook`, "--type", "limit_wc"]);
  expect(code).toBe(exitCodes.done);
  const [request] = webhook.requests;
  const body = request?.body.toString() ?? "";
  expect(JSON.parse(body)).toEqual([
    expect.objectContaining({ type: "limit_wc", log_id: expect.any(String) }),
  ]);
  const output = io.output();
  expect(output).toContain(`POST ${webhook.url}/hook\n`);
  expect(output).toContain(`\nwebhook-id: ${request?.headers["webhook-id"]}\n`);
  expect(output).toContain(`\n${body}\n`);
  expect(output).toMatch(/^202 Accepted after \d+ (ms|s): the webhook has taken the entry\.$/m);
  expect(io.errors()).toBe("");
});

test("secrets go to the webhook and not to the screen", async () => {
  await using webhook = await startWebhook();
  const argv = [`${webhook.url}/?token=hunter3`, "--authorization", "Bearer hunter2", "--secret", secret];
  const { io } = await send(argv);
  expect(webhook.requests[0]?.headers).toMatchObject({
    authorization: "Bearer hunter2",
    "webhook-signature": expect.stringMatching(/^v1,/),
  });
  expect(io.output()).toContain("authorization: [redacted]\n");
  expect(io.output() + io.errors()).not.toMatch(/hunter|whsec_/);
});

test.for(["json", "json_lines", "auth0_log_stream", "cloudevents"])(
  "what send sends as %s with a signature, sink recognises",
  async (format) => {
    const isTTY = { isTTY: true, env: { NO_COLOR: "1" } };
    await using sink = await startVerb(
      addSinkCommand,
      ["sink", "--port", "0", "--secret", `${otherSecret} ${secret}`],
      isTTY,
    );
    const { code } = await send([
      sink.url,
      "--type",
      "fp",
      "--format",
      format,
      "--secret",
      secret,
      "--secret",
      otherSecret,
    ]);
    expect(code).toBe(exitCodes.done);
    const output = await sink.stop();
    expect(output).toMatch(new RegExp(`1 entry as ${format} .*signature valid`));
    expect(output).toMatch(/^ {2}\S+ {2}fp +Login failed: wrong password/m);
  },
);

test("--single sends the entry by itself", async () => {
  await using webhook = await startWebhook();
  await send([webhook.url, "--single"]);
  expect(JSON.parse(webhook.requests[0]?.body.toString() ?? "")).toMatchObject({ type: "f" });
});

const refusal: WebhookAnswer = status(401, {}, "who are you?");

test.for([
  {
    answer: status(503),
    code: exitCodes.tryAgainLater,
    said: /^503 Service Unavailable after/m,
    advice: /try again by itself\.$/m,
  },
  {
    answer: status(429, { "retry-after": "30" }),
    code: exitCodes.tryAgainLater,
    said: /^429 Too Many Requests after/m,
    advice: /try again by itself, not before 30 s have passed\.$/m,
  },
  { answer: refusal, code: exitCodes.config, said: /^401 Unauthorized after/m, advice: /who are you\?/ },
  { answer: status(302), code: exitCodes.config, said: /^302 Found after/m, advice: /./ },
  { answer: status(422), code: exitCodes.config, said: /^422 Unprocessable Entity after/m, advice: /./ },
  {
    answer: status(413),
    code: exitCodes.config,
    said: /^413 Payload Too Large after/m,
    advice: /./,
  },
])(
  "when the webhook does not take it, it ends with $code and says why: $said",
  async ({ answer, code, said, advice }) => {
    await using webhook = await startWebhook({ answer });
    const { io, code: actual } = await send([webhook.url]);
    expect(actual).toBe(code);
    expect(webhook.requests).toHaveLength(1);
    expect(io.output()).toMatch(said);
    expect(io.output()).toContain("the webhook has not taken the entry");
    expect(io.errors()).toMatch(advice);
    expect(io.errors()).not.toContain("exporters.webhook");
  },
);

test("when nobody listens it ends with 75, and shows that nothing was sent", async () => {
  const server = await startServer((_request, response) => response.end());
  await server[Symbol.asyncDispose]();
  const { io, code } = await send([server.url]);
  expect(code).toBe(exitCodes.tryAgainLater);
  expect(io.output()).toContain("(the body was not sent)");
  expect(io.output()).toMatch(/^no answer after/m);
  expect(io.errors()).toContain("ECONNREFUSED");
});

test("gives up waiting for an answer after --timeout", async () => {
  await using webhook = await startWebhook({ answer: () => {} });
  const { io, code } = await send([webhook.url, "--timeout", "50ms"]);
  expect(code).toBe(exitCodes.tryAgainLater);
  expect(io.output()).toMatch(/^no answer after/m);
});

test("gives up when it is interrupted", async () => {
  await using webhook = await startWebhook({ answer: () => {} });
  const io = fakeIo();
  const done = runVerb(addSendCommand, ["send", webhook.url], io);
  await webhook.received(1);
  io.interrupt();
  expect(await done).toBe(exitCodes.tryAgainLater);
  expect(io.errors()).toContain("Stopped before the webhook had answered.");
});

test("an interruption before the first byte sends nothing", async () => {
  await using webhook = await startWebhook();
  const io = fakeIo();
  io.interrupt();
  expect(await runVerb(addSendCommand, ["send", webhook.url], io)).toBe(exitCodes.tryAgainLater);
  expect(webhook.requests).toEqual([]);
});

test("an answer cannot steer the terminal", async () => {
  await using webhook = await startWebhook({ answer: status(500, {}, "\u001B[2Jgone\n\u009B2J") });
  const { io } = await send([webhook.url]);
  expect((io.output() + io.errors()).replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
});

test("what is wrong with the options is said all at once, and without secrets", async () => {
  const argv = ["https://me:hunter2@example.com/", "--secret", "whsec_hunter2", "--timeout", "soon"];
  const error = await send(argv).catch((e) => e);
  expect(error).toBeInstanceOf(ConfigError);
  expect(error.message.split("\n")).toEqual([
    expect.stringMatching(/^The URL must be an absolute http or https URL/),
    expect.stringMatching(/^--secret must be whsec_/),
    expect.stringMatching(/^--timeout must be a duration/),
  ]);
  expect(error.message).not.toContain("hunter2");
});

test("an empty secret is refused and not taken for none", async () => {
  await expect(send(["http://127.0.0.1:9/", "--secret", ""])).rejects.toThrow(/^--secret must be/);
  const sink = runVerb(addSinkCommand, ["sink", "--port", "0", "--secret", ""], fakeIo());
  await expect(sink).rejects.toThrow(/^--secret must be/);
});

test.for([
  { argv: ["--type", "nope"], sentence: /There is no event type nope\. `loghook types` shows all of them\./ },
  {
    argv: ["--format", "xml"],
    sentence: /Allowed choices are json, json_lines, auth0_log_stream, cloudevents/,
  },
])("refuses $argv", async ({ argv, sentence }) => {
  const { io, code } = await send(["http://127.0.0.1:9/", ...argv]);
  expect(code).toBe(exitCodes.config);
  expect(io.errors()).toMatch(sentence);
});

test("colours the verdict on a terminal", async () => {
  await using webhook = await startWebhook();
  const { io } = await send([webhook.url], { isTTY: true });
  expect(io.output()).toContain("\u001B[32mthe webhook has taken the entry\u001B[39m");
});
