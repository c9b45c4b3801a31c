import { startTenant } from "@loghook/auth0-simulator";
import { startWebhook } from "@loghook/testkit";
import { expect, test } from "vitest";
import { loghook, receivedIds, runLoghook, temporaryFolder, writeConfig, writtenIds } from "./harness.ts";

test("1,000 entries arrive once each in a run, and none in the next", async () => {
  await using folder = await temporaryFolder();
  await using tenant = await startTenant({ entries: 1000, logsItsOwnTokens: false });
  await using webhook = await startWebhook();
  const config = await writeConfig(folder.path, { tenant, webhook });

  const first = await runLoghook(["run", "--once", "--config", config], { cwd: folder.path });
  expect(first.code).toBe(0);
  expect(receivedIds(webhook).toSorted()).toEqual(writtenIds(tenant));
  expect(new Set(receivedIds(webhook)).size).toBe(1000);

  const second = await runLoghook(["run", "--once", "--config", config], { cwd: folder.path });
  expect(second.code).toBe(0);
  expect(receivedIds(webhook)).toHaveLength(1000);
  expect(second.events.at(-1)).toMatchObject({ msg: "Run finished.", read: 0, delivered: 0 });
});

test("the access token is kept between runs, so that they leave one entry in the log and not two", async () => {
  await using folder = await temporaryFolder();
  await using tenant = await startTenant({ entries: 3 });
  await using webhook = await startWebhook();
  const config = await writeConfig(folder.path, { tenant, webhook });
  await runLoghook(["run", "--once", "--config", config], { cwd: folder.path });
  await runLoghook(["run", "--once", "--config", config], { cwd: folder.path });
  expect(tenant.requests.filter(({ path }) => path === "/oauth/token")).toHaveLength(1);
  expect(receivedIds(webhook)).toEqual(writtenIds(tenant));
});

test("entries that appear while it polls are delivered", async () => {
  await using folder = await temporaryFolder();
  await using tenant = await startTenant({ entries: 5, logsItsOwnTokens: false });
  await using webhook = await startWebhook();
  const config = await writeConfig(folder.path, { tenant, webhook });
  await using running = loghook(["run", "--config", config], { cwd: folder.path });
  await webhook.received(1);

  const polls = tenant.requests.length;
  tenant.generate(3);
  await webhook.received(2);
  expect(receivedIds(webhook)).toEqual(writtenIds(tenant));
  // The poll that was under way, the one that found them, and those that show the end.
  expect(tenant.requests.length - polls).toBeLessThanOrEqual(5);

  running.kill("SIGTERM");
  expect(await running.ended).toBe(0);
});

test("a webhook that takes one entry at a time gets each in a request of its own", async () => {
  await using folder = await temporaryFolder();
  await using tenant = await startTenant({ entries: 120, logsItsOwnTokens: false });
  await using webhook = await startWebhook();
  const config = await writeConfig(folder.path, {
    tenant,
    webhook,
    webhookSettings: { send_as_batch: false },
  });
  await runLoghook(["run", "--once", "--config", config], { cwd: folder.path });
  expect(webhook.requests).toHaveLength(120);
  expect(receivedIds(webhook).toSorted()).toEqual(writtenIds(tenant));
});
