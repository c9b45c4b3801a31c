import { once } from "node:events";
import { globSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { startTenant, type Tenant } from "@loghook/auth0-simulator";
import { startWebhook, type TestWebhook } from "@loghook/testkit";
import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { loghook, runLoghook, temporaryFolder, workspaceRoot, writeConfig, writtenIds } from "./harness.ts";

const configs = globSync("collector-config/*.yaml", { cwd: workspaceRoot });
const signingSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/** Everything that the configs take from the environment. */
const environment = {
  AUTH0_DOMAIN: "acme.eu.auth0.com",
  AUTH0_CLIENT_ID: "client",
  AUTH0_CLIENT_SECRET: "secret",
  WEBHOOK_URL: "http://127.0.0.1:9/",
  SIGNING_SECRET: signingSecret,
};

test("there are configs to be tested", () => {
  expect(configs.length).toBeGreaterThanOrEqual(4);
});

test.for(configs)("%s is valid", async (config) => {
  const { code, stdout, stderr } = await runLoghook(["validate", config], {
    cwd: workspaceRoot,
    env: environment,
  });
  expect(stderr).toBe("");
  expect(stdout).toContain(`${config} is valid.`);
  expect(code).toBe(0);
});

/** Leads every HTTPS connection to the tenant, so that the configs run as they are, with a domain of auth0.com. */
async function startProxyTo(tenant: Tenant) {
  const server = createServer();
  server.on("connect", (_request, socket: Socket, head: Buffer) => {
    const upstream = connect(tenant.port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      upstream.write(head);
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on("error", () => socket.destroy());
    socket.on("error", () => upstream.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}

describe("started as they are", () => {
  test.for(configs)("%s delivers an account that was blocked, and stops at SIGTERM", async (config) => {
    await using folder = await temporaryFolder();
    await using webhook = await startWebhook();
    await using tenant = await startTenant({ https: true, logsItsOwnTokens: false });
    await using plainTenant = await startTenant({ logsItsOwnTokens: false });
    await using proxy = await startProxyTo(tenant);
    const certificate = join(folder.path, "ca.pem");
    writeFileSync(certificate, tenant.caCertificate ?? "");
    const env = {
      ...environment,
      AUTH0_CLIENT_ID: tenant.clientId,
      AUTH0_CLIENT_SECRET: tenant.clientSecret,
      AUTH0_DOMAIN: tenant.domain,
      HTTPS_PROXY: proxy.url,
      NO_PROXY: "127.0.0.1",
      NODE_EXTRA_CA_CERTS: certificate,
      WEBHOOK_URL: webhook.url,
      LOGHOOK_DIRECTORY: join(folder.path, "state"),
      DEMO_TENANT_URL: plainTenant.url,
      DEMO_CLIENT_ID: plainTenant.clientId,
      DEMO_CLIENT_SECRET: plainTenant.clientSecret,
      DEMO_WEBHOOK_URL: webhook.url,
      DEMO_DIRECTORY: join(folder.path, "state"),
      SCHEDULE: "* * * * * *",
    };
    await using running = loghook(["run", "--config", join(workspaceRoot, config)], {
      cwd: folder.path,
      env,
    });
    await running.printed("start_from");
    for (const each of [tenant, plainTenant]) each.generate(1, { type: "limit_wc" });
    await webhook.received(1);
    running.kill("SIGTERM");
    expect(await running.ended).toBe(0);
    expect(entriesIn(webhook).map(({ type }) => type)).toEqual(["limit_wc"]);
  });
});

/** Entries of requests in JSON, gzipped or not. */
function entriesIn({ requests }: TestWebhook): { type: string }[] {
  return requests.flatMap(({ headers, body }) => {
    const text = headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
    return JSON.parse(text.toString("utf8")) as { type: string }[];
  });
}

test("a signature is good for the standardwebhooks library, with the old secret and with the new one while rotating", async () => {
  await using folder = await temporaryFolder();
  await using webhook = await startWebhook();
  await using tenant = await startTenant({ entries: 3, logsItsOwnTokens: false });
  const newSecret = "whsec_bmV3LXNlY3JldC1vZi0yNi1ieXRlcyEhIQ==";
  const webhookSettings = { signing_secret: `${newSecret} ${signingSecret}`, compression: "gzip" };
  const config = await writeConfig(folder.path, { tenant, webhook, webhookSettings });
  expect((await runLoghook(["run", "--once", "--config", config], { cwd: folder.path })).code).toBe(0);
  const { headers, body } = webhook.requests[0] ?? {};
  const payload = gunzipSync(body ?? Buffer.alloc(0)).toString("utf8");
  for (const secret of [signingSecret, newSecret]) {
    const verified = new Webhook(secret).verify(payload, headers as Record<string, string>);
    expect((verified as { log_id: string }[]).map(({ log_id }) => log_id)).toEqual(writtenIds(tenant));
  }
  const stranger = new Webhook("whsec_c29tZWJvZHkgZWxzZSdzIHNlY3JldA==");
  expect(() => stranger.verify(payload, headers as Record<string, string>)).toThrow();
});

describe("a folder of broken configs", () => {
  test("every problem of every file is shown with its place and what to do", async () => {
    const { code, stdout, stderr } = await runLoghook(["validate", "test/testdata/broken"], {
      cwd: workspaceRoot,
    });
    expect(code).toBe(78);
    expect(stdout).toBe("0 of 7 files are valid.\n");
    expect(stderr).toMatchSnapshot();
    for (const line of stderr.trimEnd().split("\n")) {
      expect(line).toMatch(/^test\/testdata\/broken\/[\w-]+\.yaml:\d+:\d+ \S+ /);
    }
  });
});
