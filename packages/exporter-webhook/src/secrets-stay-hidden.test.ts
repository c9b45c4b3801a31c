import { inspect } from "node:util";
import { LoghookError } from "@loghook/pipeline";
import { startServer, startWebhook, testBatch, type WebhookAnswer } from "@loghook/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { webhookConfig } from "./config.ts";
import { createWebhookExporter } from "./exporter.ts";

const { signal } = new AbortController();

const token = fc.stringMatching(/^[A-Za-z0-9+/_=-]{12,40}$/);
const secrets = fc.record({
  bearer: token,
  password: token,
  apiKey: token,
  query: token,
  signing: fc.uint8Array({ minLength: 24, maxLength: 64 }).map((key) => Buffer.from(key).toString("base64")),
  proxyPassword: token,
});
type Secrets = Record<"bearer" | "password" | "apiKey" | "query" | "signing" | "proxyPassword", string>;

/** The ways in which a destination may repeat what it was sent. */
const echoes: Readonly<Record<string, (secret: string) => string>> = {
  plainly: (secret) => `unknown ${secret}!`,
  "within words": (secret) => `x${secret}y`,
  "as JSON": (secret) => JSON.stringify({ headers: { value: secret } }),
  "in a URL": (secret) => `https://a.example/?key=${encodeURIComponent(secret)}`,
  "in base64": (secret) => Buffer.from(secret).toString("base64"),
  "in the base64 of more": (secret) => Buffer.from(`{"key":"${secret}"}`).toString("base64"),
  "in the base64url of more": (secret) => Buffer.from(`k=${secret};`).toString("base64url"),
  "in hexadecimal digits": (secret) => Buffer.from(`k=${secret};`).toString("hex"),
  "with what follows cut off": (secret) => `${"x".repeat(4096 - secret.length + 3)}${secret}`,
};

/** What a reader of logs would find by trying: the text, and what is in anything that looks encoded. */
function findable(text: string): string {
  const runs = text.match(/[\w+/=-]{8,}/g) ?? [];
  const decoded = runs.flatMap((run) => [
    ...[0, 1, 2, 3].map((offset) => Buffer.from(run.slice(offset), "base64").toString("latin1")),
    ...[0, 1].map((offset) => Buffer.from(run.slice(offset), "hex").toString("latin1")),
  ]);
  return [
    text,
    text.replace(/%[\da-f]{2}/gi, (byte) => String.fromCharCode(Number.parseInt(byte.slice(1), 16))),
    ...decoded,
  ].join("\n");
}

/** Everything that a logger, a store or a person could get to see of an error. */
function everythingIn(error: unknown): string {
  const { message, stack, remedy, cause, answer } = error as LoghookError & { answer?: string };
  return [
    message,
    stack,
    remedy,
    answer,
    String(error),
    inspect(error, { depth: null, showHidden: true }),
    JSON.stringify(error),
    JSON.stringify({ ...(error as object), message, stack, cause: { ...(cause as object) } }),
    inspect(cause, { depth: null, showHidden: true }),
  ].join("\n");
}

function settingsWith({ bearer, password, apiKey, query, signing }: Secrets, url: string) {
  return webhookConfig.parse({
    url: `${url}/hook?token=${encodeURIComponent(query)}`,
    authorization: `Bearer ${bearer}`,
    headers: { "X-Api-Key": apiKey, "X-Basic": `Basic ${btoa(`ada:${password}`)}` },
    signing_secret: `whsec_${signing}`,
  });
}

interface Delivery {
  readonly url: string;
  readonly planted: Secrets;
  readonly env?: Record<string, string>;
}

async function errorOf({ url, planted, env = {} }: Delivery): Promise<unknown> {
  await using exporter = createWebhookExporter(settingsWith(planted, url), { env });
  return await exporter.export(testBatch(1), { signal }).then(
    () => undefined,
    (error) => error,
  );
}

function expectNoneIn(error: unknown, planted: Secrets): void {
  expect(error).toBeInstanceOf(LoghookError);
  const found = findable(everythingIn(error));
  for (const [name, secret] of Object.entries(planted)) expect(found, name).not.toContain(secret);
}

const which = fc.constantFrom("bearer", "password", "apiKey", "query", "signing", "proxyPassword");

test.for(Object.entries(echoes))(
  "a refusal that repeats a secret %s does not bring it into the error",
  async ([, echo]) => {
    let answer: WebhookAnswer = () => {};
    await using webhook = await startWebhook({ answer: (...both) => answer(...both) });
    // A forward proxy is what answers, so that it has seen the proxy's password, too.
    const proxied = (password: string) => ({
      HTTP_PROXY: webhook.url.replace("//", `//ada:${encodeURIComponent(password)}@`),
    });
    const statuses = fc.constantFrom(302, 400, 401, 413, 422, 429, 500);
    const property = fc.asyncProperty(secrets, which, statuses, async (...[planted, name, status]) => {
      answer = (_request, response) => {
        const location = `https://elsewhere.example/${encodeURIComponent(planted[name])}`;
        response.writeHead(status, `as ${encodeURIComponent(planted[name])}`, { location });
        response.end(echo(planted[name]));
      };
      const delivery = { url: "http://hooks.example", planted, env: proxied(planted.proxyPassword) };
      expectNoneIn(await errorOf(delivery), planted);
    });
    await fc.assert(property, { numRuns: 25 });
  },
);

test("garbage that repeats a secret does not bring it into the error", async () => {
  let garbage = "";
  await using server = await startServer(({ socket }) => void socket.end(garbage));
  const beginnings = fc.constantFrom(
    "",
    "HTTP/1.1 ",
    "HTTP/1.1 200 OK\r\nContent-Length: ",
    "HTTP/1.1 200 OK\r\nx",
  );
  const property = fc.asyncProperty(secrets, which, beginnings, async (...[planted, name, beginning]) => {
    garbage = `${beginning}${planted[name]}\r\n\r\n`;
    const error = await errorOf({ url: server.url, planted });
    // What comes behind a good beginning may even be a success.
    if (error !== undefined) expectNoneIn(error, planted);
  });
  await fc.assert(property, { numRuns: 50 });
});
