import { startTenant } from "@loghook/auth0-simulator";
import type { Logger } from "@loghook/pipeline";
import { manualClock, memoryStorage, startWebhook, status } from "@loghook/testkit";
import { describe, expect, test } from "vitest";
import { idsOf, lane, receiverOf, run } from "./receiver.test-kit.ts";

const at = (text: string): number => Date.parse(text);
/** An id of today's kind. */
const idOf = (time: string, counter: number): string =>
  `900${time.replaceAll(/\D/g, "").slice(0, 14)}000000${String(counter).padStart(33, "0")}`;
const legacyId = (n: number): string =>
  `4959033827149025660855969253836157109592157598913658${String(n).padStart(4, "0")}`;

/** A tenant whose clock stands at 2026-03-02T09:00:00Z. */
async function startQuietTenant(options: { entries?: number; retentionMs?: number } = {}) {
  const clock = manualClock();
  const tenant = await startTenant({ ...options, logsItsOwnTokens: false, now: clock.now });
  return { clock, tenant, [Symbol.asyncDispose]: tenant[Symbol.asyncDispose] };
}

describe("from the beginning", () => {
  test("the first entry is delivered, too, also where dates and ids are in another order", async () => {
    await using quiet = await startQuietTenant();
    const { tenant, clock } = quiet;
    tenant.append({ type: "s", date: "2026-03-02T08:00:04Z", log_id: idOf("2026-03-02T08:00:05Z", 1) });
    tenant.append({ type: "s", date: "2026-03-02T08:00:00Z", log_id: idOf("2026-03-02T08:00:07Z", 2) });
    tenant.append({ type: "s", date: "2026-03-02T08:00:06Z", log_id: idOf("2026-03-02T08:00:09Z", 3) });
    await using receiver = receiverOf(tenant, { batch_size: 1 }, { clock });
    expect(idsOf(await run(receiver))).toEqual(tenant.entries.map(({ logId }) => logId));
  });

  test("nothing is left out when more than a page of slow entries is older than a quick one", async () => {
    await using quiet = await startQuietTenant();
    const { tenant, clock } = quiet;
    for (let n = 0; n < 120; n++) {
      tenant.append({ type: "s", date: "2026-03-02T07:00:00Z", log_id: idOf("2026-03-02T08:30:00Z", n) });
    }
    tenant.append({ type: "f", date: "2026-03-02T08:00:00Z", log_id: idOf("2026-03-02T08:00:01Z", 999) });
    await using receiver = receiverOf(tenant, {}, { clock });
    expect(idsOf(await run(receiver))).toEqual(tenant.entries.map(({ logId }) => logId));
  });

  test("entries with ids of before 2020 are read, whatever their order", async () => {
    await using quiet = await startQuietTenant();
    const { tenant, clock } = quiet;
    tenant.append({ type: "s", date: "2019-05-01T00:00:00Z", log_id: legacyId(7) });
    tenant.append({ type: "s", date: "2019-05-02T00:00:00Z", log_id: legacyId(3) });
    tenant.append({ type: "s", date: "2026-03-02T08:00:00Z" });
    await using receiver = receiverOf(tenant, { batch_size: 2 }, { clock });
    expect(idsOf(await run(receiver))).toEqual(tenant.entries.map(({ logId }) => logId));
  });

  test("entries without a date are read as well", async () => {
    await using quiet = await startQuietTenant();
    const { tenant, clock } = quiet;
    tenant.append({ type: "s", date: undefined });
    tenant.append({ type: "s", date: { $date: "2026-03-02T08:00:00Z" } });
    await using receiver = receiverOf(tenant, {}, { clock });
    expect(idsOf(await run(receiver))).toHaveLength(2);
  });

  test("begins with the oldest entry that is kept", async () => {
    await using quiet = await startQuietTenant({ entries: 10, retentionMs: 11 * 3_600_000 });
    const { tenant, clock } = quiet;
    await using receiver = receiverOf(tenant, {}, { clock });
    const kept = tenant.entries.slice(-5).map(({ logId }) => logId);
    expect(idsOf(await run(receiver))).toEqual(kept);
  });

  test("an empty tenant is read from its first entry on", async () => {
    await using quiet = await startQuietTenant();
    const { tenant, clock } = quiet;
    await using receiver = receiverOf(tenant, {}, { clock });
    const first = await run(receiver);
    expect(first).toMatchObject([{ batch: [], caughtUp: true }]);
    clock.advance(60_000);
    const written = tenant.generate(3);
    expect(idsOf(await run(receiver))).toEqual(written.map(({ logId }) => logId));
  });

  test("a clock that is ahead by a year hides nothing of an empty tenant", async () => {
    await using tenant = await startTenant({ logsItsOwnTokens: false });
    await using receiver = receiverOf(tenant, {}, { clock: manualClock(Date.now() + 365 * 86_400_000) });
    await run(receiver);
    const written = tenant.generate(3);
    expect(idsOf(await run(receiver))).toEqual(written.map(({ logId }) => logId));
  });

  test("says so when the tenant has entries but gives none, rather than stand still", async () => {
    const logId = idOf("2026-03-02T08:00:00Z", 1);
    const entry = JSON.stringify([{ log_id: logId, type: "s", date: "2026-03-02T08:00:00Z" }]);
    await using server = await startWebhook({
      answer: (request, response) =>
        status(200, {}, request.path.includes("from=") ? "[]" : entry)(request, response),
    });
    const tenant = { url: server.url, domain: "acme.eu.auth0.com", clientId: "a", clientSecret: "b" };
    await using receiver = receiverOf(tenant, { token: "t" });
    await expect(run(receiver)).rejects.toMatchObject({
      code: "SOURCE_REFUSED",
      message: `acme.eu.auth0.com has entries, the first ${logId}, but gives none behind the made-up log_id 90020260301080000000000000000000000000000000000000000000.`,
    });
  });
});

describe("from now", () => {
  test("nothing older is delivered, and everything newer is", async () => {
    await using quiet = await startQuietTenant({ entries: 20 });
    const { tenant, clock } = quiet;
    await using receiver = receiverOf(tenant, { start_from: "now" }, { clock });
    expect(idsOf(await run(receiver))).toEqual([]);
    const written = tenant.generate(3);
    expect(idsOf(await run(receiver))).toEqual(written.map(({ logId }) => logId));
  });

  test("nothing older is delivered where the newest by date is not the newest by id", async () => {
    await using quiet = await startQuietTenant();
    const { tenant, clock } = quiet;
    tenant.append({ type: "s", date: "2026-03-02T08:00:09Z", log_id: idOf("2026-03-02T08:00:10Z", 1) });
    tenant.append({ type: "s", date: "2026-03-02T08:00:05Z", log_id: idOf("2026-03-02T08:00:11Z", 2) });
    await using receiver = receiverOf(tenant, { start_from: "now" }, { clock });
    expect(idsOf(await run(receiver))).toEqual([]);
  });

  test("now is when the lane first began, also after a crash before anything was acknowledged", async () => {
    await using quiet = await startQuietTenant({ entries: 5 });
    const { tenant, clock } = quiet;
    const storage = memoryStorage().client("auth0");
    await using before = receiverOf(tenant, { start_from: "now" }, { clock, storage });
    await run(before, { handle: () => {} });
    const written = tenant.generate(3);
    await using after = receiverOf(tenant, { start_from: "now" }, { clock, storage });
    expect(idsOf(await run(after))).toEqual(written.map(({ logId }) => logId));
  });

  test("an empty tenant is read from its first entry on", async () => {
    await using quiet = await startQuietTenant();
    const { tenant, clock } = quiet;
    await using receiver = receiverOf(tenant, { start_from: "now" }, { clock });
    await run(receiver);
    const written = tenant.generate(2);
    expect(idsOf(await run(receiver))).toEqual(written.map(({ logId }) => logId));
  });
});

describe("from a date", () => {
  test("entries from that moment on are delivered, whatever their ids say", async () => {
    await using quiet = await startQuietTenant();
    const { tenant, clock } = quiet;
    const entry = (date: string, ingested: string, n: number) =>
      tenant.append({ type: "s", date, log_id: idOf(ingested, n) });
    entry("2026-03-02T07:59:59.999Z", "2026-03-02T07:59:58Z", 1);
    const wanted = [
      // A clock that was ahead: it happened after it was ingested.
      entry("2026-03-02T08:00:00.000Z", "2026-03-02T07:59:59Z", 2),
      entry("2026-03-02T08:00:01.000Z", "2026-03-02T08:00:03Z", 4),
    ];
    entry("2026-03-02T07:59:59.000Z", "2026-03-02T08:00:02Z", 3);
    await using receiver = receiverOf(tenant, { start_from: "2026-03-02T08:00:00Z" }, { clock });
    expect(idsOf(await run(receiver))).toEqual(wanted.map(({ logId }) => logId));
  });

  test("an entry whose date cannot be read is delivered", async () => {
    await using quiet = await startQuietTenant();
    const { tenant, clock } = quiet;
    const odd = tenant.append({ type: "s", date: "yesterday", log_id: idOf("2026-03-02T07:59:00Z", 1) });
    await using receiver = receiverOf(tenant, { start_from: "2026-03-02T08:00:00Z" }, { clock });
    expect(idsOf(await run(receiver))).toEqual([odd.logId]);
  });

  test("pages that hold nothing but older entries still move the checkpoint", async () => {
    await using quiet = await startQuietTenant();
    const { tenant, clock } = quiet;
    const old = tenant.generate(4, { at: at("2026-03-02T07:58:00Z") });
    await using receiver = receiverOf(
      tenant,
      { start_from: "2026-03-02T08:00:00Z", batch_size: 4 },
      { clock },
    );
    const deliveries = await run(receiver);
    expect(idsOf(deliveries)).toEqual([]);
    const kept = await receiver.settings.storage.get(`checkpoint/${lane}`);
    expect(JSON.parse(kept ?? "")).toMatchObject({ log_id: old.at(-1)?.logId });
  });

  test("a date from before ids had times begins at the beginning", async () => {
    await using quiet = await startQuietTenant();
    const { tenant, clock } = quiet;
    tenant.append({ type: "s", date: "2018-12-31T23:00:00Z", log_id: legacyId(1) });
    tenant.append({ type: "s", date: "2019-05-01T00:00:00Z", log_id: legacyId(2) });
    await using receiver = receiverOf(tenant, { start_from: "2019-01-01" }, { clock });
    expect(idsOf(await run(receiver))).toEqual([legacyId(2)]);
  });
});

describe("from a log_id", () => {
  test("what follows it is delivered, and it is not", async () => {
    await using quiet = await startQuietTenant({ entries: 5 });
    const { tenant, clock } = quiet;
    const ids = tenant.entries.map(({ logId }) => logId);
    await using receiver = receiverOf(tenant, { start_from: ids[1] }, { clock });
    expect(idsOf(await run(receiver))).toEqual(ids.slice(2));
  });

  test("one that does not have 56 digits is tried, with a warning", async () => {
    await using quiet = await startQuietTenant({ entries: 5 });
    const { tenant, clock } = quiet;
    const warnings: string[] = [];
    const ignore = (): void => {};
    const logger: Logger = {
      debug: ignore,
      info: ignore,
      error: ignore,
      warn: (_, message) => warnings.push(message),
    };
    await using receiver = receiverOf(tenant, { start_from: "900202603020800" }, { clock, logger });
    await expect(run(receiver)).rejects.toMatchObject({
      message: expect.stringContaining("900202603020800"),
    });
    expect(warnings).toEqual(["The log_id of start_from does not have 56 digits."]);
  });
});

describe("a lane that has a checkpoint", () => {
  test("goes on from it, whatever start_from says", async () => {
    await using quiet = await startQuietTenant({ entries: 5 });
    const { tenant, clock } = quiet;
    const storage = memoryStorage().client("auth0");
    for (const expected of [5, 0, 0]) {
      await using receiver = receiverOf(tenant, { start_from: "beginning" }, { clock, storage });
      expect(idsOf(await run(receiver))).toHaveLength(expected);
    }
  });

  test("moves to where a changed start_from says, and stays when it is written in another way", async () => {
    await using quiet = await startQuietTenant({ entries: 5 });
    const { tenant, clock } = quiet;
    const storage = memoryStorage().client("auth0");
    const secondId = tenant.entries[1]?.logId;
    for (const { start_from, expected } of [
      { start_from: "beginning", expected: 5 },
      { start_from: secondId, expected: 3 },
      { start_from: "now", expected: 0 },
      { start_from: "2026-03-01", expected: 5 },
      { start_from: "2026-03-01T01:00:00+01:00", expected: 0 },
      { start_from: "beginning", expected: 5 },
    ]) {
      await using receiver = receiverOf(tenant, { start_from }, { clock, storage });
      expect(idsOf(await run(receiver)), start_from).toHaveLength(expected);
    }
  });
});
