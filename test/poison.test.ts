import { join } from "node:path";
import { startTenant, type Tenant } from "@loghook/auth0-simulator";
import { webhookExporter } from "@loghook/exporter-webhook";
import {
  loadConfigFile,
  type PipelineEvent,
  type PipelineOutcome,
  runPipelines,
  silentLogger,
} from "@loghook/pipeline";
import { auth0Receiver } from "@loghook/receiver-auth0";
import { openStorage, sqliteStorage } from "@loghook/storage-sqlite";
import { type ReceivedRequest, startWebhook, type TestWebhook } from "@loghook/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { entriesOf, loghook, temporaryFolder, writeConfig, writtenIds } from "./harness.ts";

const factories = [auth0Receiver, webhookExporter, sqliteStorage];
const lane = "logs/auth0/webhook";

let tenant: Tenant;
beforeAll(async () => {
  tenant = await startTenant({ entries: 100, logsItsOwnTokens: false });
});
afterAll(() => tenant.stop());

/** Refuses every request that holds one of these entries, and says so. */
async function pickyWebhook(poison: ReadonlySet<string>) {
  const taken: string[] = [];
  const isRefused = (request: ReceivedRequest): boolean =>
    entriesOf(request).some(({ log_id }) => poison.has(log_id));
  const webhook = await startWebhook({
    answer(request, response) {
      if (isRefused(request)) return void response.writeHead(422).end("no such user");
      taken.push(...entriesOf(request).map(({ log_id }) => log_id));
      response.writeHead(200).end();
    },
  });
  return { ...webhook, webhook, taken, isRefused };
}

type PickyWebhook = Awaited<ReturnType<typeof pickyWebhook>>;

interface Run {
  readonly folder: string;
  readonly webhook: Pick<TestWebhook, "url">;
  readonly settings?: Record<string, unknown>;
  /** Default: one with 100 entries. */
  readonly tenant?: Tenant;
}

async function runOnce({ folder, webhook, settings = {}, ...given }: Run) {
  const file = await writeConfig(folder, { tenant, webhook, webhookSettings: settings, ...given });
  const events: PipelineEvent[] = [];
  const outcome = await runPipelines(await loadConfigFile({ file, factories, env: {} }), {
    once: true,
    stop: new AbortController().signal,
    logger: silentLogger,
    onEvent: (event) => events.push(event),
  });
  return { outcome, events };
}

async function parkedIn(folder: string) {
  await using storage = await openStorage({ directory: join(folder, ".loghook"), readOnly: true });
  return await storage.parked.list();
}

interface Poisoned {
  readonly ids: readonly string[];
  readonly poison: readonly string[];
  readonly webhook: PickyWebhook;
}

/** Everything but the poison arrived once; the poison is parked, with what is needed to deal with it. */
async function expectParked(folder: string, { ids, poison, webhook }: Poisoned): Promise<void> {
  const refused = new Set(poison);
  expect(webhook.taken.toSorted()).toEqual(ids.filter((id) => !refused.has(id)));
  const attempts = new Map<string, number>();
  for (const { log_id } of webhook.webhook.requests.filter(webhook.isRefused).flatMap(entriesOf))
    attempts.set(log_id, (attempts.get(log_id) ?? 0) + 1);
  const parked = await parkedIn(folder);
  expect(parked.toSorted((a, b) => (a.uid < b.uid ? -1 : 1))).toMatchObject(
    poison.toSorted().map((uid) => ({
      lane,
      uid,
      reason: expect.stringContaining("422"),
      answer: expect.stringContaining("no such user"),
      attempts: attempts.get(uid),
      record: expect.stringContaining(uid),
    })),
  );
}

const succeeded: unknown = [{ run: { status: "succeeded" } }];

const modes = [
  { mode: "array", settings: {} },
  { mode: "single", settings: { send_as_batch: false } },
];

/** What bisecting a batch of 100 takes. One by one, each entry has its request, and none has two. */
const mostRequests = (mode: string, count: number): number =>
  mode === "single" ? 100 : 2 * count * (Math.log2(100) + 1);

test.for(modes)(
  "one poison entry in each position of a batch of 100, in $mode mode: the others arrive once, it is parked, in few requests",
  async ({ mode, settings }) => {
    await using folder = await temporaryFolder();
    // A hundred batches, and in each the poison is one place further on.
    await using tenant = await startTenant({ entries: 10_000, logsItsOwnTokens: false });
    const ids = writtenIds(tenant);
    const poison = ids.filter((_, index) => index % 101 === 0 && Math.floor(index / 100) === index % 100);
    expect(poison).toHaveLength(100);
    await using webhook = await pickyWebhook(new Set(poison));
    const { outcome } = await runOnce({ folder: folder.path, tenant, webhook, settings });
    expect(outcome).toMatchObject([{ run: { status: "succeeded", delivered: 9900, parked: 100 } }]);
    await expectParked(folder.path, { ids, poison, webhook });

    const requestsOf = new Map<number, number>();
    const place = new Map(ids.map((id, index) => [id, Math.floor(index / 100)]));
    for (const request of webhook.webhook.requests) {
      const [batch = -1, ...others] = new Set(entriesOf(request).map(({ log_id }) => place.get(log_id)));
      expect(others).toEqual([]);
      requestsOf.set(batch, (requestsOf.get(batch) ?? 0) + 1);
    }
    expect(requestsOf.size).toBe(100);
    expect(Math.max(...requestsOf.values())).toBeLessThanOrEqual(mostRequests(mode, 1));
  },
);

describe.for(modes)("in $mode mode", ({ mode, settings }) => {
  test.for([
    [0, 1, 2],
    [97, 98, 99],
    [0, 49, 99],
    [49, 50, 51],
    [12, 37, 88],
  ])(
    "three poison entries, at %i, %i and %i: the others arrive once, they are parked, in few requests",
    async (positions) => {
      await using folder = await temporaryFolder();
      const ids = writtenIds(tenant);
      const poison = positions.map((position) => ids[position] ?? "");
      await using webhook = await pickyWebhook(new Set(poison));
      const { outcome, events } = await runOnce({ folder: folder.path, webhook, settings });
      expect(outcome).toMatchObject([{ run: { status: "succeeded", delivered: 97, parked: 3, dropped: 0 } }]);
      expect(events.filter(({ type }) => type === "records.parked")).toHaveLength(3);
      await expectParked(folder.path, { ids, poison, webhook });
      expect(webhook.webhook.requests.length).toBeLessThanOrEqual(mostRequests(mode, 3));
    },
  );
});

describe("a second run", () => {
  test("begins behind what was parked, and sends nothing again", async () => {
    await using folder = await temporaryFolder();
    const poison = writtenIds(tenant)[41] ?? "";
    await using webhook = await pickyWebhook(new Set([poison]));
    const run = { folder: folder.path, webhook };
    await runOnce(run);
    const before = webhook.webhook.requests.length;
    const { outcome } = await runOnce(run);
    expect(outcome).toMatchObject([{ run: { status: "succeeded", read: 0 } }]);
    expect(webhook.webhook.requests).toHaveLength(before);
    expect(await parkedIn(folder.path)).toHaveLength(1);
  });
});

describe("on_rejected", () => {
  const someRetries = { initial_interval: "5ms", max_interval: "10ms", max_elapsed_time: "150ms" };

  test("drop: the others arrive, the refused entry is told of and counted, and nothing is parked", async () => {
    await using folder = await temporaryFolder();
    const poison = writtenIds(tenant)[7] ?? "";
    await using webhook = await pickyWebhook(new Set([poison]));
    const settings = { on_rejected: "drop" };
    const { outcome, events } = await runOnce({ folder: folder.path, webhook, settings });
    expect(outcome).toMatchObject([{ run: { status: "succeeded", delivered: 99, parked: 0, dropped: 1 } }]);
    expect(events.flatMap((event) => (event.type === "records.dropped" ? event.batch : []))).toMatchObject([
      { attributes: { "log.record.uid": poison } },
    ]);
    expect(webhook.taken).toHaveLength(99);
    expect(await parkedIn(folder.path)).toEqual([]);
  });

  test("block: the run fails and names the entry; nothing is parked, and it is delivered once it is taken", async () => {
    await using folder = await temporaryFolder();
    const refused = new Set([writtenIds(tenant)[7] ?? ""]);
    await using webhook = await pickyWebhook(refused);
    const settings = { on_rejected: "block", retry_on_failure: someRetries };
    const run = { folder: folder.path, webhook, settings };
    const { outcome } = await runOnce(run);
    expect(outcome).toMatchObject([{ run: { status: "failed", parked: 0, dropped: 0 } }]);
    expect(String(outcome[0]?.error)).toContain([...refused][0]);
    expect(await parkedIn(folder.path)).toEqual([]);
    refused.clear();
    expect((await runOnce(run)).outcome).toMatchObject(succeeded as PipelineOutcome);
    // A part of the batch that had to be split may come again, since the rest of it was broken off.
    expect([...new Set(webhook.taken)].toSorted()).toEqual(writtenIds(tenant));
  });
});

describe("a lane that has parked max_parked entries", () => {
  const max_parked = 2;
  const retry_on_failure = { initial_interval: "5ms", max_interval: "20ms" };

  test("blocks and says so, drops nothing, and goes on by itself when the webhook takes the rest", async () => {
    await using folder = await temporaryFolder();
    const refused = new Set([10, 20, 30].map((position) => writtenIds(tenant)[position] ?? ""));
    const third = [...refused][2] ?? "";
    await using webhook = await pickyWebhook(refused);
    const webhookSettings = { max_parked, retry_on_failure };
    const config = await writeConfig(folder.path, { tenant, webhook, webhookSettings });
    await using running = loghook(["run", "--config", config], { cwd: folder.path });
    await running.printed("max_parked");
    expect(await parkedIn(folder.path)).toHaveLength(max_parked);
    refused.delete(third);
    // The retry of the one that was blocked.
    while (!webhook.taken.includes(third)) await webhook.received(webhook.webhook.requests.length + 1);
    running.kill("SIGTERM");
    expect(await running.ended).toBe(0);
    expect(webhook.taken.toSorted()).toEqual(writtenIds(tenant).filter((id) => !refused.has(id)));
    expect(await parkedIn(folder.path)).toHaveLength(max_parked);
  });

  test("goes on in the next run when it may park more", async () => {
    await using folder = await temporaryFolder();
    const poison = [10, 20, 30].map((position) => writtenIds(tenant)[position] ?? "");
    await using webhook = await pickyWebhook(new Set(poison));
    const settings = { max_parked, retry_on_failure: { ...retry_on_failure, max_elapsed_time: "150ms" } };
    const run = { folder: folder.path, webhook, settings };
    expect((await runOnce(run)).outcome).toMatchObject([{ run: { status: "failed" } }]);
    expect(await parkedIn(folder.path)).toHaveLength(max_parked);
    const roomier = { ...run, settings: { ...settings, max_parked: max_parked + 1 } };
    expect((await runOnce(roomier)).outcome).toMatchObject(succeeded as PipelineOutcome);
    expect((await parkedIn(folder.path)).map(({ uid }) => uid).toSorted()).toEqual(poison);
    // A part of the batch that had to be split may come again, since the rest of it was broken off.
    expect([...new Set(webhook.taken)].toSorted()).toEqual(
      writtenIds(tenant).filter((id) => !poison.includes(id)),
    );
  });
});
