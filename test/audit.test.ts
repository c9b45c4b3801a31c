import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import { startTenant, type Tenant } from "@loghook/auth0-simulator";
import type { AuditReport, LaneAudit } from "@loghook/pipeline";
import { openStorage } from "@loghook/storage-sqlite";
import { startWebhook, status, type TestWebhook } from "@loghook/testkit";
import { describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { entriesOf, loghook, runLoghook, temporaryFolder, writeConfig, writtenIds } from "./harness.ts";

const lanes = ["errors", "logins", "rest"] as const;
type Lane = (typeof lanes)[number];
const laneId = (name: Lane): string => `logs/${name}/auth0/webhook`;

interface Ends {
  readonly tenant: Tenant;
  readonly webhook: TestWebhook;
}

/** Three lanes with filters of their own, to one webhook. */
async function threeLanes(folder: string, ends: Ends): Promise<string> {
  const file = await writeConfig(folder, { ...ends, webhookSettings: { max_batch_size: 1000 } });
  const config = parse(await readFile(file, "utf8"));
  config.processors = {
    "filter/errors": { min_level: "critical" },
    "filter/logins": { types: ["f", "fp"] },
    "filter/rest": { min_level: "error", exclude_types: ["s", "f*", "category:auth.*"] },
  };
  config.service.pipelines = Object.fromEntries(
    lanes.map((name) => [
      `logs/${name}`,
      { receivers: ["auth0"], processors: [`filter/${name}`], exporters: ["webhook"] },
    ]),
  );
  await writeFile(file, stringify(config));
  return file;
}

/** Runs `loghook audit --json`. */
async function audit(config: string, folder: string, args: readonly string[] = []) {
  await using running = loghook(["audit", "--config", config, "--json", ...args], { cwd: folder });
  const code = await running.ended;
  expect(running.stderr).toBe("");
  const report = JSON.parse(running.stdout) as AuditReport;
  const lane = (name: Lane): LaneAudit | undefined => report.lanes.find(({ lane }) => lane === laneId(name));
  return { code, report, lane, only: report.lanes[0] };
}

const idsOf = (lane: LaneAudit | undefined): string[] => lane?.missing.map(({ id }) => id) ?? [];

const databaseOf = (folder: string): string => join(folder, ".loghook", "loghook.db");

/** Moves a checkpoint as nobody should: with the right checksum, and not a word to the ledger. */
function moveCheckpoint(folder: string, { lane, logId }: { lane: string; logId: string }): void {
  using database = new DatabaseSync(databaseOf(folder));
  const key = `checkpoint/${lane}`;
  const row = database.prepare("SELECT owner, value FROM key_value WHERE key = ?").get(key);
  const { owner, value } = row as { owner: string; value: string };
  const moved = JSON.stringify({ ...JSON.parse(value), log_id: logId });
  const { changes } = database
    .prepare("UPDATE key_value SET value = ?, checksum = ? WHERE key = ?")
    .run(moved, crc32(`${owner}\0${key}\0${moved}`), key);
  expect(changes).toBe(1);
}

/** Deletes a row out of the middle of a lane's ledger. Returns the ids that the ledger does not know any more. */
async function deleteLedgerRow(folder: string, lane: string, ids: readonly string[]): Promise<string[]> {
  const before = await settledIds(folder, lane, ids);
  {
    using database = new DatabaseSync(databaseOf(folder));
    const rows = database
      .prepare(
        "SELECT id FROM ledger_part WHERE lane_id = (SELECT id FROM ledger_lane WHERE lane = ?) ORDER BY id",
      )
      .all(lane);
    const middle = rows[Math.floor(rows.length / 2)];
    database.prepare("DELETE FROM ledger_part WHERE id = ?").run(Number(middle?.id));
  }
  const after = new Set(await settledIds(folder, lane, ids));
  return before.filter((id) => !after.has(id));
}

async function settledIds(folder: string, lane: string, ids: readonly string[]): Promise<string[]> {
  await using storage = await openStorage({ directory: join(folder, ".loghook"), readOnly: true });
  const ledger = await storage.ledger?.read(lane);
  return ids.filter((id) => ledger?.get(id) !== undefined);
}

const digestOf = async (file: string): Promise<string> =>
  createHash("sha256")
    .update(await readFile(file))
    .digest("hex");

// They start many processes, and read a large log twice.
const timeout = 240_000;

test("of 100,000 entries in three lanes it finds just those that were taken out of the storage", {
  timeout,
}, async () => {
  await using folder = await temporaryFolder();
  await using tenant = await startTenant({ entries: 100_000, logsItsOwnTokens: false });
  await using webhook = await startWebhook();
  const config = await threeLanes(folder.path, { tenant, webhook });
  const run = await runLoghook(["run", "--once", "--config", config], { cwd: folder.path });
  expect(run.code, run.stderr + run.stdout).toBe(0);

  const settled = writtenIds(tenant);
  const fresh = tenant.generate(300).map(({ logId }) => logId);
  moveCheckpoint(folder.path, { lane: laneId("errors"), logId: fresh[199] ?? "" });
  const forgotten = await deleteLedgerRow(folder.path, laneId("logins"), settled);
  expect(forgotten.length).toBeGreaterThan(0);
  const digest = await digestOf(databaseOf(folder.path));
  const delivered = webhook.requests.length;

  const { code, report, lane } = await audit(config, folder.path);
  expect(code).toBe(65);
  expect(report).toMatchObject({ version: 1, verdict: "missing" });
  for (const { entries } of report.lanes) expect(entries).toBe(100_300);
  expect(idsOf(lane("errors"))).toEqual(fresh.slice(0, 200));
  expect(lane("errors")?.counts).toMatchObject({ missing: 200, waiting: 100, not_covered: 0 });
  expect(idsOf(lane("logins"))).toEqual(forgotten);
  expect(lane("logins")?.counts).toMatchObject({ missing: forgotten.length, waiting: 300 });
  expect(lane("rest")).toMatchObject({ verdict: "complete", missing: [], counts: { waiting: 300 } });

  // Each of the others is accounted for, and it has left everything as it was.
  for (const { counts } of report.lanes) {
    const { delivered, filtered, missing, waiting } = counts;
    expect(delivered + filtered + missing + waiting).toBe(100_300);
  }
  const rules = lane("rest")?.filteredBy.map(({ rule }) => rule) ?? [];
  expect(rules).toContain("its type s is in exclude_types");
  expect(await digestOf(databaseOf(folder.path))).toBe(digest);
  expect(webhook.requests).toHaveLength(delivered);
});

/** Refuses these entries, however they come, and takes all others. Returns the ids of what was taken. */
function refuseSome(webhook: TestWebhook, poison: ReadonlySet<string>): string[] {
  const taken: string[] = [];
  webhook.answer = (request, response) => {
    const ids = entriesOf(request).map(({ log_id }) => log_id);
    if (ids.some((id) => poison.has(id))) response.writeHead(400).end("No, thank you.");
    else {
      taken.push(...ids);
      response.writeHead(200).end();
    }
  };
  return taken;
}

describe("whatever happened to the process, nothing is reported that is not so", () => {
  test("after a kill, beside a running loghook, and with parked entries", { timeout }, async () => {
    await using folder = await temporaryFolder();
    await using tenant = await startTenant({ entries: 2000, logsItsOwnTokens: false });
    await using webhook = await startWebhook();
    const filter = { exclude_types: ["s"] };
    const config = await writeConfig(folder.path, {
      tenant,
      webhook,
      filter,
      webhookSettings: { max_batch_size: 20 },
    });
    const poison = new Set(entryIds(tenant, (type) => type !== "s").filter((_, index) => index % 300 === 7));
    expect(poison.size).toBeGreaterThan(1);
    const taken = refuseSome(webhook, poison);
    const { answer } = webhook;

    // Killed while requests are under way.
    await using first = loghook(["run", "--config", config], { cwd: folder.path });
    webhook.answer = (request, response) => {
      if (webhook.requests.length > 25) first.kill("SIGKILL");
      else return answer(request, response);
    };
    expect(await first.ended).toBe("SIGKILL");
    const afterKill = await audit(config, folder.path, ["--from", "2d"]);
    expect(afterKill.code).toBe(0);
    expect(afterKill.only).toMatchObject({ entries: 2000, verdict: "complete", missing: [] });
    expect(afterKill.only?.counts.waiting).toBeGreaterThan(0);

    // Beside one that goes on, whose tenant goes on, too.
    webhook.answer = answer;
    await using second = loghook(["run", "--config", config], { cwd: folder.path });
    for (let round = 1; round <= 2; round++) {
      tenant.generate(100, { type: "f" });
      const meanwhile = await audit(config, folder.path, ["--from", "2d"]);
      expect(meanwhile.only).toMatchObject({ verdict: "complete", missing: [] });
    }
    await allTaken(webhook, { taken, wanted: entryIds(tenant, (type) => type !== "s"), poison });
    second.kill("SIGTERM");
    expect(await second.ended).toBe(0);

    const last = await audit(config, folder.path);
    expect(last.code).toBe(0);
    const filtered = entryIds(tenant, (type) => type === "s").length;
    expect(last.only?.counts).toEqual({
      delivered: 2200 - filtered - poison.size,
      filtered,
      parked: poison.size,
      taken_up: 0,
      dropped: 0,
      waiting: 0,
      not_covered: 0,
      missing: 0,
    });
    expect(last.only?.filteredBy).toMatchObject([
      { processor: "filter", rule: "its type s is in exclude_types", count: filtered },
    ]);
  });
});

function entryIds(tenant: Tenant, isWanted: (type: string) => boolean): string[] {
  return tenant.entries
    .filter(({ json }) => isWanted((JSON.parse(json) as { type: string }).type))
    .map(({ logId }) => logId);
}

interface Taken {
  readonly taken: readonly string[];
  readonly wanted: readonly string[];
  readonly poison: ReadonlySet<string>;
}

/** Resolves when everything but the poison has been taken, and the poison was sent alone. */
async function allTaken(webhook: TestWebhook, { taken, wanted, poison }: Taken): Promise<void> {
  const missing = (): number => new Set(wanted).difference(new Set(taken)).difference(poison).size;
  while (missing() > 0) await webhook.received(webhook.requests.length + 1);
}

test("what was parked is delivered by hand while loghook runs, and the audit says so", {
  timeout,
}, async () => {
  await using folder = await temporaryFolder();
  await using tenant = await startTenant({ entries: 50, types: ["f"], logsItsOwnTokens: false });
  await using webhook = await startWebhook();
  const config = await writeConfig(folder.path, { tenant, webhook });
  const [discarded = "", ...others] = writtenIds(tenant).filter((_, index) => index % 17 === 3);
  refuseSome(webhook, new Set([discarded, ...others]));
  const options = { cwd: folder.path };
  expect((await runLoghook(["run", "--once", "--config", config], options)).code).toBe(0);
  await using running = loghook(["run", "--config", config], options);
  await running.printed("Reading goes on from the checkpoint.");

  const refused = await runLoghook(["parked", "send", "--config", config, ...others], options);
  expect(refused.code).toBe(75);
  expect(refused.stdout).toContain(`0 entries delivered, ${others.length} refused again`);
  for (const id of others) expect(refused.stdout).toContain(id);

  webhook.answer = status(200);
  const gone = await runLoghook(["parked", "discard", discarded], options);
  expect(gone).toMatchObject({ code: 0, stdout: "1 entry discarded.\n" });
  const before = webhook.requests.length;
  const sent = await runLoghook(["parked", "send", "--config", config], options);
  expect(sent).toMatchObject({ code: 0, stderr: "" });
  expect(sent.stdout).toBe(`logs/auth0/webhook: ${others.length} entries delivered.\n`);
  const received = webhook.requests.slice(before).flatMap(entriesOf);
  const written = new Map(tenant.entries.map(({ logId, json }) => [logId, JSON.parse(json) as unknown]));
  expect(received).toEqual(others.map((id) => written.get(id)));
  expect((await runLoghook(["parked"], options)).stdout).toMatch(/^Nothing is parked in .*\.loghook\.\n$/);

  const { code, only } = await audit(config, folder.path);
  expect(code).toBe(0);
  expect(only?.counts).toMatchObject({ taken_up: 1 + others.length, parked: 0, missing: 0 });
});
