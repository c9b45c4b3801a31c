import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { startTenant, type Tenant } from "@loghook/auth0-simulator";
import { webhookExporter } from "@loghook/exporter-webhook";
import { loadConfig, runPipelines, silentLogger } from "@loghook/pipeline";
import { filterProcessor } from "@loghook/processor-filter";
import { auth0Receiver, type EventType, eventTypes } from "@loghook/receiver-auth0";
import { sqliteStorage } from "@loghook/storage-sqlite";
import { manualClock, startWebhook, status, type TestWebhook } from "@loghook/testkit";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
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

interface Destination {
  readonly url: string;
  /** Undefined: everything. */
  readonly filter?: Record<string, unknown>;
  readonly settings?: Record<string, unknown>;
}

interface FanOut {
  readonly tenant: Tenant;
  readonly destinations: Readonly<Record<string, Destination>>;
  /** True: all of them in one pipeline. Default: each in one of its own. */
  readonly together?: boolean;
  readonly auth0?: Record<string, unknown>;
}

const retry_on_failure = { initial_interval: "10ms", max_interval: "50ms" };

/** One tenant to several destinations, at the speed of a test. */
function fanOut(folder: string, { tenant, destinations, together, auth0 }: FanOut): string {
  const named = Object.entries(destinations);
  const pipelines = named.map(([name, { filter }]) => [
    `logs/${name}`,
    { receivers: ["auth0"], processors: filter ? [`filter/${name}`] : [], exporters: [`webhook/${name}`] },
  ]);
  return stringify({
    receivers: {
      auth0: {
        endpoint: tenant.url,
        domain: tenant.domain,
        client_id: tenant.clientId,
        client_secret: tenant.clientSecret,
        poll_interval: "50ms",
        rate_limit: { max_share: 1 },
        retry_on_failure,
        ...auth0,
      },
    },
    processors: Object.fromEntries(
      named.flatMap(([name, { filter }]) => (filter ? [[`filter/${name}`, filter]] : [])),
    ),
    exporters: Object.fromEntries(
      named.map(([name, { url, settings }]) => [`webhook/${name}`, { url, retry_on_failure, ...settings }]),
    ),
    extensions: { sqlite_storage: { directory: join(folder, ".loghook") } },
    service: {
      extensions: ["sqlite_storage"],
      pipelines: together
        ? { logs: { receivers: ["auth0"], exporters: named.map(([name]) => `webhook/${name}`) } }
        : Object.fromEntries(pipelines),
    },
  });
}

async function writeFanOut(folder: string, parts: FanOut): Promise<string> {
  const file = join(folder, "loghook.yaml");
  await writeFile(file, fanOut(folder, parts));
  return file;
}

/** Resolves when a webhook has been sent all that was written so far. */
async function everythingAt(webhook: TestWebhook, tenant: Tenant): Promise<void> {
  const missing = new Set(writtenIds(tenant));
  for (let n = 0; missing.size > 0; n++) {
    await webhook.received(n + 1);
    for (const { log_id } of webhook.requests.slice(n, n + 1).flatMap(entriesOf)) missing.delete(log_id);
  }
}

/** A webhook that answers nobody until it is released, and a place where nobody listens. */
async function startTroubled() {
  const released = Promise.withResolvers<void>();
  const slow = await startWebhook({
    async answer(_request, response) {
      await released.promise;
      response.writeHead(200).end();
    },
  });
  const gone = await startWebhook();
  await gone[Symbol.asyncDispose]();
  return {
    slow,
    release: () => released.resolve(),
    deadUrl: gone.url,
    revive: () => startWebhook({ port: gone.port }),
    [Symbol.asyncDispose]: () => slow[Symbol.asyncDispose](),
  };
}

describe("three destinations: one dead, one that does not answer, one healthy", () => {
  test("the healthy one gets everything before the slow one has answered once; the others get everything later", async () => {
    await using folder = await temporaryFolder();
    await using tenant = await startTenant({ entries: 1000, logsItsOwnTokens: false });
    await using troubled = await startTroubled();
    await using healthy = await startWebhook();
    const { slow } = troubled;
    const config = await writeFanOut(folder.path, {
      tenant,
      destinations: {
        dead: { url: troubled.deadUrl },
        slow: { url: slow.url },
        healthy: { url: healthy.url },
      },
    });
    await using running = loghook(["run", "--config", config], { cwd: folder.path });
    await everythingAt(healthy, tenant);
    // Also what is written while the others are in trouble.
    tenant.generate(20);
    await everythingAt(healthy, tenant);
    // No answer of the slow one was needed for that, and it was not asked more than it may be at once.
    expect(slow.requests.length).toBeLessThanOrEqual(5);

    troubled.release();
    await everythingAt(slow, tenant);
    await using revived = await troubled.revive();
    await everythingAt(revived, tenant);
    running.kill("SIGTERM");
    expect(await running.ended).toBe(0);
    for (const webhook of [healthy, slow, revived]) {
      expect(receivedIds(webhook).toSorted()).toEqual(writtenIds(tenant));
    }
  });

  test("a kill changes nothing but that what was in flight comes again, under the same ids", async () => {
    await using folder = await temporaryFolder();
    await using tenant = await startTenant({ entries: 1000, logsItsOwnTokens: false });
    await using troubled = await startTroubled();
    await using healthy = await startWebhook();
    const { slow } = troubled;
    const filter = { exclude_types: ["s", "seacft", "ssa"] };
    const settings = { max_batch_size: 40 };
    const config = await writeFanOut(folder.path, {
      tenant,
      destinations: {
        dead: { url: troubled.deadUrl, settings },
        slow: { url: slow.url, settings },
        healthy: { url: healthy.url, filter, settings },
      },
    });
    const killAt = 7;
    await using first = loghook(["run", "--config", config], { cwd: folder.path });
    healthy.answer = async (_request, response) => {
      if (healthy.requests.length < killAt) return void response.writeHead(200).end();
      // From here on the healthy one leaves requests unanswered, too. The slow one has some in flight as well.
      await slow.received(1);
      first.kill("SIGKILL");
    };
    expect(await first.ended).toBe("SIGKILL");
    const before = { healthy: healthy.requests.length, slow: slow.requests.length };

    healthy.answer = status(200);
    troubled.release();
    await using revived = await troubled.revive();
    const second = await runLoghook(["run", "--once", "--config", config], { cwd: folder.path });
    expect(second.code).toBe(0);
    const kept = tenant.entries.filter(({ json }) => !filter.exclude_types.includes(JSON.parse(json).type));
    expect(new Set(receivedIds(healthy))).toEqual(new Set(kept.map(({ logId }) => logId)));
    expect(new Set(receivedIds(slow))).toEqual(new Set(writtenIds(tenant)));
    expect(receivedIds(revived).toSorted()).toEqual(writtenIds(tenant));
    // Five may be in flight at once, and one may be answered whose checkpoint was not kept yet.
    const unanswered = before.healthy - (killAt - 1);
    expect(repeatsOf(healthy, before.healthy).length).toBeLessThanOrEqual(5 + 1 + unanswered);
    expect(repeatsOf(slow, before.slow)).toHaveLength(before.slow);
  });
});

/** The requests behind the first `count` that bring what those have brought. Each must come under an id of theirs. */
function repeatsOf(webhook: TestWebhook, count: number): unknown[] {
  const earlier = webhook.requests.slice(0, count);
  const seen = new Set(earlier.flatMap(entriesOf).map(({ log_id }) => log_id));
  const ids = earlier.map(({ headers }) => headers["webhook-id"]);
  const repeats = webhook.requests
    .slice(count)
    .filter((request) => entriesOf(request).some(({ log_id }) => seen.has(log_id)));
  for (const { headers } of repeats) expect(ids).toContain(headers["webhook-id"]);
  return repeats;
}

test("each destination gets what its own filter lets through, of one reading", async () => {
  await using folder = await temporaryFolder();
  await using tenant = await startTenant({ entries: 1000, logsItsOwnTokens: false });
  await using archive = await startWebhook();
  await using alerts = await startWebhook();
  await using errors = await startWebhook();
  const config = await writeFanOut(folder.path, {
    tenant,
    destinations: {
      archive: { url: archive.url },
      alerts: {
        url: alerts.url,
        filter: { types: ["category:auth.login.fail"] },
        settings: { send_as_batch: false },
      },
      errors: { url: errors.url, filter: { min_level: "error" } },
    },
  });
  expect((await runLoghook(["run", "--once", "--config", config], { cwd: folder.path })).code).toBe(0);
  const written = (isWanted: (type: EventType) => boolean): string[] =>
    tenant.entries
      .filter(({ json }) => isWanted(eventTypes.get(JSON.parse(json).type) as EventType))
      .map(({ logId }) => logId);
  expect(receivedIds(archive).toSorted()).toEqual(writtenIds(tenant));
  expect(receivedIds(alerts).toSorted()).toEqual(written(({ category }) => category === "auth.login.fail"));
  expect(receivedIds(errors).toSorted()).toEqual(written(({ level }) => level >= 3));
  expect(receivedIds(errors).length).toBeGreaterThan(0);
  // The token, the search for the beginning, ten pages and the empty one.
  expect(tenant.requests).toHaveLength(13);
});

describe("a destination that is added later", () => {
  test.for([{ together: false }, { together: true }])(
    "begins where start_from says and catches up alone, the others go on from where they were ($together)",
    async ({ together }) => {
      await using folder = await temporaryFolder();
      await using tenant = await startTenant({ entries: 500, logsItsOwnTokens: false });
      await using first = await startWebhook();
      await using added = await startWebhook();
      const run = async (destinations: Record<string, Destination>) => {
        const config = await writeFanOut(folder.path, { tenant, destinations, together });
        return await runLoghook(["run", "--once", "--config", config], { cwd: folder.path });
      };
      expect((await run({ first })).code).toBe(0);
      const before = receivedIds(first).length;
      expect(before).toBe(500);
      const fresh = tenant.generate(30).map(({ logId }) => logId);
      expect((await run({ first, added })).code).toBe(0);
      expect(receivedIds(first).slice(before)).toEqual(fresh);
      expect(receivedIds(added).toSorted()).toEqual(writtenIds(tenant));
      expect((await run({ first, added })).code).toBe(0);
      expect([receivedIds(first).length, receivedIds(added).length]).toEqual([530, 530]);
    },
  );

  test("begins with what comes then where start_from is now, whatever the others have got before", async () => {
    await using folder = await temporaryFolder();
    await using tenant = await startTenant({ entries: 50, logsItsOwnTokens: false });
    await using first = await startWebhook();
    await using added = await startWebhook();
    const run = async (destinations: Record<string, Destination>) => {
      const config = await writeFanOut(folder.path, { tenant, destinations, auth0: { start_from: "now" } });
      return await runLoghook(["run", "--once", "--config", config], { cwd: folder.path });
    };
    await run({ first });
    const early = tenant.generate(10);
    await run({ first, added });
    const later = tenant.generate(5);
    await run({ first, added });
    expect(receivedIds(first)).toEqual([...early, ...later].map(({ logId }) => logId));
    expect(receivedIds(added)).toEqual(later.map(({ logId }) => logId));
  });
});

describe("ten destinations", () => {
  const factories = [auth0Receiver, filterProcessor, webhookExporter, sqliteStorage];

  /** What it costs to bring two thousand entries to so many destinations, and then one entry in each of ten polls. */
  async function costOf(count: number): Promise<{ catchUp: number; polls: number }> {
    const clock = manualClock();
    await using folder = await temporaryFolder();
    await using tenant = await startTenant({ entries: 2000, logsItsOwnTokens: false, now: clock.now });
    await using stack = new AsyncDisposableStack();
    const webhooks: TestWebhook[] = [];
    for (let n = 0; n < count; n++) webhooks.push(stack.use(await startWebhook()));
    const destinations = Object.fromEntries(webhooks.map(({ url }, n) => [`n${n}`, { url }]));
    const text = fanOut(folder.path, { tenant, destinations, auth0: { poll_interval: "15s" } });
    const config = await loadConfig(text, { file: "loghook.yaml", factories, env: {} });

    const stop = new AbortController();
    const running = runPipelines(config, { stop: stop.signal, clock, logger: silentLogger });
    await Promise.all(webhooks.map((webhook) => everythingAt(webhook, tenant)));
    await clock.nextSleep();
    const catchUp = tenant.requests.length;
    for (let poll = 0; poll < 10; poll++) {
      tenant.generate(1);
      const next = webhooks.map((webhook) => webhook.received(webhook.requests.length + 1));
      clock.advance(15_000);
      await Promise.all(next);
      await clock.nextSleep();
    }
    stop.abort();
    await running;
    for (const webhook of webhooks) expect(receivedIds(webhook).toSorted()).toEqual(writtenIds(tenant));
    return { catchUp, polls: tenant.requests.length - catchUp };
  }

  test("cost at most 1.2 times the requests of one, catching up and at the head of the log", async () => {
    const [one, ten] = [await costOf(1), await costOf(10)];
    expect(one.catchUp).toBeGreaterThanOrEqual(22);
    expect(one.polls).toBeGreaterThanOrEqual(10);
    expect(ten.catchUp).toBeLessThanOrEqual(1.2 * one.catchUp);
    expect(ten.polls).toBeLessThanOrEqual(1.2 * one.polls);
  });
});

test("collector-config/fan-out.yaml, as it is: each destination gets its part", async () => {
  await using folder = await temporaryFolder();
  await using tenant = await startTenant({ https: true, logsItsOwnTokens: false });
  await using proxy = await proxyTo(folder.path, [tenant]);
  await using archive = await startWebhook();
  await using alerts = await startWebhook();
  await using otlp = await startWebhook({
    answer: status(200, { "content-type": "application/x-protobuf" }),
  });
  const [blocked, login, warning] = ["limit_wc", "s", "w"].map(
    (type) => tenant.generate(1, { type })[0]?.logId,
  );
  const file = join(workspaceRoot, "collector-config/fan-out.yaml");
  const { code } = await runLoghook(["run", "--once", "--config", file], {
    cwd: folder.path,
    env: {
      ...proxy.env,
      AUTH0_DOMAIN: tenant.domain,
      AUTH0_CLIENT_ID: tenant.clientId,
      AUTH0_CLIENT_SECRET: tenant.clientSecret,
      ARCHIVE_URL: archive.url,
      ALERTS_URL: alerts.url,
      OTLP_ENDPOINT: otlp.url,
    },
  });
  expect(code).toBe(0);
  const [archived] = archive.requests.map(({ body }) => JSON.parse(gunzipSync(body).toString("utf8")));
  expect(archived.map(({ log_id }: { log_id: string }) => log_id)).toEqual([blocked, login, warning]);
  expect(receivedIds(alerts)).toEqual([blocked]);
  const [{ path, body } = { path: "", body: Buffer.alloc(0) }] = otlp.requests;
  expect([otlp.requests.length, path]).toEqual([1, "/v1/logs"]);
  const sent = gunzipSync(body).toString("latin1");
  for (const [text, isThere] of [
    [blocked, true],
    [warning, true],
    [login, false],
    ["production", true],
  ] as const) {
    expect(sent.includes(text ?? ""), text).toBe(isThere);
  }
});
