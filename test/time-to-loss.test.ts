import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { startTenant } from "@loghook/auth0-simulator";
import { webhookExporter } from "@loghook/exporter-webhook";
import { loadConfig, type PipelineEvent, runPipelines, silentLogger } from "@loghook/pipeline";
import { auth0Receiver } from "@loghook/receiver-auth0";
import { slackReporter } from "@loghook/reporter-slack";
import { sqliteStorage } from "@loghook/storage-sqlite";
import { type ManualClock, manualClock, startWebhook, status, type TestWebhook } from "@loghook/testkit";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { receivedIds, temporaryFolder, writtenIds } from "./harness.ts";

const factories = [auth0Receiver, webhookExporter, sqliteStorage, slackReporter];
const hourMs = 3_600_000;
const minuteMs = 60_000;
const pollIntervalMs = 15_000;
const retentionMs = 24 * hourMs;

type GapEvent = Extract<PipelineEvent, { type: "receiver.gap" }>;

/** loghook between a tenant that keeps its entries for a day, a webhook, and a server in Slack's place. */
async function startWorld(answer = status(200)) {
  await using opening = new AsyncDisposableStack();
  const clock = manualClock();
  const folder = opening.use(await temporaryFolder());
  const tenant = opening.use(
    await startTenant({ entries: 50, spanMs: hourMs, retentionMs, logsItsOwnTokens: false, now: clock.now }),
  );
  const webhook = opening.use(await startWebhook({ answer }));
  const slack = opening.use(await startWebhook({ answer: status(200, {}, "ok") }));
  const { url: endpoint, domain, clientId: client_id, clientSecret: client_secret } = tenant;
  const config = {
    receivers: { auth0: { endpoint, domain, client_id, client_secret, retention: "24h" } },
    exporters: { webhook: { url: webhook.url } },
    extensions: {
      sqlite_storage: { directory: join(folder.path, ".loghook") },
      slack: { webhook_url: slack.url, daily_report_at: "off", name: "test" },
    },
    service: {
      extensions: ["sqlite_storage", "slack"],
      pipelines: { logs: { receivers: ["auth0"], exporters: ["webhook"] } },
    },
  };
  const warnings: { event: GapEvent; at: number }[] = [];
  const seen = { read: 0, delivered: 0, attempts: 0 };
  let happened = Promise.withResolvers<void>();
  const stop = new AbortController();
  const onEvent = (event: PipelineEvent): void => {
    if (event.type === "receiver.gap") warnings.push({ event, at: clock.now() });
    if (event.type === "records.read") seen.read += event.read;
    if (event.type === "records.delivered") seen.delivered += event.batch.length;
    if (event.type === "retry.scheduled" || event.type === "retry.succeeded") seen.attempts += 1;
    happened.resolve();
    happened = Promise.withResolvers();
  };
  const loaded = await loadConfig(stringify(config), { file: "loghook.yaml", factories, env: {} });
  const running = runPipelines(loaded, { stop: stop.signal, clock, logger: silentLogger, onEvent });
  opening.defer(async () => {
    stop.abort();
    await running;
  });
  const open = opening.move();
  return {
    clock,
    tenant,
    webhook,
    slack,
    warnings,
    seen,
    /** Resolves when it holds, which is looked at after each event. */
    async until(holds: () => boolean): Promise<void> {
      while (!holds()) await happened.promise;
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

/** Until the lane waits for its next poll. While everything goes well nobody else sleeps so shortly. */
async function pollsNext(clock: ManualClock): Promise<void> {
  while ((await clock.nextSleep()) > pollIntervalMs) await turn();
}

/** The looks at the lag wait for nothing but time. */
async function letPass(clock: ManualClock, ms: number): Promise<void> {
  const until = clock.now() + ms;
  while (clock.now() < until) {
    clock.advance(6 * minuteMs);
    await turn();
  }
}

const slackTexts = (slack: TestWebhook): string[] =>
  slack.requests.map(({ body }) => (JSON.parse(body.toString()) as { text: string }).text);

/** Those that warn of a loss, when there are so many. */
async function lossAlerts(slack: TestWebhook, count: number): Promise<string[]> {
  for (;;) {
    const alerts = slackTexts(slack).filter((text) => text.includes("lose"));
    if (alerts.length >= count) return alerts;
    await slack.received(slack.requests.length + 1);
  }
}

test("who cannot deliver is told at half and at four fifths of the time that the tenant keeps entries, and never loses one", async () => {
  await using world = await startWorld();
  const { clock, tenant, webhook, slack, warnings, seen, until } = world;
  await until(() => seen.delivered === 50);
  await pollsNext(clock);
  const standsAt = clock.now();

  webhook.answer = status(503);
  tenant.generate(200);
  clock.advance(pollIntervalMs);
  await until(() => seen.read === 250 && seen.attempts > 0);
  await letPass(clock, 11 * hourMs);
  expect(warnings).toEqual([]);
  await letPass(clock, 7 * hourMs);
  expect(warnings).toHaveLength(1);
  await letPass(clock, 4 * hourMs);
  expect(warnings).toHaveLength(2);

  const [half, most] = warnings;
  for (const warning of [half, most]) {
    expect(warning?.event).toMatchObject({ lane: "logs/auth0/webhook", lost: false });
    // What the tenant had shown last before the outage goes first.
    expect(Math.abs((warning?.event.deadline ?? 0) - standsAt - retentionMs)).toBeLessThan(2 * minuteMs);
  }
  const lateMs = 80 * minuteMs; // it looks twenty times per retention
  expect((half?.at ?? 0) - standsAt - 12 * hourMs).toBeLessThan(lateMs);
  expect((most?.at ?? 0) - standsAt - 19.2 * hourMs).toBeLessThan(lateMs);
  const alerts = await lossAlerts(slack, 2);
  expect(alerts.map((text) => text.split("\n")[0])).toEqual([
    ":warning: logs/auth0/webhook is about to lose entries",
    ":warning: logs/auth0/webhook is about to lose entries",
  ]);
  expect(alerts[0]).toMatch(/\*Time left:\* until 2026-03-03 .* UTC \(1[01] hours/);
  expect(alerts[1]).toMatch(/\*Time left:\* until 2026-03-03 .* UTC \([34] hours/);

  webhook.answer = status(200);
  while (seen.delivered < 250) {
    const { attempts } = seen;
    // Longer than any wait between attempts. One that was under way may have met the old answer.
    clock.advance(minuteMs + 2);
    await until(() => seen.delivered === 250 || seen.attempts > attempts);
  }
  expect([...new Set(receivedIds(webhook))].toSorted()).toEqual(writtenIds(tenant));

  // At the head of the log, for more than the tenant keeps.
  for (let hour = 0; hour < 30; hour++) {
    tenant.generate(1);
    const next = webhook.received(webhook.requests.length + 1);
    await pollsNext(clock);
    clock.advance(hourMs);
    await next;
  }
  expect(warnings).toHaveLength(2);
  expect(slackTexts(slack).filter((text) => text.includes("lose"))).toHaveLength(2);
});

test("who has never delivered anything is told, too", async () => {
  await using world = await startWorld(status(503));
  const { clock, warnings, seen, until } = world;
  const oldest = clock.now() - hourMs;
  await until(() => seen.read === 50 && seen.attempts > 0);
  await letPass(clock, 21 * hourMs);
  expect(warnings.map(({ event }) => event.lost)).toEqual([false, false]);
  for (const { event } of warnings) {
    expect(Math.abs((event.deadline ?? 0) - oldest - retentionMs)).toBeLessThan(2 * minuteMs);
  }
});
