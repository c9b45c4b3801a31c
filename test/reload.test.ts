import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startTenant, type Tenant } from "@loghook/auth0-simulator";
import { startWebhook, status, type TestWebhook } from "@loghook/testkit";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import {
  entriesOf,
  type LoghookProcess,
  loghook,
  receivedIds,
  temporaryFolder,
  writtenIds,
} from "./harness.ts";

const retry = { initial_interval: "10ms", max_interval: "50ms" };

/** Replaces the file as an editor does: the old one or the new one is there, never half of one. */
async function writeConfig(
  folder: string,
  tenant: Tenant,
  { exporters, typo }: { exporters: Record<string, object>; typo?: string },
): Promise<string> {
  const file = join(folder, "loghook.yaml");
  const config = {
    receivers: {
      auth0: {
        endpoint: tenant.url,
        domain: tenant.domain,
        client_id: tenant.clientId,
        client_secret: tenant.clientSecret,
        poll_interval: "20ms",
        rate_limit: { max_share: 1 },
        ...(typo && { [typo]: true }),
      },
    },
    exporters: Object.fromEntries(
      Object.entries(exporters).map(([id, settings]) => [id, { retry_on_failure: retry, ...settings }]),
    ),
    extensions: { sqlite_storage: { directory: join(folder, ".loghook") } },
    service: {
      extensions: ["sqlite_storage"],
      pipelines: { logs: { receivers: ["auth0"], exporters: Object.keys(exporters) } },
    },
  };
  await writeFile(`${file}.new`, stringify(config));
  await rename(`${file}.new`, file);
  return file;
}

/** Resolves when the webhook has been sent every entry that the tenant has written. */
async function everythingAt(webhook: TestWebhook, tenant: Tenant): Promise<void> {
  while (new Set(receivedIds(webhook)).size < writtenIds(tenant).length) {
    await webhook.received(webhook.requests.length + 1);
  }
}

test("reloads under load, good and bad files in turn: every lane gets each entry exactly once", async () => {
  await using folder = await temporaryFolder();
  await using tenant = await startTenant({ entries: 2000, logsItsOwnTokens: false });
  await using steady = await startWebhook();
  await using changing = await startWebhook();
  await using passing = await startWebhook();
  const exporters = (round: number) => ({
    "webhook/steady": { url: steady.url },
    "webhook/changing": { url: changing.url, max_batch_size: 10 + round },
    [`webhook/r${round}`]: { url: passing.url },
  });
  const file = await writeConfig(folder.path, tenant, { exporters: exporters(0) });
  await using running = loghook(["run", "--config", file], { cwd: folder.path });
  await steady.received(1);

  for (let round = 1; round <= 8; round++) {
    tenant.generate(100);
    await writeConfig(folder.path, tenant, { exporters: exporters(round), typo: `typo_${round}` });
    running.kill("SIGHUP");
    await running.printed(`typo_${round} is not a setting`);
    tenant.generate(100);
    await writeConfig(folder.path, tenant, { exporters: exporters(round) });
    running.kill("SIGHUP");
    await running.printed(`"started":["logs/auth0/webhook/r${round}"]`);
  }
  tenant.generate(50);
  await everythingAt(steady, tenant);
  await everythingAt(changing, tenant);
  running.kill("SIGTERM");
  expect(await running.ended).toBe(0);

  const written = writtenIds(tenant);
  expect(written).toHaveLength(3650);
  expect(receivedIds(steady).toSorted()).toEqual(written);
  expect(receivedIds(changing).toSorted()).toEqual(written);
  expect(reloadsOf(running)).toHaveLength(8);
  expect(reloadsOf(running)).toSatisfy((reloads: unknown[]) =>
    reloads.every((reload) =>
      (reload as { untouched: string[] }).untouched.includes("logs/auth0/webhook/steady"),
    ),
  );
});

function reloadsOf(running: LoghookProcess): Record<string, unknown>[] {
  return running.events.filter(({ msg }) => msg === "The config was reloaded.");
}

test("a lane that is not touched does not wait for one that is finishing", async () => {
  await using folder = await temporaryFolder();
  await using tenant = await startTenant({ entries: 300, logsItsOwnTokens: false });
  await using steady = await startWebhook();
  await using slow = await startWebhook();
  const answers = Promise.withResolvers<void>();
  slow.answer = async (_request, response) => {
    await answers.promise;
    response.writeHead(200).end();
  };
  const exporters = (timeout: string) => ({
    "webhook/steady": { url: steady.url },
    "webhook/slow": { url: slow.url, timeout },
  });
  const file = await writeConfig(folder.path, tenant, { exporters: exporters("60s") });
  await using running = loghook(["run", "--config", file], { cwd: folder.path });
  await slow.received(1);
  await everythingAt(steady, tenant);

  await writeConfig(folder.path, tenant, { exporters: exporters("50s") });
  running.kill("SIGHUP");
  tenant.generate(200);
  await everythingAt(steady, tenant);
  expect(running.stdout).not.toContain("The config was reloaded.");

  answers.resolve();
  await running.printed('"restarted":["logs/auth0/webhook/slow"]');
  await everythingAt(slow, tenant);
  expect(receivedIds(slow).toSorted()).toEqual(writtenIds(tenant));
  expect(receivedIds(steady).toSorted()).toEqual(writtenIds(tenant));
});

/** Takes everything but requests with this entry in them, until it recovers. `taken` are the ids that were answered with 200. */
function takeAllBut(logId: string, webhook: TestWebhook) {
  const taken: string[] = [];
  let isBroken = true;
  webhook.answer = (request, response) => {
    const isRefused = isBroken && request.body.includes(logId);
    if (!isRefused) taken.push(...entriesOf(request).map(({ log_id }) => log_id));
    response.writeHead(isRefused ? 503 : 200).end();
  };
  const recover = (): void => {
    isBroken = false;
  };
  return { taken, recover };
}

test.for([{ timeout: "50s" }, { max_batch_size: 7 }, { send_as_batch: false }])(
  "a reload to %j repeats none of what was taken behind a batch that is not",
  async (changed) => {
    await using folder = await temporaryFolder();
    await using tenant = await startTenant({ entries: 500, logsItsOwnTokens: false });
    await using webhook = await startWebhook();
    const { taken, recover } = takeAllBut(writtenIds(tenant)[7] ?? "", webhook);
    const settings = { url: webhook.url, max_batch_size: 20 };
    const file = await writeConfig(folder.path, tenant, { exporters: { webhook: settings } });
    await using running = loghook(["run", "--config", file], { cwd: folder.path });
    while (taken.length < 480) await webhook.received(webhook.requests.length + 1);

    await writeConfig(folder.path, tenant, { exporters: { webhook: { ...settings, ...changed } } });
    running.kill("SIGHUP");
    await running.printed('"restarted":["logs/auth0/webhook"]');
    recover();
    tenant.generate(30);
    while (new Set(taken).size < 530) await webhook.received(webhook.requests.length + 1);
    running.kill("SIGTERM");
    expect(await running.ended).toBe(0);
    expect(taken.toSorted()).toEqual(writtenIds(tenant));
  },
);

test("with --watch a corrected file sets a lane going without a signal", async () => {
  await using folder = await temporaryFolder();
  await using tenant = await startTenant({ entries: 20, logsItsOwnTokens: false });
  await using wrong = await startWebhook();
  await using right = await startWebhook();
  wrong.answer = status(404);
  const file = await writeConfig(folder.path, tenant, { exporters: { webhook: { url: wrong.url } } });
  await using running = loghook(["run", "--watch", "--config", file], { cwd: folder.path });
  await running.printed("was answered with 404");

  await writeConfig(folder.path, tenant, { exporters: { webhook: { url: right.url } }, typo: "typo" });
  await running.printed("everything goes on as before");
  await writeConfig(folder.path, tenant, { exporters: { webhook: { url: right.url } } });
  await everythingAt(right, tenant);
  expect(receivedIds(right).toSorted()).toEqual(writtenIds(tenant));
});
