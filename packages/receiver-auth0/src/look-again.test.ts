import { startTenant, type Tenant } from "@loghook/auth0-simulator";
import type { Delivery } from "@loghook/pipeline";
import { describe, expect, test } from "vitest";
import { followTenant, laneMemory, logReads, settle } from "./look-again.test-kit.ts";
import { countingClock, idsOf, lane, receiverOf, run } from "./receiver.test-kit.ts";

const written = ({ entries }: Tenant): string[] => entries.map(({ logId }) => logId);

/** An entry that shows up now, behind the one that is the `n`-th from the end. */
function showLate(tenant: Tenant, n = 2): string {
  return tenant.appendLate({ type: "limit_wc" }, tenant.entries.at(-n)?.logId ?? "").logId;
}

async function start(entries = 10) {
  const clock = countingClock();
  const tenant = await startTenant({ entries: 0, now: clock.now, logsItsOwnTokens: false });
  tenant.generate(entries);
  return { clock, tenant, [Symbol.asyncDispose]: () => tenant.stop() };
}

async function checkpointOf(storage: { get(key: string): Promise<string | undefined> }) {
  return JSON.parse((await storage.get(`checkpoint/${lane}`)) ?? "{}");
}

describe("an entry that shows up behind the checkpoint", () => {
  test("is given out by itself, and the checkpoint stays where it is", async () => {
    await using source = await start();
    const { tenant, clock } = source;
    await using lane = followTenant(tenant, clock);
    await lane.pause();
    const late = showLate(tenant, 5);
    const before = (await checkpointOf(lane.receiver.settings.storage)).log_id;
    expect(before).toBe(tenant.entries.at(-1)?.logId);
    await lane.pass(30_000);
    const last = lane.deliveries.filter(({ batch }) => batch.length > 0).at(-1) as Delivery;
    expect([idsOf([last]), last.caughtUp]).toEqual([[late], true]);
    expect((await checkpointOf(lane.receiver.settings.storage)).log_id).toBe(before);
    await lane.pass(300_000);
    expect(lane.ids().toSorted()).toEqual(written(tenant));
  });

  test.for([
    ["0s", 5, false],
    ["1m", 5, true],
    ["10s", 5, true],
    ["1h", 5, true],
  ] as const)("with overlap %s, shown after %d s, is found: %s", async ([overlap, seconds, isFound]) => {
    await using source = await start();
    const { tenant, clock } = source;
    await using lane = followTenant(tenant, clock, { config: { overlap, poll_interval: "5s" } });
    await lane.pause();
    clock.advance(seconds * 1000);
    await lane.pause();
    const late = showLate(tenant);
    for (let minute = 0; minute < 40; minute++) {
      clock.advance(60_000);
      await lane.pause();
    }
    expect(lane.ids().includes(late)).toBe(isFound);
  });

  test("is found also when it shows up just before it is as old as the overlap", async () => {
    await using source = await start();
    const { tenant, clock } = source;
    await using lane = followTenant(tenant, clock);
    await lane.pause();
    await lane.pass(45_000);
    clock.advance(14_000);
    const late = showLate(tenant);
    await lane.pass(60_000);
    expect(lane.ids()).toContain(late);
  });

  test("is found also on a tenant that never shows an empty page", async () => {
    await using source = await start();
    const { tenant, clock } = source;
    await using lane = followTenant(tenant, clock, {
      async handle({ ack }) {
        // Whenever something was read, something else has been written.
        if (tenant.entries.length < 40) {
          clock.advance(20_000);
          tenant.generate(1);
        }
        await ack();
      },
    });
    const late: string[] = [];
    await lane.pause();
    late.push(showLate(tenant));
    await lane.pass(60_000);
    expect(lane.ids()).toEqual(expect.arrayContaining(late));
  });

  test("of before a start_from that is a date stays away", async () => {
    await using source = await start();
    const { tenant, clock } = source;
    const start_from = new Date(clock.now() - 60_000).toISOString();
    await using lane = followTenant(tenant, clock, { config: { start_from } });
    await lane.pause();
    const after = tenant.entries.at(-3)?.logId ?? "";
    const early = tenant.appendLate({ type: "f", date: "2026-03-02T08:30:00Z" }, after).logId;
    const late = showLate(tenant);
    await lane.pass(60_000);
    expect([lane.ids().includes(early), lane.ids().includes(late)]).toEqual([false, true]);
  });
});

describe("after a restart", () => {
  test("a late entry that was in flight at a crash is found again; one that was settled is not", async () => {
    await using source = await start();
    const { tenant, clock } = source;
    const memory = laneMemory();
    const late: string[] = [];
    {
      await using first = followTenant(tenant, clock, {
        memory,
        handle: (delivery) => (idsOf([delivery]).includes(late[1]) ? undefined : settle(memory, delivery)),
      });
      await first.pause();
      late.push(showLate(tenant));
      await first.pass(30_000);
      late.push(showLate(tenant));
      await first.pass(30_000);
      expect(first.ids()).toEqual(expect.arrayContaining(late));
    }
    await using second = followTenant(tenant, clock, { memory });
    await second.pause();
    expect(second.ids()).toEqual([late[1]]);
    expect((await checkpointOf(memory.storage)).log_id).toBe(tenant.entries.at(-1)?.logId);
  });

  test.for([
    ["that are young", 0],
    ["that nothing may be added to any more", 50_000],
  ] as const)(
    "what was not settled of several late entries among others %s is found again, and only that",
    async ([, ageMs]) => {
      await using source = await start();
      const { tenant, clock } = source;
      const memory = laneMemory();
      const late: string[] = [];
      {
        await using first = followTenant(tenant, clock, {
          memory,
          handle: (delivery) => settle(memory, delivery, delivery.batch.length === 3 ? 1 : undefined),
        });
        await first.pause();
        clock.advance(ageMs);
        await first.pause();
        for (const n of [2, 4, 6]) late.push(showLate(tenant, n));
        await first.pass(30_000);
      }
      await using second = followTenant(tenant, clock, { memory });
      await second.pause();
      expect(second.ids()).toEqual(late.toSorted().slice(1));
    },
  );

  test("one that showed up while nothing ran is found, after what stands behind the checkpoint", async () => {
    await using source = await start();
    const { tenant, clock } = source;
    const memory = laneMemory();
    {
      await using first = followTenant(tenant, clock, { memory });
      await first.pause();
    }
    const late = showLate(tenant);
    clock.advance(86_400_000);
    const fresh = tenant.generate(250).map(({ logId }) => logId);
    await using second = followTenant(tenant, clock, { memory });
    await second.pause();
    expect(second.ids()).toEqual([...fresh, late]);
  });

  test("what one pass could not look at is left to the next, however many there are", async () => {
    await using source = await start();
    const { tenant, clock } = source;
    const memory = laneMemory();
    const late: string[] = [];
    for (let pass = 0; pass < 30; pass++) {
      const stop = new AbortController();
      const { settledAmong, storage } = memory;
      await using receiver = receiverOf(
        tenant,
        { start_from: "2026-01-01", batch_size: 3 },
        { clock, storage },
      );
      // Each breaks off behind its first page, before it has caught up.
      await run(receiver, {
        follow: true,
        signal: stop.signal,
        settledAmong,
        async handle(delivery) {
          await settle(memory, delivery);
          stop.abort();
        },
      });
      late.push(showLate(tenant));
      clock.advance(120_000);
      tenant.generate(3);
    }
    await using last = followTenant(tenant, clock, { memory });
    await last.pause();
    expect([...memory.settled].toSorted()).toEqual(written(tenant));
    // Ten that no pass came to, and those that have shown up late: each once.
    expect(last.ids()).toHaveLength(40);
  });

  test("nothing is looked for where nobody keeps a ledger, lest all of it came again", async () => {
    await using source = await start();
    const { tenant, clock } = source;
    await using receiver = receiverOf(tenant, { start_from: "2026-01-01" }, { clock });
    await run(receiver);
    showLate(tenant);
    clock.advance(1000);
    expect(idsOf(await run(receiver))).toEqual([]);
  });

  test.for(["nonsense", [["a"]], [[1, 2]]])(
    "a place to look that cannot be read (%j) is refused",
    async (look_again) => {
      await using source = await start();
      const { tenant, clock } = source;
      await using receiver = receiverOf(tenant, { start_from: "2026-01-01" }, { clock });
      await run(receiver);
      const stored = await checkpointOf(receiver.settings.storage);
      await receiver.settings.storage.set(`checkpoint/${lane}`, JSON.stringify({ ...stored, look_again }));
      await expect(run(receiver)).rejects.toMatchObject({ code: "STORAGE_UNUSABLE" });
    },
  );
});

describe("a run", () => {
  test("looks once, at its end, at what the run before it has read too early, and then no more", async () => {
    await using source = await start(150);
    const { tenant, clock } = source;
    const { settledAmong, storage, ...memory } = laneMemory();
    await using receiver = receiverOf(tenant, { start_from: "2026-01-01" }, { clock, storage });
    const runOnce = async (): Promise<unknown[]> => {
      const handle = (delivery: Delivery) => settle({ ...memory, settledAmong, storage }, delivery);
      return idsOf(await run(receiver, { settledAmong, handle }));
    };
    expect(await runOnce()).toHaveLength(150);
    const late = [showLate(tenant, 2), showLate(tenant, 140)];
    clock.advance(300_000);
    const fresh = tenant.generate(3).map(({ logId }) => logId);
    expect(await runOnce()).toEqual([...fresh, ...late.toSorted()]);
    clock.advance(300_000);
    await runOnce();
    const before = logReads(tenant);
    clock.advance(300_000);
    expect(await runOnce()).toEqual([]);
    expect(logReads(tenant) - before).toBe(1);
  });
});

describe("what it costs", () => {
  /** Requests of so many polls, four a minute. */
  async function costOf(
    polls: number,
    config: Record<string, unknown>,
    write: (tenant: Tenant) => void = () => {},
  ): Promise<number> {
    await using source = await start();
    const { tenant, clock } = source;
    await using lane = followTenant(tenant, clock, { config });
    await lane.pause();
    const before = logReads(tenant);
    for (let poll = 0; poll < polls; poll++) {
      write(tenant);
      await lane.pass(15_000);
    }
    expect(lane.ids()).toEqual(written(tenant));
    return logReads(tenant) - before;
  }

  test("nothing on a tenant that has been quiet for as long as the overlap", async () => {
    const cost = await costOf(240, {});
    expect(cost).toBeGreaterThanOrEqual(240);
    expect(cost).toBeLessThanOrEqual(243);
  });

  test("a request in half an overlap where entries come one by one", async () => {
    const writeOne = (tenant: Tenant): unknown => tenant.generate(1);
    const without = await costOf(120, { overlap: "0s" }, writeOne);
    expect((await costOf(120, {}, writeOne)) - without).toBeLessThanOrEqual(61);
  });

  test("at most as many again, and five in half an overlap, where many come", async () => {
    const writeMany = (tenant: Tenant): unknown => tenant.generate(30);
    const without = await costOf(24, { overlap: "0s", batch_size: 5 }, writeMany);
    const withIt = await costOf(24, { batch_size: 5 }, writeMany);
    expect(withIt - without).toBeLessThanOrEqual(without + 5 * 12);
  });
});
