import { existsSync, readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { text } from "node:stream/consumers";
import { ConfigError } from "@loghook/pipeline";
import { startServer } from "@loghook/testkit";
import { expect, test } from "vitest";
import { type FakeIoOptions, fakeIo, type RunningVerb, runVerb, startVerb } from "./fake-io.ts";
import { exitCodes } from "./io.ts";
import { addSimulateCommand } from "./simulate-command.ts";

const onTerminal: FakeIoOptions = { isTTY: true, env: { NO_COLOR: "1" } };

function startSimulate(
  args: readonly string[] = [],
  options: FakeIoOptions = onTerminal,
): Promise<RunningVerb> {
  return startVerb(addSimulateCommand, ["simulate", "--port", "0", "--rate", "0", ...args], options);
}

/** What the tenant told to set. */
function environmentIn(output: string): Record<string, string> {
  return Object.fromEntries(
    [...output.matchAll(/^ {2}(AUTH0_\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]),
  );
}

async function tokenOf({ url, io }: RunningVerb): Promise<Response> {
  const { AUTH0_DOMAIN, AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET } = environmentIn(io.output());
  return fetch(`${url}/oauth/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      grant_type: "client_credentials",
      audience: `https://${AUTH0_DOMAIN}/api/v2/`,
      client_id: AUTH0_CLIENT_ID,
      client_secret: AUTH0_CLIENT_SECRET,
    }),
  });
}

async function readLog(tenant: RunningVerb, query = "per_page=100"): Promise<Response> {
  const { access_token } = (await (await tokenOf(tenant)).json()) as { access_token: string };
  const headers = { authorization: `Bearer ${access_token}` };
  return fetch(`${tenant.url}/api/v2/logs?${query}`, { headers });
}

test("the variables that it prints open its log", async () => {
  await using tenant = await startSimulate(["--entries", "7"]);
  expect(tenant.io.output()).toContain(`\n  endpoint: ${tenant.url}\n`);
  const entries = (await (await readLog(tenant, "q=NOT type:seccft")).json()) as unknown[];
  expect(entries).toHaveLength(7);
  expect(await tenant.stop()).toMatch(/^2 requests; 8 entries in the log\.$/m); // with that of the token
  expect(await tenant.done).toBe(exitCodes.done);
});

test("its default credentials are those of the demo's config", async () => {
  await using tenant = await startSimulate();
  const config = readFileSync(new URL("../../../collector-config/demo.yaml", import.meta.url), "utf8");
  const { AUTH0_DOMAIN, AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET } = environmentIn(tenant.io.output());
  for (const value of [AUTH0_DOMAIN, AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET])
    expect(config).toContain(`:-${value}}`);
});

test("--types, --seed and --domain shape the log", async () => {
  const args = ["--types", "f,limit_wc", "--entries", "20", "--domain", "other.us.auth0.com"];
  await using tenant = await startSimulate(args);
  await using sibling = await startSimulate([...args, "--seed", "2"]);
  const read = async (from: RunningVerb) =>
    (await (await readLog(from, "per_page=100&q=NOT type:seccft")).json()) as Record<string, string>[];
  const entries = await read(tenant);
  expect(new Set(entries.map(({ type }) => type))).toEqual(new Set(["f", "limit_wc"]));
  expect(environmentIn(tenant.io.output()).AUTH0_DOMAIN).toBe("other.us.auth0.com");
  const users = (list: typeof entries) => list.map(({ user_name }) => user_name);
  expect(users(await read(sibling))).not.toEqual(users(entries));
});

test("--token-lifetime is that of its tokens", async () => {
  await using tenant = await startSimulate(["--token-lifetime", "90s"]);
  expect(await (await tokenOf(tenant)).json()).toMatchObject({ expires_in: 90 });
});

test("--rate-limit is what its answers say", async () => {
  await using tenant = await startSimulate(["--rate-limit", "3/0.001"]);
  const { headers } = await readLog(tenant);
  expect([headers.get("x-ratelimit-limit"), headers.get("x-ratelimit-remaining")]).toEqual(["3", "2"]);
});

test("--retention hides what is older", async () => {
  await using tenant = await startSimulate(["--entries", "24", "--retention", "12h30m"]);
  const entries = (await (await readLog(tenant, "per_page=100&q=NOT type:seccft")).json()) as unknown[];
  expect(entries.length).toBeGreaterThan(10);
  expect(entries.length).toBeLessThan(14);
});

test("--verbose prints a line for each request, without secrets", async () => {
  await using tenant = await startSimulate(["--verbose"]);
  await readLog(tenant, "take=5&from=1");
  await fetch(`${tenant.url}/api/v2/logs`);
  const output = await tenant.stop();
  const requests = output.split("\n").filter((line) => /^\d\d:/.test(line));
  expect(requests).toEqual([
    expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{3} {2}POST \/oauth\/token {2}200$/),
    expect.stringMatching(/ {2}GET \/api\/v2\/logs\?take=5&from=1 {2}\d{3}$/),
    expect.stringMatching(/ {2}GET \/api\/v2\/logs {2}401$/),
  ]);
});

test("without --verbose it says nothing about requests", async () => {
  await using tenant = await startSimulate();
  await readLog(tenant);
  expect(await tenant.stop()).not.toContain("/oauth/token");
});

test("with --https the certificate lies in the file that it names, for as long as it runs", async () => {
  await using tenant = await startSimulate(["--https"]);
  expect(tenant.url).toMatch(/^https:/);
  const [, caFile = ""] = /tls: \{ ca_file: (.*) \}/.exec(tenant.io.output()) ?? [];
  const agent = new Agent({ ca: readFileSync(caFile) });
  const answer = await new Promise<string>((resolve, reject) => {
    const sent = request(`${tenant.url}/api/v2/logs`, { agent }, (response) => resolve(text(response)));
    sent.on("error", reject).end();
  });
  expect(JSON.parse(answer)).toMatchObject({ statusCode: 401 });
  await tenant.stop();
  expect(existsSync(caFile)).toBe(false);
});

test("where it is not a terminal, it writes a JSON object per line", async () => {
  await using tenant = await startSimulate(["--verbose", "--entries", "3"], {});
  await fetch(`${tenant.url}/api/v2/logs?take=1`);
  const events = (await tenant.stop())
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as object);
  expect(events).toEqual([
    {
      event: "started",
      url: tenant.url,
      environment: {
        AUTH0_DOMAIN: "acme.eu.auth0.com",
        AUTH0_CLIENT_ID: "loghook-demo",
        AUTH0_CLIENT_SECRET: "loghook-demo-secret",
      },
    },
    expect.objectContaining({
      event: "request",
      method: "GET",
      path: "/api/v2/logs",
      query: "take=1",
      status: 401,
    }),
    { event: "stopped", requests: 1, entries: 3 },
  ]);
});

test("a port that is taken is said in a sentence", async () => {
  await using server = await startServer((_request, response) => response.end());
  const argv = ["simulate", "--port", String(server.port)];
  const error = await runVerb(addSimulateCommand, argv, fakeIo()).catch((e) => e);
  expect(error).toBeInstanceOf(ConfigError);
  expect(error.message).toBe(`Another program listens on port ${server.port} of 127.0.0.1 already.`);
});

test.for([
  { argv: ["--rate", "fast"], sentence: /number per second/ },
  { argv: ["--rate-limit", "10"], sentence: /such as 2\/2 or 50\/16/ },
  { argv: ["--types", "f,nope"], sentence: /no event type nope/ },
  { argv: ["--retention", "long"], sentence: /duration such as/ },
])("refuses $argv with a sentence", async ({ argv, sentence }) => {
  const io = fakeIo();
  expect(await runVerb(addSimulateCommand, ["simulate", ...argv], io)).toBe(exitCodes.config);
  expect(io.errors()).toMatch(sentence);
});
