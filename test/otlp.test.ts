import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { startTenant, type Tenant } from "@loghook/auth0-simulator";
import { eventTypes } from "@loghook/receiver-auth0";
import { type ReceivedRequest, startWebhook } from "@loghook/testkit";
import { expect, test } from "vitest";
import { entriesOf, runLoghook, temporaryFolder, workspaceRoot } from "./harness.ts";

const read = (name: string): Promise<string> =>
  readFile(join(workspaceRoot, "collector-config", name), "utf8");

/** The lines of a config outside the exporters block, without what a pipeline's exporters are. */
function linesAroundExporters(text: string): string[] {
  const lines = text.split("\n");
  const begin = lines.indexOf("exporters:");
  const end = lines.indexOf("extensions:");
  return [...lines.slice(0, begin), ...lines.slice(end)].map((line) =>
    line.replace(/^( +exporters: )\[.*\]$/, "$1[…]"),
  );
}

test("otlp.yaml differs from auth0-webhooks.yaml in the exporter and the pipeline's line alone", async () => {
  const [webhook, otlp] = await Promise.all([read("auth0-webhooks.yaml"), read("otlp.yaml")]);
  expect(linesAroundExporters(otlp)).toEqual(linesAroundExporters(webhook));
  expect(otlp).not.toBe(webhook);
});

/** OTLP's AnyValue in JSON (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding). */
interface AnyValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: string | number;
  readonly doubleValue?: number;
  readonly arrayValue?: { readonly values?: readonly AnyValue[] };
  readonly kvlistValue?: { readonly values?: readonly { readonly key: string; readonly value: AnyValue }[] };
}

function plain(value: AnyValue): unknown {
  if (value.kvlistValue) {
    return Object.fromEntries((value.kvlistValue.values ?? []).map(({ key, value }) => [key, plain(value)]));
  }
  if (value.arrayValue) return (value.arrayValue.values ?? []).map(plain);
  if (value.intValue !== undefined) return Number(value.intValue);
  return value.stringValue ?? value.boolValue ?? value.doubleValue ?? null;
}

interface LogsRequest {
  readonly resourceLogs: readonly {
    readonly scopeLogs: readonly { readonly logRecords: readonly { readonly body: AnyValue }[] }[];
  }[];
}

function otlpEntriesOf(request: ReceivedRequest): unknown[] {
  const { resourceLogs } = JSON.parse(gunzipSync(request.body).toString("utf8")) as LogsRequest;
  return resourceLogs
    .flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords))
    .map(({ body }) => plain(body));
}

/** Runs a config of collector-config/ once, as it is but for the tenant's address. */
async function runOnce(name: string, { tenant, env }: { tenant: Tenant; env: Record<string, string> }) {
  await using folder = await temporaryFolder();
  const file = join(folder.path, name);
  const text = (await read(name)).replace("  auth0:\n", `  auth0:\n    endpoint: ${tenant.url}\n`);
  await writeFile(file, text);
  return await runLoghook(["run", "--once", "--config", file], {
    cwd: folder.path,
    env: {
      AUTH0_DOMAIN: tenant.domain,
      AUTH0_CLIENT_ID: tenant.clientId,
      AUTH0_CLIENT_SECRET: tenant.clientSecret,
      ...env,
    },
  });
}

test("the same 1,000 entries arrive by webhook and by OTLP, record by record", async () => {
  await using tenant = await startTenant({ logsItsOwnTokens: false });
  // Both files leave out the Management API's own traffic.
  const types = [...eventTypes.keys()].filter((type) => !["sapi", "fapi"].includes(type));
  for (let n = 0; n < 1000; n++) tenant.generate(1, { type: types[n % types.length] as string });
  await using webhook = await startWebhook();
  await using collector = await startWebhook();
  const posted = await runOnce("auth0-webhooks.yaml", { tenant, env: { WEBHOOK_URL: webhook.url } });
  const exported = await runOnce("otlp.yaml", {
    tenant,
    env: { OTLP_ENDPOINT: collector.url, OTLP_ENCODING: "json" },
  });
  expect([posted.code, exported.code]).toEqual([0, 0]);

  const byId = (entries: unknown[]): Map<string, unknown> =>
    new Map(entries.map((entry) => [(entry as { log_id: string }).log_id, entry]));
  const viaWebhook = webhook.requests.flatMap(entriesOf);
  const viaOtlp = collector.requests.flatMap(otlpEntriesOf);
  expect(viaWebhook).toHaveLength(1000);
  expect(viaOtlp).toHaveLength(1000);
  expect(byId(viaOtlp)).toEqual(byId(viaWebhook));
});
