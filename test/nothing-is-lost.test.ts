import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { startTenant } from "@loghook/auth0-simulator";
import { startWebhook, status, type TestWebhook } from "@loghook/testkit";
import { describe, expect, test } from "vitest";
import {
  entriesOf,
  loghook,
  receivedIds,
  runLoghook,
  temporaryFolder,
  writeConfig,
  writtenIds,
} from "./harness.ts";

describe("killed in the middle, and run again", () => {
  test.for([
    { mode: "array", settings: { max_batch_size: 40 }, killAt: 7 },
    { mode: "single", settings: { send_as_batch: false }, killAt: 333 },
  ])(
    "everything arrives in $mode mode; repeated is only what was in flight, under the same ids",
    async ({ settings, killAt }) => {
      await using folder = await temporaryFolder();
      await using tenant = await startTenant({ entries: 1000, logsItsOwnTokens: false });
      await using webhook = await startWebhook();
      const filter = { exclude_types: ["s", "seacft", "ssa"] };
      const config = await writeConfig(folder.path, { tenant, webhook, filter, webhookSettings: settings });
      const excluded = new Set(filter.exclude_types);
      const wantedIds = tenant.entries
        .filter(({ json }) => !excluded.has((JSON.parse(json) as { type: string }).type))
        .map(({ logId }) => logId);

      await using first = loghook(["run", "--config", config], { cwd: folder.path });
      // From here on nothing is answered any more, so that requests are in flight when the process dies.
      webhook.answer = (_request, response) => {
        if (webhook.requests.length < killAt) response.writeHead(200).end();
      };
      await webhook.received(killAt);
      const answered = webhook.requests.slice(0, killAt - 1);
      const next = wantedIds.find(
        (logId) => !answered.flatMap(entriesOf).some(({ log_id }) => log_id === logId),
      );
      const settled = wantedIds[wantedIds.indexOf(next ?? "") - 1] ?? "";
      // Checkpoints share commits: what was answered is settled a moment later.
      await expect.poll(() => checkpointIn(folder.path) >= settled, { timeout: 10_000 }).toBe(true);
      first.kill("SIGKILL");
      expect(await first.ended).toBe("SIGKILL");
      const beforeKill = webhook.requests.length;

      webhook.answer = status(200);
      const second = await runLoghook(["run", "--once", "--config", config], { cwd: folder.path });
      expect(second.code).toBe(0);

      expect(new Set(receivedIds(webhook))).toEqual(new Set(wantedIds));

      const repeats = webhook.requests
        .slice(beforeKill)
        .filter((request) => isRepeat(request, webhook, beforeKill));
      expect(repeats.length).toBeLessThanOrEqual(5 + 1 + beforeKill - answered.length);
      const idsBefore = new Set(
        webhook.requests.slice(0, beforeKill).map(({ headers }) => headers["webhook-id"]),
      );
      for (const { headers } of repeats) expect(idsBefore).toContain(headers["webhook-id"]);
    },
  );
});

describe("stopped while one batch is not taken, and started again", () => {
  test.for([
    { mode: "array", settings: { max_batch_size: 20 }, left: 20 },
    { mode: "single", settings: { send_as_batch: false }, left: 1 },
  ])("sends just that batch in $mode mode, and counts it alone", async ({ settings, left }) => {
    await using folder = await temporaryFolder();
    await using tenant = await startTenant({ entries: 500, logsItsOwnTokens: false });
    await using webhook = await startWebhook();
    const { taken, recover } = takeAllBut(writtenIds(tenant)[7] ?? "", webhook);
    const config = await writeConfig(folder.path, { tenant, webhook, webhookSettings: settings });
    for (let start = 1; start <= 2; start++) {
      await using running = loghook(["run", "--config", config], { cwd: folder.path });
      await running.printed("Delivery failed, will retry.");
      while (taken.length < 500 - left) await webhook.received(webhook.requests.length + 1);
      running.kill("SIGTERM");
      expect(await running.ended).toBe(0);
    }
    expect(new Set(taken).size).toBe(500 - left);

    recover();
    const last = await runLoghook(["run", "--once", "--config", config], { cwd: folder.path });
    expect(last.code).toBe(0);
    expect(last.events.at(-1)).toMatchObject({ msg: "Run finished.", delivered: left, waiting: 0 });
    expect(taken.toSorted()).toEqual(writtenIds(tenant));
  });

  test("does not repeat what was taken beside a refused entry either", async () => {
    await using folder = await temporaryFolder();
    await using tenant = await startTenant({ entries: 100, logsItsOwnTokens: false });
    await using webhook = await startWebhook();
    const poison = writtenIds(tenant)[41] ?? "";
    const { taken, recover } = takeAllBut(poison, webhook, 422);
    const webhookSettings = { on_rejected: "block" };
    const config = await writeConfig(folder.path, { tenant, webhook, webhookSettings });
    const run = () => runLoghook(["run", "--once", "--config", config], { cwd: folder.path });
    expect((await run()).code).toBe(75);
    expect(taken).toHaveLength(99);
    expect((await run()).code).toBe(75);
    recover();
    expect((await run()).code).toBe(0);
    expect(taken.at(-1)).toBe(poison);
    expect(taken.toSorted()).toEqual(writtenIds(tenant));
  });
});

/** Takes everything but requests with this entry in them, until it recovers. `taken` are the ids that were answered with 200. */
function takeAllBut(logId: string, webhook: TestWebhook, refusal = 503) {
  const taken: string[] = [];
  let isBroken = true;
  webhook.answer = (request, response) => {
    const isRefused = isBroken && request.body.includes(logId);
    if (!isRefused) taken.push(...entriesOf(request).map(({ log_id }) => log_id));
    response.writeHead(isRefused ? refusal : 200).end();
  };
  const recover = (): void => {
    isBroken = false;
  };
  return { taken, recover };
}

/** The log_id that is stored. All ids here are of one length. */
function checkpointIn(folder: string): string {
  using database = new DatabaseSync(join(folder, ".loghook", "loghook.db"), { readOnly: true });
  const row = database.prepare("SELECT value FROM key_value WHERE key LIKE 'checkpoint/%'").get();
  return (JSON.parse(String(row?.value)) as { log_id: string }).log_id;
}

type Request = TestWebhook["requests"][number];

function isRepeat(request: Request, webhook: TestWebhook, before: number): boolean {
  const seen = new Set(
    webhook.requests
      .slice(0, before)
      .flatMap(entriesOf)
      .map(({ log_id }) => log_id),
  );
  return entriesOf(request).some(({ log_id }) => seen.has(log_id));
}

describe("a webhook that is down", () => {
  test("fails the run with exit code 75 and the checkpoint where it was, tells Slack once, and gets everything later", async () => {
    await using folder = await temporaryFolder();
    await using tenant = await startTenant({ entries: 250, logsItsOwnTokens: false });
    await using slack = await startWebhook({ answer: status(200, {}, "ok") });
    let port: number;
    const retry_on_failure = { initial_interval: "5ms", max_interval: "20ms", max_elapsed_time: "200ms" };
    const parts = { tenant, slack: { webhook_url: slack.url }, webhookSettings: { retry_on_failure } };
    const run = (config: string) => runLoghook(["run", "--once", "--config", config], { cwd: folder.path });
    let config: string;
    {
      await using broken = await startWebhook({ answer: status(500, {}, "out of order") });
      port = broken.port;
      config = await writeConfig(folder.path, { ...parts, webhook: broken });
      const failed = await run(config);
      expect(failed.code).toBe(75);
      expect(failed.events.at(-1)).toMatchObject({ msg: "Run failed.", delivered: 0, code: "RETRYABLE" });
      expect(failed.events.at(-1)).not.toHaveProperty("checkpoint");
      expect(broken.requests.length).toBeGreaterThan(3);
    }
    const refused = await run(config);
    expect(refused.code).toBe(75);
    expect(refused.events.at(-1)).toMatchObject({ msg: "Run failed.", delivered: 0 });
    expect(slack.requests).toHaveLength(1);
    const alert = slack.requests[0]?.body.toString() ?? "";
    expect(alert).toContain("500");
    expect(alert).toContain("250 entries");

    await using webhook = await startWebhook({ port });
    const recovered = await run(config);
    expect(recovered.code).toBe(0);
    expect(receivedIds(webhook).toSorted()).toEqual(writtenIds(tenant));
    expect(slack.requests).toHaveLength(2);
    expect(slack.requests[1]?.body.toString()).toMatch(/works again|recovered/i);
  });

  test("while following: it waits, says so, and goes on by itself", async () => {
    await using folder = await temporaryFolder();
    await using tenant = await startTenant({ entries: 250, logsItsOwnTokens: false });
    await using webhook = await startWebhook({ answer: status(503) });
    const config = await writeConfig(folder.path, { tenant, webhook });
    await using running = loghook(["run", "--config", config], { cwd: folder.path });
    await running.printed("Delivery failed, will retry.");
    await webhook.received(8);
    const refused = webhook.requests.length;
    webhook.answer = status(200);
    await running.printed("Run finished.");
    running.kill("SIGTERM");
    expect(await running.ended).toBe(0);
    const taken = new Set(
      webhook.requests
        .slice(refused)
        .flatMap(entriesOf)
        .map(({ log_id }) => log_id),
    );
    expect(taken.size).toBeGreaterThan(0);
    expect(new Set(receivedIds(webhook))).toEqual(new Set(writtenIds(tenant)));
  });
});

test("with on_rejected: block a refused record fails the run and is named; all others are delivered", async () => {
  await using folder = await temporaryFolder();
  await using tenant = await startTenant({ entries: 100, logsItsOwnTokens: false });
  const poison = tenant.entries[41]?.logId ?? "";
  await using webhook = await startWebhook({
    answer: (request, response) =>
      void response.writeHead(request.body.includes(poison) ? 422 : 200).end("no such user"),
  });
  const webhookSettings = { on_rejected: "block" };
  const config = await writeConfig(folder.path, { tenant, webhook, webhookSettings });
  const { code, events } = await runLoghook(["run", "--once", "--config", config], { cwd: folder.path });
  expect(code).toBe(75);
  expect(events.at(-1)).toMatchObject({ msg: "Run failed.", code: "RECORDS_REJECTED" });
  expect(String(events.at(-1)?.error)).toContain(poison);
});
