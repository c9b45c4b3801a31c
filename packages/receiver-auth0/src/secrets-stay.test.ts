import { generateKeyPairSync } from "node:crypto";
import { inspect } from "node:util";
import { type Logger, LoghookError } from "@loghook/pipeline";
import { manualClock, startWebhook, status, type TestWebhook, type WebhookAnswer } from "@loghook/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { receiverOf, run, skipSleeps } from "./receiver.test-kit.ts";

const { privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});

const token = "tkn.Aq7/Zx+9pLm=.Secret";
const clientSecret = 'shh-"Qw8\\ü/Er%5+ty';

const credentials = {
  secret: { client_id: "id", client_secret: clientSecret },
  key: { client_id: "id", private_key: privateKey },
  token: { token: "tkn.Given/Aq7.Zx+9" },
};

function readerOf(
  server: TestWebhook,
  kind: keyof typeof credentials,
  overrides: Parameters<typeof receiverOf>[2] = {},
) {
  const tenant = { url: server.url, domain: "acme.eu.auth0.com", clientId: "id", clientSecret: "" };
  const { client_id: _, ...given }: Record<string, string> = credentials[kind];
  const none = kind === "key" ? { client_secret: undefined } : {};
  const config = {
    start_from: "2026-01-01",
    timeout: "2s",
    retry_on_failure: { initial_interval: "1ms", max_interval: "1ms", max_elapsed_time: "5ms" },
  };
  return receiverOf(tenant, { ...config, ...none, ...given }, overrides);
}

const grant = JSON.stringify({ access_token: token, expires_in: 3600 });

describe("what goes to the tenant goes nowhere else", () => {
  test.for([301, 302, 303, 307, 308])(
    "a %d from the log or from /oauth/token is not followed",
    async (code) => {
      await using other = await startWebhook({ answer: status(200, {}, grant) });
      for (const redirected of ["/oauth/token", "/api/v2/logs"]) {
        await using tenant = await startWebhook({
          answer: ({ path }, response) => {
            const location = `${other.url}${path}`;
            if (path.startsWith(redirected)) response.writeHead(code, { location }).end();
            else response.end(path.startsWith("/oauth") ? grant : "[]");
          },
        });
        for (const kind of ["secret", "key", "token"] as const) {
          await using receiver = readerOf(tenant, kind);
          const error = await run(receiver).catch((thrown: unknown) => thrown);
          const isRead = redirected === "/oauth/token" && kind === "token";
          if (!isRead) expect(error).toMatchObject({ code: "SOURCE_REFUSED" });
        }
      }
      expect(other.requests).toEqual([]);
    },
  );

  test("a Link, a Location and a Refresh that lead elsewhere are not followed, in either mode", async () => {
    await using other = await startWebhook({ answer: status(200, {}, "[]") });
    const entry = { log_id: `90020260302080000${"1".repeat(39)}`, type: "s", date: "2026-03-02T08:00:00Z" };
    await using tenant = await startWebhook({
      answer: ({ path }, response) => {
        const headers = {
          link: `<${other.url}/api/v2/logs?from=1>; rel="next", <//${new URL(other.url).host}/>; rel=next`,
          "content-location": other.url,
          location: `${other.url}/`,
          refresh: `0; url=${other.url}`,
          "alt-svc": `h2="${new URL(other.url).host}"; ma=86400`,
        };
        const isFirst = path.includes("sort=") || path.includes(`from=90020260301080000`);
        response
          .writeHead(200, headers)
          .end(path.startsWith("/oauth") ? grant : isFirst ? JSON.stringify([entry]) : "[]");
      },
    });
    await using receiver = readerOf(tenant, "secret");
    for (const start_from of ["beginning", "now"]) {
      await using begun = receiverOf(
        { url: tenant.url, domain: "acme.eu.auth0.com", clientId: "id", clientSecret: "hush" },
        { start_from },
      );
      await run(begun);
    }
    await run(receiver);
    for await (const _ of receiver.list?.({
      from: 0,
      to: Number.POSITIVE_INFINITY,
      signal: AbortSignal.timeout(5000),
    }) ?? []);
    expect(other.requests).toEqual([]);
    for (const { path, headers, body } of tenant.requests) {
      // The token stands in its header and the secret in its form, and neither in a URL.
      expect(path).not.toMatch(/tkn|shh/);
      if (path.startsWith("/api"))
        expect([headers.authorization, `${body}`]).toEqual([`Bearer ${token}`, ""]);
      else expect(headers.authorization).toBeUndefined();
    }
  });

  test("an answer with headers larger than 16 KB is a passing fault", async () => {
    await using tenant = await startWebhook({
      answer: status(
        200,
        Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`x-${n}`, "y".repeat(2000)])),
        "[]",
      ),
    });
    await using receiver = readerOf(tenant, "token");
    const reading = receiver.list?.({ from: 0, to: 1, signal: AbortSignal.timeout(9000) });
    await expect(reading?.[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: "RETRYABLE" });
  });
});

/** Ways in which something between here and there gives back what it was sent. */
const echoes: Record<string, (text: string) => string> = {
  "as it is": (text) => text,
  "in a URL": encodeURIComponent,
  "in a form": (text) => new URLSearchParams({ "": text }).toString(),
  "in JSON": (text) => JSON.stringify(text).slice(1, -1),
  "in JSON, escaped": (text) =>
    [...text].map((char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`).join(""),
  "in base64": (text) => Buffer.from(text).toString("base64"),
  "in hexadecimal": (text) => Buffer.from(text).toString("hex"),
  "in lower case": (text) => text.toLowerCase(),
};

type Sent = Parameters<WebhookAnswer>[0];

/** What of a request is a secret. */
function secretsIn({ headers, body }: Sent): string[] {
  const form = new URLSearchParams(body.toString());
  const secrets = [
    headers.authorization?.replace(/^Bearer /, ""),
    form.get("client_secret"),
    form.get("client_assertion"),
  ];
  return secrets.filter((secret) => typeof secret === "string");
}

const badAnswer = fc.record({
  on: fc.constantFrom("token", "logs"),
  code: fc.constantFrom(200, 201, 204, 302, 400, 401, 403, 404, 408, 413, 429, 431, 500, 503),
  echo: fc.constantFrom(...Object.keys(echoes)),
  shape: fc.constantFrom("text", "json", "oauth", "list", "grant", "cut", "no HTTP", "headers"),
});

type BadAnswer = typeof badAnswer extends fc.Arbitrary<infer T> ? T : never;

function bodyOf({ shape }: BadAnswer, echoed: string): string {
  switch (shape) {
    case "json":
      return `{"statusCode":400,"error":"Bad","message":"seen ${echoed}","errorCode":"${echoed}"}`;
    case "oauth":
      return `{"error":"invalid_client","error_description":"Unknown client or ${echoed}"}`;
    case "list":
      return `[{"log_id":"1","seen":"${echoed}"`;
    case "grant":
      return `{"access_token":"${echoed} \\n","expires_in":"${echoed}"}`;
    default:
      return `<html>${echoed}</html>`;
  }
}

function answerBadly(bad: BadAnswer, request: Sent, response: Parameters<WebhookAnswer>[1]): void {
  const echoed = secretsIn(request)
    .map(echoes[bad.echo] ?? String)
    .join(" ");
  const { socket } = response;
  const inHeader = encodeURI(echoed).slice(0, 4000);
  if (bad.shape === "no HTTP") return void socket?.end(`NONSENSE ${echoed}\r\n\r\n`);
  const headers = {
    location: `https://${inHeader}.example/${inHeader}`,
    "retry-after": "1",
    "x-seen": inHeader,
  };
  response.writeHead(bad.code, bad.shape === "text" ? {} : headers);
  if (bad.shape !== "cut") return void response.end(bad.code === 204 ? "" : bodyOf(bad, echoed));
  response.write(echoed, () => socket?.destroy());
}

/** Everything that a run says, prints or throws. */
async function outputOf(
  kind: keyof typeof credentials,
  bad: readonly BadAnswer[],
  seen: Set<string>,
): Promise<string> {
  const left = [...bad];
  await using tenant = await startWebhook({
    answer(request, response) {
      for (const secret of secretsIn(request)) seen.add(secret);
      const on = request.path.startsWith("/oauth") ? "token" : "logs";
      const next = left.findIndex((one) => one.on === on);
      if (next >= 0) answerBadly(left.splice(next, 1)[0] as BadAnswer, request, response);
      else response.end(on === "token" ? grant : "[]");
    },
  });
  const said: string[] = [];
  const say = (...what: unknown[]): unknown => said.push(printed(what));
  const logger: Logger = { debug: say, info: say, warn: say, error: say };
  const clock = manualClock();
  await using receiver = readerOf(tenant, kind, { clock, logger, emit: say });
  const done = new AbortController();
  const skipping = skipSleeps(clock, done.signal);
  try {
    await run(receiver);
  } catch (error) {
    expect(error).toBeInstanceOf(LoghookError);
    say(error);
  }
  done.abort();
  clock.advance(1);
  void clock.sleep(0, {});
  await skipping;
  return said.join("\n");
}

/** As a log, a crash report or a message could show it. */
function printed(what: unknown): string {
  const error = what instanceof Error ? what : undefined;
  return [
    inspect(what, {
      depth: Number.POSITIVE_INFINITY,
      showHidden: true,
      maxStringLength: null,
      maxArrayLength: null,
    }),
    JSON.stringify(what, (_key, value) =>
      value instanceof Error ? { ...value, message: value.message } : value,
    ),
    error?.stack,
  ].join("\n");
}

describe("what is printed", () => {
  test("never holds a secret, however a tenant fails and whatever it gives back", async () => {
    const kinds = fc.constantFrom(...(Object.keys(credentials) as (keyof typeof credentials)[]));
    let outputs = 0;
    await fc.assert(
      fc.asyncProperty(kinds, fc.array(badAnswer, { minLength: 1, maxLength: 4 }), async (kind, bad) => {
        const seen = new Set([token, clientSecret, credentials.token.token]);
        const output = await outputOf(kind, bad, seen);
        outputs += output.length;
        for (const secret of seen) {
          for (const echo of Object.values(echoes)) expect(output).not.toContain(echo(secret));
        }
        expect(output).not.toContain(privateKey.split("\n")[3]);
      }),
      { numRuns: 150 },
    );
    // It did say something, so that there was something to look into.
    expect(outputs).toBeGreaterThan(10_000);
  }, 60_000);
});
