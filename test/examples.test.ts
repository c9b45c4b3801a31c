import { globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { startTenant, type Tenant } from "@loghook/auth0-simulator";
import { type ReceivedRequest, startWebhook, status, type TestWebhook } from "@loghook/testkit";
import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import {
  type LoghookProcess,
  receivedIds,
  runLoghook,
  runningProgram,
  temporaryFolder,
  workspaceRoot,
  writtenIds,
} from "./harness.ts";

const examples = join(workspaceRoot, "examples");
const shown = new Set<string>();

/** Each gets a folder of its own to run in, where it keeps its checkpoint. */
function example(file: string, does: string, run: (file: string, cwd: string) => Promise<void>): void {
  shown.add(file);
  test(`examples/${file} ${does}`, async () => {
    await using folder = await temporaryFolder();
    await run(join(examples, file), folder.path);
  });
}

const startQuietTenant = (entries: number, domain = "acme.eu.auth0.com"): Promise<Tenant> =>
  startTenant({ entries, domain, logsItsOwnTokens: false });

/** What an example takes from the environment to read from a tenant. */
function environmentOf(tenant: Tenant, prefix = "AUTH0"): Record<string, string> {
  return {
    [`${prefix}_DOMAIN`]: tenant.domain,
    [`${prefix}_CLIENT_ID`]: tenant.clientId,
    [`${prefix}_CLIENT_SECRET`]: tenant.clientSecret,
    [`${prefix}_ENDPOINT`]: tenant.url,
  };
}

/** As by Ctrl-C. Nothing but what the example prints itself is to be seen. */
async function interrupt(running: LoghookProcess): Promise<void> {
  running.kill("SIGINT");
  expect(await running.ended, running.stderr).toBe(0);
  expect(running.stderr).toBe("");
}

example("receiver-in-own-code.ts", "prints every entry once, over two starts", async (file, cwd) => {
  await using tenant = await startQuietTenant(250);
  const printedIds: string[] = [];
  for (const more of [0, 5]) {
    tenant.generate(more);
    await using running = runningProgram(file, [], { cwd, env: environmentOf(tenant) });
    await running.printed(writtenIds(tenant).at(-1) ?? "");
    await interrupt(running);
    printedIds.push(...(running.stdout.match(/^\d{56}(?= )/gm) ?? []));
  }
  expect(printedIds).toEqual(writtenIds(tenant));
});

interface OtlpRequest {
  readonly resourceLogs: readonly {
    readonly scopeLogs: readonly { readonly logRecords: readonly OtlpRecord[] }[];
  }[];
}

interface OtlpRecord {
  readonly eventName: string;
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[];
}

/** The records that a collector was sent, in OTLP's JSON. */
function otlpRecords({ requests }: TestWebhook): OtlpRecord[] {
  return requests
    .map(({ body }) => JSON.parse(body.toString("utf8")) as OtlpRequest)
    .flatMap(({ resourceLogs }) => resourceLogs)
    .flatMap(({ scopeLogs }) => scopeLogs)
    .flatMap(({ logRecords }) => logRecords);
}

function uidOf({ attributes }: OtlpRecord): string | undefined {
  return attributes.find(({ key }) => key === "log.record.uid")?.value.stringValue;
}

example(
  "receiver-into-logger-provider.ts",
  "hands every entry to the provider once, over two starts",
  async (file, cwd) => {
    await using tenant = await startQuietTenant(250);
    await using collector = await startWebhook();
    const env = { ...environmentOf(tenant), OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
    for (const more of [0, 5]) {
      tenant.generate(more);
      await using running = runningProgram(file, [], { cwd, env });
      while (otlpRecords(collector).length < tenant.entries.length) {
        await Promise.race([collector.received(collector.requests.length + 1), failIfEnded(running)]);
      }
      await interrupt(running);
    }
    expect(otlpRecords(collector).map(uidOf)).toEqual(writtenIds(tenant));
  },
);

async function failIfEnded(running: LoghookProcess): Promise<never> {
  throw new Error(`It has ended with ${await running.ended}: ${running.stderr}`);
}

const signingSecret = "whsec_ZmZvdKMRPs23PvnGzcyXftgFy//+Cmzb7tUw4+5OVik=";

/** What a signed request holds. Throws when the signature is wrong. */
function verified({ body, headers }: ReceivedRequest): Record<string, unknown>[] {
  return new Webhook(signingSecret).verify(body, headers as Record<string, string>) as never;
}

example(
  "app-logger-to-webhook.ts",
  "delivers what the app logs, signed, though the webhook fails at first",
  async (file, cwd) => {
    const taken: ReceivedRequest[] = [];
    await using webhook = await startWebhook({
      answer(request, response) {
        if (webhook.requests.length > 1) taken.push(request);
        response.writeHead(webhook.requests.length > 1 ? 200 : 503).end();
      },
    });
    const env = { WEBHOOK_URL: webhook.url, SIGNING_SECRET: signingSecret, PORT: "0" };
    await using running = runningProgram(file, [], { cwd, env });
    await running.printed("/\n");
    const [shop = ""] = /http:\S+/.exec(running.stdout) ?? [];
    const orders = ["orders/1", "orders/2", "orders/3", "orders/4", "orders/5"];
    for (const order of orders) await (await fetch(`${shop}${order}`)).text();
    await interrupt(running);

    const records = taken.flatMap(verified);
    const paths = records.map(({ attributes }) => (attributes as Record<string, string>)["url.path"]);
    expect(paths.toSorted()).toEqual(orders.map((order) => `/${order}`));
    expect(records[0]).toMatchObject({ event_name: "order.placed", resource: { "service.name": "shop" } });
    const [first] = webhook.requests.map(({ headers }) => headers["webhook-id"]);
    const takenIds = taken.map(({ headers }) => headers["webhook-id"]);
    expect(takenIds, "the request that was not taken at first").toContain(first);
  },
);

example(
  "filter-as-processor.ts",
  "lets through what is an error, and the rest elsewhere",
  async (file, cwd) => {
    await using all = await startWebhook();
    await using alerts = await startWebhook();
    const env = { ALL_LOGS_URL: `${all.url}/v1/logs`, ALERTS_URL: `${alerts.url}/v1/logs` };
    await using running = runningProgram(file, [], { cwd, env });
    expect(await running.ended, running.stderr).toBe(0);
    const namesOf = (webhook: TestWebhook) => otlpRecords(webhook).map(({ eventName }) => eventName);
    expect(namesOf(all)).toEqual(["payment.taken", "payment.failed", "payment.retried", "ledger.broken"]);
    expect(namesOf(alerts)).toEqual(["payment.failed", "ledger.broken"]);
  },
);

example("own-exporter/loghook.yaml", "delivers every entry to Splunk once", async (file, cwd) => {
  await using tenant = await startQuietTenant(250);
  await using splunk = await startWebhook({ answer: status(200, {}, '{"text":"Success","code":0}') });
  const env = { ...environmentOf(tenant), SPLUNK_URL: splunk.url, SPLUNK_TOKEN: "a-token" };
  const run = await runLoghook(["run", "--once", "--config", file], { cwd, env });
  expect(run.code, run.stderr).toBe(0);
  const events = splunk.requests.flatMap(({ body }) => body.toString("utf8").split("\n"));
  const ids = events.map((line) => (JSON.parse(line) as { event: { log_id: string } }).event.log_id);
  expect(ids.toSorted()).toEqual(writtenIds(tenant));
});

interface CloudEvent {
  readonly source: string;
  readonly data: { readonly log_id: string };
}

/** The ids that a webhook got in CloudEvents, with the tenants that they are from. */
function idsBySource({ requests }: TestWebhook): Record<string, string[]> {
  const events = requests.flatMap(({ body, headers }) => {
    const text = headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
    return JSON.parse(text.toString("utf8")) as CloudEvent[];
  });
  const bySource = Object.groupBy(events, ({ source }) => source);
  return Object.fromEntries(
    Object.entries(bySource).map(([source, found = []]) => [
      source,
      found.map(({ data }) => data.log_id).toSorted(),
    ]),
  );
}

/** A tenant of whose entries it is known which of them are errors, and which are failed logins. */
async function startKnownTenant(domain: string) {
  const tenant = await startQuietTenant(0, domain);
  const idsOf = (count: number, type: string): string[] =>
    tenant.generate(count, { type }).map(({ logId }) => logId);
  const fine = idsOf(40, "s");
  const failedLogins = idsOf(30, "fp");
  const blocked = idsOf(20, "limit_wc");
  return {
    tenant,
    failedLogins,
    errors: [...failedLogins, ...blocked],
    all: [...fine, ...failedLogins, ...blocked],
  };
}

example(
  "two-tenants-three-destinations/loghook.yaml",
  "brings each destination what is meant for it, once",
  async (file, cwd) => {
    const [eu, us] = await Promise.all(["acme.eu.auth0.com", "acme.us.auth0.com"].map(startKnownTenant));
    if (!eu || !us) throw new Error("There are two.");
    await using _eu = eu.tenant;
    await using _us = us.tenant;
    await using archive = await startWebhook();
    await using security = await startWebhook();
    await using euTeam = await startWebhook();
    const env = {
      ...environmentOf(eu.tenant, "EU"),
      ...environmentOf(us.tenant, "US"),
      ARCHIVE_URL: archive.url,
      SECURITY_URL: security.url,
      EU_TEAM_URL: euTeam.url,
    };
    const run = await runLoghook(["run", "--once", "--config", file], { cwd, env });
    expect(run.code, run.stderr).toBe(0);
    const sources = { eu: "https://acme.eu.auth0.com/", us: "https://acme.us.auth0.com/" };
    expect(idsBySource(archive)).toEqual({ [sources.eu]: eu.all, [sources.us]: us.all });
    expect(idsBySource(security)).toEqual({ [sources.eu]: eu.errors, [sources.us]: us.errors });
    expect(receivedIds(euTeam).toSorted()).toEqual(eu.failedLogins);
  },
);

const files = globSync("**/*.*", { cwd: examples, exclude: ["**/node_modules"] });
const ofTheFolder = ["README.md", "package.json", "biome.json"];

test("every file in examples/ is run by a test", () => {
  const isRun = (file: string): boolean => {
    // Vitest runs it.
    if (shown.has(file) || file.endsWith(".test.ts")) return true;
    const config = join(dirname(file), "loghook.yaml");
    return (
      shown.has(config) && readFileSync(join(examples, config), "utf8").includes(`[./${basename(file)}]`)
    );
  };
  expect(files.filter((file) => !ofTheFolder.includes(file) && !isRun(file))).toEqual([]);
  expect(files).toEqual(expect.arrayContaining([...shown]));
});

test("the README of examples/ lists them all", () => {
  const readme = readFileSync(join(examples, "README.md"), "utf8");
  const listed = [...readme.matchAll(/\]\(([^)]+\.(?:ts|yaml))\)/g)].map(([, file]) => file);
  expect(listed.toSorted()).toEqual(files.filter((file) => !ofTheFolder.includes(file)).toSorted());
});

test.for(files.filter((file) => file.endsWith(".ts")))("examples/%s says what to install for it", (file) => {
  const text = readFileSync(join(examples, file), "utf8");
  const [, line = ""] = /npm install (.*)/.exec(text.replace(/ \\\n\/\//, "")) ?? [];
  const installed = line.split(/ +/);
  const imported = [...text.matchAll(/^(?:import|\}) .*from "([^".][^"]*)";$/gm)].map(
    ([, name]) => name ?? "",
  );
  expect(imported).not.toEqual([]);
  expect(imported.filter((name) => !name.startsWith("node:") && !installed.includes(name))).toEqual([]);
});
