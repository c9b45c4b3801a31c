import { inspect } from "node:util";
import { LoghookError } from "@loghook/pipeline";
import { startServer, startWebhook, testBatch } from "@loghook/testkit";
import { expect, test } from "vitest";
import { webhookConfig } from "./config.ts";
import { describeDestination } from "./destination.ts";
import { createWebhookExporter } from "./exporter.ts";

const signal = new AbortController().signal;
const signingSecret = `whsec_${Buffer.alloc(32, 9).toString("base64")}`;
const settings = {
  authorization: 'Bearer aUth0rization"token',
  headers: { "X-Api-Key": "cust0m key", "X-Env": "eu" },
  signing_secret: signingSecret,
};
const query = "?token=query%2Fs3cret";
const hidden = ["aUth0rization", "cust0m key", signingSecret.slice(6), "query%2Fs3cret", "query/s3cret"];

/** Everything that a logger or a person could get to see of an error. */
function everythingIn(error: unknown): string {
  const { message, stack, remedy, cause } = error as LoghookError;
  return [
    message,
    stack,
    remedy,
    String(error),
    inspect(error, { depth: null, showHidden: true }),
    JSON.stringify(error),
    JSON.stringify({ ...(error as object), cause }),
  ].join("\n");
}

async function errorOf(url: string): Promise<unknown> {
  const config = webhookConfig.parse({ url: `${url}/hook${query}`, ...settings });
  await using exporter = createWebhookExporter(config, { env: {} });
  return await exporter.export(testBatch(1), { signal }).then(
    () => undefined,
    (error) => error,
  );
}

test.for([302, 400, 401, 404, 413, 429, 500])(
  "an answer with %i that echoes our secrets does not bring them into the error",
  async (status) => {
    await using webhook = await startWebhook({
      answer({ headers, path }, response) {
        const echo = { ...headers, path, url: decodeURIComponent(path), secret: signingSecret };
        response.writeHead(status, {
          location: `https://elsewhere.example/${encodeURIComponent("cust0m key")}${query}`,
        });
        response.end(`${headers.authorization}\u0000${path} ${JSON.stringify(echo)}`);
      },
    });
    const error = await errorOf(webhook.url);
    expect(error).toBeInstanceOf(LoghookError);
    const everything = everythingIn(error);
    for (const secret of hidden) expect(everything).not.toContain(secret);
    expect((error as Error).message).toContain("[redacted]");
  },
);

test("garbage that echoes our secrets does not bring them into the error", async () => {
  await using server = await startServer((request) => {
    request.socket.end(
      `SSH-2.0 ${request.headers.authorization} ${request.headers["x-api-key"]} ${request.url}\r\n`,
    );
  });
  const error = await errorOf(server.url);
  expect(error).toBeInstanceOf(LoghookError);
  for (const secret of hidden) expect(everythingIn(error)).not.toContain(secret);
});

const destination = describeDestination(
  webhookConfig.parse({ url: `https://hooks.example/a${query}#part`, ...settings }),
  "webhook/backup",
);

test("names the request without query and fragment, and settings as the config does", () => {
  expect(destination.request).toBe("POST https://hooks.example/a/…");
  expect(destination.address).toBe("exporters.webhook/backup.url");
});

test.for([
  { text: 'got Bearer aUth0rization"token!', quoted: "got [redacted]!" },
  { text: 'unknown token aUth0rization"token', quoted: "unknown token [redacted]" },
  { text: '{"a":"aUth0rization\\"token"}', quoted: '{"a":"[redacted]"}' },
  { text: "key=cust0m%20key", quoted: "key=[redacted]" },
  { text: "cust0m\n\tkey", quoted: "[redacted]" },
  { text: `signed with ${signingSecret}`, quoted: "signed with [redacted]" },
  { text: "no region but eu", quoted: "no region but eu" },
])("quotes $text as $quoted", ({ text, quoted }) => {
  expect(destination.quote(text)).toBe(quoted);
});
