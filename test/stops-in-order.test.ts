import { startTenant } from "@loghook/auth0-simulator";
import { startWebhook, status } from "@loghook/testkit";
import { expect, test } from "vitest";
import {
  entriesOf,
  loghook,
  receivedIds,
  runLoghook,
  temporaryFolder,
  writeConfig,
  writtenIds,
} from "./harness.ts";

test("a first signal lets what is being sent finish; what was answered does not come again", async () => {
  await using folder = await temporaryFolder();
  await using tenant = await startTenant({ entries: 1000, logsItsOwnTokens: false });
  const answer = Promise.withResolvers<void>();
  await using webhook = await startWebhook({
    answer: async (_request, response) => {
      await answer.promise;
      response.writeHead(200).end();
    },
  });
  const config = await writeConfig(folder.path, { tenant, webhook });
  await using running = loghook(["run", "--config", config], { cwd: folder.path });
  await webhook.received(5);
  running.kill("SIGTERM");
  answer.resolve();
  expect(await running.ended).toBe(0);
  expect(running.events.slice(-2)).toMatchObject([{ msg: "Run stopped." }, { msg: "Stopped." }]);
  const beforeStop = webhook.requests.flatMap(entriesOf).length;

  await runLoghook(["run", "--once", "--config", config], { cwd: folder.path });
  expect(beforeStop).toBeLessThan(1000);
  expect(receivedIds(webhook).toSorted()).toEqual(writtenIds(tenant));
});

test("a second signal ends at once, with a webhook that hangs, and loses nothing", async () => {
  await using folder = await temporaryFolder();
  await using tenant = await startTenant({ entries: 300, logsItsOwnTokens: false });
  await using webhook = await startWebhook({ answer: () => {} });
  const config = await writeConfig(folder.path, { tenant, webhook });
  await using running = loghook(["run", "--config", config], { cwd: folder.path });
  await webhook.received(3);
  running.kill("SIGINT");
  await running.printed("Stopping");
  running.kill("SIGINT");
  expect(await running.ended).toBe("SIGINT");

  webhook.answer = status(200);
  expect((await runLoghook(["run", "--once", "--config", config], { cwd: folder.path })).code).toBe(0);
  expect(new Set(receivedIds(webhook))).toEqual(new Set(writtenIds(tenant)));
});

test("while it waits for a webhook that is down, a stop does not wait with it", async () => {
  await using folder = await temporaryFolder();
  await using tenant = await startTenant({ entries: 3, logsItsOwnTokens: false });
  await using webhook = await startWebhook({ answer: status(503, { "retry-after": "3600" }) });
  const config = await writeConfig(folder.path, { tenant, webhook });
  await using running = loghook(["run", "--config", config], { cwd: folder.path });
  await running.printed("will retry");
  running.kill("SIGTERM");
  expect(await running.ended).toBe(0);
});

test("a second process on the same storage is refused in a sentence, and the first goes on", async () => {
  await using folder = await temporaryFolder();
  await using tenant = await startTenant({ entries: 3, logsItsOwnTokens: false });
  await using webhook = await startWebhook();
  const config = await writeConfig(folder.path, { tenant, webhook });
  await using first = loghook(["run", "--config", config], { cwd: folder.path });
  await webhook.received(1);
  const second = await runLoghook(["run", "--once", "--config", config], { cwd: folder.path });
  expect(second.code).toBe(75);
  expect(second.events.at(-1)).toMatchObject({ msg: "Nothing was started.", code: "STORAGE_UNUSABLE" });
  expect(String(second.events.at(-1)?.error)).toContain(folder.path);
  const told = await runLoghook(["run", "--once", "--output", "text", "--config", config], {
    cwd: folder.path,
  });
  expect(told.stderr).toMatch(/is in use by another loghook.*\n.*directory of its own.*\n$/);
  tenant.generate(1);
  await webhook.received(2);
  first.kill("SIGTERM");
  expect(await first.ended).toBe(0);
});
