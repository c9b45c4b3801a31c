import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { startTenant, type Tenant } from "@loghook/auth0-simulator";
import { type ReceivedRequest, startWebhook } from "@loghook/testkit";
import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { loghook, runLoghook, temporaryFolder, workspaceRoot, writeConfig, writtenIds } from "./harness.ts";
import { proxyTo } from "./proxied-tenants.ts";

const configs = globSync("collector-config/*.yaml", { cwd: workspaceRoot }).filter(
  (name) => !name.endsWith(".test.yaml"),
);
const signingSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/** Everything that the configs take from the environment, with every destination at the same place. */
const environmentWith = (destination: string, production: Partial<Tenant>, staging: Partial<Tenant>) => ({
  AUTH0_DOMAIN: production.domain ?? "acme.eu.auth0.com",
  AUTH0_CLIENT_ID: production.clientId ?? "client",
  AUTH0_CLIENT_SECRET: production.clientSecret ?? "secret",
  AUTH0_PRODUCTION_DOMAIN: production.domain ?? "acme.eu.auth0.com",
  AUTH0_PRODUCTION_CLIENT_ID: production.clientId ?? "client",
  AUTH0_PRODUCTION_CLIENT_SECRET: production.clientSecret ?? "secret",
  AUTH0_STAGING_DOMAIN: staging.domain ?? "acme-staging.eu.auth0.com",
  AUTH0_STAGING_CLIENT_ID: staging.clientId ?? "client",
  AUTH0_STAGING_CLIENT_SECRET: staging.clientSecret ?? "secret",
  WEBHOOK_URL: `${destination}/webhook`,
  ARCHIVE_URL: `${destination}/archive`,
  ALERTS_URL: `${destination}/alerts`,
  OTLP_ENDPOINT: destination,
  REDACT_KEY: "a-key-of-at-least-thirty-two-characters",
  SIGNING_SECRET: signingSecret,
});
const environment = environmentWith("http://127.0.0.1:9", {}, {});

test("there are configs to be tested", () => {
  expect(configs.length).toBeGreaterThanOrEqual(8);
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

describe("started as they are", () => {
  /** Where an account that was blocked arrives, in each tenant that the config reads. */
  const placesOf: Record<string, string[]> = {
    "fan-out.yaml": ["/alerts", "/archive", "/v1/logs"],
    "multi-tenant.yaml": ["/alerts", "/archive", "/archive"],
    "otlp.yaml": ["/v1/logs"],
    "demo.yaml": ["/demo"],
  };

  test.for(configs)("%s delivers an account that was blocked, and stops at SIGTERM", async (config) => {
    await using folder = await temporaryFolder();
    await using webhook = await startWebhook();
    await using production = await startTenant({ https: true, logsItsOwnTokens: false });
    await using staging = await startTenant({
      https: true,
      logsItsOwnTokens: false,
      domain: "acme-staging.eu.auth0.com",
    });
    await using local = await startTenant({ logsItsOwnTokens: false });
    await using proxied = await proxyTo(folder.path, [production, staging]);
    const env = {
      ...environmentWith(webhook.url.replace(/\/$/, ""), production, staging),
      ...proxied.env,
      LOGHOOK_DIRECTORY: join(folder.path, "state"),
      DEMO_TENANT_URL: local.url,
      DEMO_CLIENT_ID: local.clientId,
      DEMO_CLIENT_SECRET: local.clientSecret,
      DEMO_WEBHOOK_URL: `${webhook.url.replace(/\/$/, "")}/demo`,
      DEMO_DIRECTORY: join(folder.path, "state"),
      SCHEDULE: "* * * * * *",
    };
    const tenants = [production, staging, local];
    const write = (): void => tenants.forEach((tenant) => void tenant.generate(1, { type: "limit_wc" }));
    // What a config that reads from the beginning on has missed, another one would not read.
    const beginsNow = readFileSync(join(workspaceRoot, config), "utf8").includes("start_from: now");
    if (!beginsNow) write();
    const places = placesOf[basename(config)] ?? ["/webhook"];
    await using running = loghook(["run", "--config", join(workspaceRoot, config)], {
      cwd: folder.path,
      env,
    });
    const lanes = describedLanes(config);
    for (const lane of lanes) await running.printed(`"lane":"${lane}","startFrom"`);
    if (beginsNow) write();
    await webhook.received(places.length);
    running.kill("SIGTERM");
    expect(await running.ended).toBe(0);
    expect(webhook.requests.map(({ path }) => path).toSorted()).toEqual(places);
    for (const request of webhook.requests) expect(textOf(request)).toContain("limit_wc");
  });
});

/** As text, whatever the encoding: in protobuf a string is written as it is. */
function textOf({ headers, body }: ReceivedRequest): string {
  return (headers["content-encoding"] === "gzip" ? gunzipSync(body) : body).toString("latin1");
}

interface Pipelines {
  readonly service: {
    readonly pipelines: Record<string, { readonly receivers: string[]; readonly exporters: string[] }>;
  };
}

function describedLanes(config: string): string[] {
  const { service } = parse(readFileSync(join(workspaceRoot, config), "utf8")) as Pipelines;
  return Object.entries(service.pipelines).flatMap(([name, { receivers, exporters }]) =>
    receivers.flatMap((receiver) => exporters.map((exporter) => `${name}/${receiver}/${exporter}`)),
  );
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
