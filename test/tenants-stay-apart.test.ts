import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startTenant, type Tenant } from "@loghook/auth0-simulator";
import { webhookExporter } from "@loghook/exporter-webhook";
import { defineExporter, loadConfig, runPipelines, silentLogger } from "@loghook/pipeline";
import { auth0Receiver } from "@loghook/receiver-auth0";
import { sqliteStorage } from "@loghook/storage-sqlite";
import { manualClock, startWebhook, type TestWebhook } from "@loghook/testkit";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { z } from "zod";
import {
  entriesOf,
  loghook,
  receivedIds,
  runLoghook,
  temporaryFolder,
  workspaceRoot,
  writtenIds,
} from "./harness.ts";
import { proxyTo } from "./proxied-tenants.ts";

type Settings = Record<string, unknown>;
type Address = Pick<Tenant, "url" | "domain" | "clientId" | "clientSecret">;

interface Tenants {
  /** Receivers by name: where they read, and what they are set to beside. */
  readonly receivers: Readonly<Record<string, { readonly tenant: Address; readonly settings?: Settings }>>;
  /** Exporters by id. */
  readonly exporters: Readonly<Record<string, Settings>>;
  /** Which receiver goes to which exporters. Default: each to all. */
  readonly routes?: Readonly<Record<string, readonly string[]>>;
}

const retry_on_failure = { initial_interval: "10ms", max_interval: "50ms" };

/** Several tenants in one process, each a pipeline, at the speed of a test. */
function tenantsConfig(folder: string, { receivers, exporters, routes }: Tenants): string {
  const named = Object.entries(receivers);
  return stringify({
    receivers: Object.fromEntries(
      named.map(([name, { tenant, settings }]) => [
        `auth0/${name}`,
        {
          endpoint: tenant.url,
          domain: tenant.domain,
          client_id: tenant.clientId,
          client_secret: tenant.clientSecret,
          poll_interval: "50ms",
          rate_limit: { max_share: 1 },
          retry_on_failure,
          ...settings,
        },
      ]),
    ),
    exporters,
    extensions: { sqlite_storage: { directory: join(folder, ".loghook") } },
    service: {
      extensions: ["sqlite_storage"],
      pipelines: Object.fromEntries(
        named.map(([name]) => [
          `logs/${name}`,
          { receivers: [`auth0/${name}`], exporters: routes?.[name] ?? Object.keys(exporters) },
        ]),
      ),
    },
  });
}

async function writeTenants(folder: string, tenants: Tenants): Promise<string> {
  const file = join(folder, "loghook.yaml");
  await writeFile(file, tenantsConfig(folder, tenants));
  return file;
}

const webhookSettings = ({ url }: TestWebhook): Settings => ({ url, retry_on_failure });

/** Both with the same client, as two tenants may well have. */
async function startTwo(entries = 200) {
  const eu = await startTenant({ domain: "acme.eu.auth0.com", entries, logsItsOwnTokens: false });
  const us = await startTenant({ domain: "acme.us.auth0.com", entries, seed: 2, logsItsOwnTokens: false });
  return {
    eu,
    us,
    async [Symbol.asyncDispose]() {
      await eu.stop();
      await us.stop();
    },
  };
}

/** Resolves when a webhook has been sent all that the tenants have written. */
async function everythingAt(webhook: TestWebhook, ...tenants: Tenant[]): Promise<void> {
  const missing = new Set(tenants.flatMap(writtenIds));
  for (let n = 0; missing.size > 0; n++) {
    await webhook.received(n + 1);
    for (const { log_id } of webhook.requests.slice(n, n + 1).flatMap(entriesOf)) missing.delete(log_id);
  }
}

const statusesOf = (tenant: Tenant): Set<number> => new Set(tenant.requests.map(({ status }) => status));

describe("a tenant that answers 429 for a minute", () => {
  test("does not slow the other: that one gets everything while the clock stands still", async () => {
    const clock = manualClock();
    await using folder = await temporaryFolder();
    const options = { entries: 500, logsItsOwnTokens: false, now: clock.now };
    await using throttled = await startTenant({ ...options, domain: "acme.eu.auth0.com" });
    await using free = await startTenant({ ...options, domain: "acme.us.auth0.com", seed: 2 });
    await using ofThrottled = await startWebhook();
    await using ofFree = await startWebhook();
    throttled.fault({ on: "logs", status: 429, headers: { "retry-after": "60" } });
    const text = tenantsConfig(folder.path, {
      receivers: { throttled: { tenant: throttled }, free: { tenant: free } },
      exporters: { "webhook/a": { url: ofThrottled.url }, "webhook/b": { url: ofFree.url } },
      routes: { throttled: ["webhook/a"], free: ["webhook/b"] },
    });
    const factories = [auth0Receiver, webhookExporter, sqliteStorage];
    const config = await loadConfig(text, { file: "loghook.yaml", factories, env: {} });
    const stop = new AbortController();
    const running = runPipelines(config, { stop: stop.signal, clock, logger: silentLogger });

    await everythingAt(ofFree, free);
    // From here on it waits for its own poll and nothing else.
    free.generate(10);
    clock.advance(50);
    await everythingAt(ofFree, free);
    expect([...statusesOf(throttled)]).toEqual([200, 429]);
    expect(throttled.requests.filter(({ path }) => path === "/api/v2/logs")).toHaveLength(1);
    expect(ofThrottled.requests).toEqual([]);

    clock.advance(60_000);
    await everythingAt(ofThrottled, throttled);
    stop.abort();
    await running;
    expect(receivedIds(ofThrottled).toSorted()).toEqual(writtenIds(throttled));
    expect(receivedIds(ofFree).toSorted()).toEqual(writtenIds(free));
  });

  test("is named in what the process says, with its lane, and a stop does not wait for the minute", async () => {
    await using folder = await temporaryFolder();
    await using two = await startTwo();
    await using webhook = await startWebhook();
    const { eu, us } = two;
    eu.fault({ on: "logs", status: 429, times: Number.POSITIVE_INFINITY, headers: { "retry-after": "60" } });
    const config = await writeTenants(folder.path, {
      receivers: { eu: { tenant: eu }, us: { tenant: us } },
      exporters: { webhook: webhookSettings(webhook) },
    });
    await using running = loghook(["run", "--config", config], { cwd: folder.path });
    await everythingAt(webhook, us);
    await running.printed("The tenant's rate limit is reached.");
    running.kill("SIGTERM");
    expect(await running.ended).toBe(0);
    expect(receivedIds(webhook).toSorted()).toEqual(writtenIds(us));
    const told = running.events.filter(({ msg }) => msg === "The tenant's rate limit is reached.");
    expect(told).toMatchObject([{ lane: "logs/eu/auth0/eu/webhook", delayMs: expect.any(Number) }]);
    expect(running.events).toContainEqual(
      expect.objectContaining({
        msg: "There is no checkpoint yet; reading begins where start_from says.",
        receiver: "auth0/us",
        domain: "acme.us.auth0.com",
        lane: "logs/us/auth0/us/webhook",
      }),
    );
  });
});

test.for<{ trouble: string; settings: Settings; code: number }>([
  { trouble: "cannot be reached", settings: { endpoint: "http://127.0.0.1:9" }, code: 75 },
  { trouble: "refuses the credentials", settings: { client_secret: "mistyped" }, code: 78 },
])("a tenant that $trouble leaves the other alone, and is named in the error", async ({ settings, code }) => {
  await using folder = await temporaryFolder();
  await using two = await startTwo();
  await using webhook = await startWebhook();
  const retry = { ...retry_on_failure, max_elapsed_time: "100ms" };
  const config = await writeTenants(folder.path, {
    receivers: {
      eu: { tenant: two.eu, settings: { retry_on_failure: retry, ...settings } },
      us: { tenant: two.us },
    },
    exporters: { webhook: webhookSettings(webhook) },
  });
  const run = await runLoghook(["run", "--once", "--config", config], { cwd: folder.path });
  expect(run.code).toBe(code);
  expect(receivedIds(webhook).toSorted()).toEqual(writtenIds(two.us));
  const [failed, ...others] = run.events.filter(({ msg }) => msg === "Run failed.");
  expect(others).toEqual([]);
  expect(failed).toMatchObject({
    lane: "logs/eu/auth0/eu/webhook",
    error: expect.stringContaining("acme.eu.auth0.com"),
  });
});

test("two tenants with the same client_id each keep their own token, also over a restart", async () => {
  await using folder = await temporaryFolder();
  await using two = await startTwo();
  await using webhook = await startWebhook();
  const { eu, us } = two;
  expect(eu.clientId).toBe(us.clientId);
  const config = await writeTenants(folder.path, {
    receivers: { eu: { tenant: eu }, us: { tenant: us } },
    exporters: { webhook: webhookSettings(webhook) },
  });
  for (let start = 0; start < 2; start++) {
    expect((await runLoghook(["run", "--once", "--config", config], { cwd: folder.path })).code).toBe(0);
    for (const tenant of [eu, us]) tenant.generate(10);
  }
  for (const tenant of [eu, us]) {
    // A token of the other tenant would have been refused, and another one asked for.
    expect([...statusesOf(tenant)]).toEqual([200]);
    expect(tenant.requests.filter(({ path }) => path === "/oauth/token")).toHaveLength(1);
  }
});

test("one exporter takes the entries of both tenants, and their checkpoints stay apart", async () => {
  await using folder = await temporaryFolder();
  await using two = await startTwo();
  await using webhook = await startWebhook();
  const { eu, us } = two;
  const config = await writeTenants(folder.path, {
    receivers: { eu: { tenant: eu }, us: { tenant: us } },
    exporters: { webhook: webhookSettings(webhook) },
  });
  const run = () => runLoghook(["run", "--once", "--config", config], { cwd: folder.path });
  expect((await run()).code).toBe(0);
  expect(receivedIds(webhook).toSorted()).toEqual([...writtenIds(eu), ...writtenIds(us)].toSorted());
  // A request never mixes them.
  for (const request of webhook.requests) {
    expect(new Set(entriesOf(request).map(({ tenant_name }) => tenant_name)).size).toBe(1);
  }

  const before = receivedIds(webhook).length;
  eu.fault({ on: "logs", status: 403, times: Number.POSITIVE_INFINITY });
  const [ofEu, ofUs] = [eu, us].map((tenant) => tenant.generate(10).map(({ logId }) => logId));
  expect((await run()).code).toBe(78);
  expect(receivedIds(webhook).slice(before)).toEqual(ofUs);
  eu.clearFaults();
  expect((await run()).code).toBe(0);
  expect(receivedIds(webhook).slice(before + 10)).toEqual(ofEu);
});

test("one tenant may stand there twice, with different credentials and another beginning", async () => {
  await using folder = await temporaryFolder();
  await using tenant = await startTenant({
    entries: 200,
    logsItsOwnTokens: false,
    otherClients: { backfill: "another-secret" },
  });
  await using live = await startWebhook();
  await using backfill = await startWebhook();
  const config = await writeTenants(folder.path, {
    receivers: {
      live: { tenant, settings: { start_from: "now" } },
      backfill: {
        tenant: { ...tenant, domain: tenant.domain, clientId: "backfill", clientSecret: "another-secret" },
      },
    },
    exporters: { "webhook/live": webhookSettings(live), "webhook/backfill": webhookSettings(backfill) },
    routes: { live: ["webhook/live"], backfill: ["webhook/backfill"] },
  });
  const run = () => runLoghook(["run", "--once", "--config", config], { cwd: folder.path });
  expect((await run()).code).toBe(0);
  expect(live.requests).toEqual([]);
  const fresh = tenant.generate(10).map(({ logId }) => logId);
  expect((await run()).code).toBe(0);
  expect(receivedIds(live)).toEqual(fresh);
  expect(receivedIds(backfill).toSorted()).toEqual(writtenIds(tenant));
  const clients = tenant.requests
    .filter(({ path }) => path === "/api/v2/logs")
    .map(({ clientId }) => clientId);
  expect(new Set(clients)).toEqual(new Set([tenant.clientId, "backfill"]));
  expect(tenant.requests.filter(({ path }) => path === "/oauth/token")).toHaveLength(2);
});

test("every record's resource says which tenant it is from, with the labels of its receiver", async () => {
  await using folder = await temporaryFolder();
  await using two = await startTwo(20);
  const { eu, us } = two;
  const resources: Record<string, unknown>[] = [];
  const collect = defineExporter({
    type: "collect",
    config: z.strictObject({}),
    create: () => ({
      export: async (batch) => void resources.push(...batch.map(({ resource }) => resource.attributes)),
      async [Symbol.asyncDispose]() {},
    }),
  });
  const labels = (environment: string): Settings => ({
    resource_attributes: { "deployment.environment.name": environment, team: "identity" },
  });
  const text = tenantsConfig(folder.path, {
    receivers: {
      eu: { tenant: eu, settings: labels("production") },
      us: { tenant: us, settings: labels("staging") },
    },
    exporters: { collect: {} },
  });
  const factories = [auth0Receiver, collect, sqliteStorage];
  const config = await loadConfig(text, { file: "loghook.yaml", factories, env: {} });
  const { signal } = new AbortController();
  await runPipelines(config, { once: true, stop: signal, logger: silentLogger });
  const labelled = (domain: string, environment: string) => ({
    "service.name": "auth0",
    "auth0.domain": domain,
    "deployment.environment.name": environment,
    team: "identity",
  });
  expect(resources.filter((each) => each["auth0.domain"] === eu.domain)).toEqual(
    Array(20).fill(labelled(eu.domain, "production")),
  );
  expect(resources.filter((each) => each["auth0.domain"] === us.domain)).toEqual(
    Array(20).fill(labelled(us.domain, "staging")),
  );
  expect(resources).toHaveLength(40);
});

test("collector-config/multi-tenant.yaml, as it is: each tenant's entries come where they belong", async () => {
  await using folder = await temporaryFolder();
  const options = { https: true, logsItsOwnTokens: false };
  await using production = await startTenant({ ...options, domain: "acme.eu.auth0.com" });
  await using staging = await startTenant({
    ...options,
    domain: "acme-staging.eu.auth0.com",
    clientSecret: "other",
  });
  await using proxy = await proxyTo(folder.path, [production, staging]);
  await using archive = await startWebhook();
  await using alerts = await startWebhook();
  for (const tenant of [production, staging])
    for (const type of ["s", "limit_wc"]) tenant.generate(1, { type });
  const file = join(workspaceRoot, "collector-config/multi-tenant.yaml");
  const { code } = await runLoghook(["run", "--once", "--config", file], {
    cwd: folder.path,
    env: {
      ...proxy.env,
      AUTH0_PRODUCTION_DOMAIN: production.domain,
      AUTH0_PRODUCTION_CLIENT_ID: production.clientId,
      AUTH0_PRODUCTION_CLIENT_SECRET: production.clientSecret,
      AUTH0_STAGING_DOMAIN: staging.domain,
      AUTH0_STAGING_CLIENT_ID: staging.clientId,
      AUTH0_STAGING_CLIENT_SECRET: staging.clientSecret,
      ARCHIVE_URL: archive.url,
      ALERTS_URL: alerts.url,
    },
  });
  expect(code).toBe(0);
  expect(receivedIds(alerts)).toEqual(writtenIds(production).slice(1));
  const events = archive.requests.flatMap(({ body }) => JSON.parse(body.toString("utf8")) as CloudEvent[]);
  for (const tenant of [production, staging]) {
    const own = events.filter(({ source }) => source === `https://${tenant.domain}/`);
    expect(own.map(({ data }) => data.log_id)).toEqual(writtenIds(tenant));
  }
  expect(events).toHaveLength(4);
});

interface CloudEvent {
  readonly source: string;
  readonly data: { readonly log_id: string };
}
