import { startTenant, type Tenant } from "@loghook/auth0-simulator";
import { type Delivery, type Receiver, untilAborted } from "@loghook/pipeline";
import { manualClock, memoryStorage } from "@loghook/testkit";
import { describe, expect, test } from "vitest";
import { countingClock, idsOf, receiverOf, recordsOf, run, until } from "./receiver.test-kit.ts";

const lanesOf = (count: number): string[] =>
  Array.from({ length: count }, (_, n) => `logs/auth0/webhook-${n}`);
const lanes = lanesOf(10);

const reads = (tenant: Tenant): URLSearchParams[] =>
  tenant.requests.filter(({ path }) => path === "/api/v2/logs").map(({ query }) => query);

const written = (tenant: Tenant): string[] => tenant.entries.map(({ logId }) => logId);

describe("ten lanes that begin together", () => {
  test("read every page once between them", async () => {
    await using tenant = await startTenant({ entries: 50, logsItsOwnTokens: false });
    await using receiver = receiverOf(tenant, { batch_size: 10, start_from: "2026-01-01" });
    const all = await Promise.all(lanes.map((lane) => run(receiver, { lane })));
    for (const deliveries of all) expect(idsOf(deliveries)).toEqual(written(tenant));
    // Five pages with entries, and the empty one at the end.
    expect(reads(tenant)).toHaveLength(6);
    expect(tenant.requests.filter(({ path }) => path === "/oauth/token")).toHaveLength(1);
  });

  test.for(["beginning", "now", "2026-01-01"])(
    "at %s cost as many requests as one lane, from the first search to the last page",
    async (start_from) => {
      const costs: number[] = [];
      for (const count of [1, 10]) {
        await using tenant = await startTenant({ entries: 3000, logsItsOwnTokens: false });
        await using receiver = receiverOf(tenant, { start_from });
        const all = await Promise.all(lanesOf(count).map((lane) => run(receiver, { lane })));
        const expected = start_from === "now" ? [] : written(tenant);
        for (const deliveries of all) expect(idsOf(deliveries)).toEqual(expected);
        costs.push(tenant.requests.length);
      }
      expect(costs[1]).toBe(costs[0]);
    },
  );

  test("hold the same records, so that they cost memory once", async () => {
    await using tenant = await startTenant({ entries: 5 });
    await using receiver = receiverOf(tenant);
    const [first, second] = await Promise.all([run(receiver, { lane: "a" }), run(receiver, { lane: "b" })]);
    expect(recordsOf(second ?? [])[0]).toBe(recordsOf(first ?? [])[0]);
  });

  test("cost no more when now the one, now the other has to wait for its destination", async () => {
    await using tenant = await startTenant({ entries: 2000, logsItsOwnTokens: false });
    await using receiver = receiverOf(tenant, { batch_size: 20, start_from: "2026-01-01" });
    const handled = lanes.map(() => 0);
    /** Lane 0 waits at page 2, lane 1 at page 12 and so on, each until all others are three pages ahead. */
    async function handle(n: number, { ack }: Delivery): Promise<void> {
      const page = handled[n] ?? 0;
      if (page === 10 * n + 2) await until(() => handled.every((at, other) => other === n || at >= page + 3));
      await ack();
      handled[n] = page + 1;
    }
    const all = await Promise.all(
      lanes.map((lane, n) => run(receiver, { lane, handle: (delivery) => handle(n, delivery) })),
    );
    for (const deliveries of all) expect(idsOf(deliveries)).toEqual(written(tenant));
    expect(reads(tenant)).toHaveLength(101);
  });
});

test("ten lanes that were stopped at different places come into step again, and cost little more than one", async () => {
  await using tenant = await startTenant({ entries: 3000, logsItsOwnTokens: false });
  const storage = memoryStorage().client("receiver/auth0");
  // As a process that is killed leaves them: in the middle of pages, wherever the last batch ended.
  for (const [n, lane] of lanes.entries()) {
    const checkpoint = { log_id: written(tenant)[37 * n], start_from: "beginning" };
    await storage.set(`checkpoint/${lane}`, JSON.stringify(checkpoint));
  }
  await using receiver = receiverOf(tenant, {}, { storage });
  const all = await Promise.all(lanes.map((lane) => run(receiver, { lane })));
  for (const [n, deliveries] of all.entries()) {
    expect(idsOf(deliveries)).toEqual(written(tenant).slice(37 * n + 1));
  }
  // One lane would need thirty pages and the empty one; each of the others one of its own to begin with.
  expect(reads(tenant).length).toBeLessThanOrEqual(31 + 10);
});

/** Lanes that follow, and what each of them has got. */
function follow(
  receiver: Receiver,
  names: readonly string[],
  deliver: (delivery: Delivery) => Promise<void> = async () => {},
) {
  const stop = new AbortController();
  const got = new Map<string, unknown[]>(names.map((lane) => [lane, []]));
  const reading = names.map((lane) =>
    run(receiver, {
      lane,
      follow: true,
      signal: stop.signal,
      async handle(delivery) {
        await untilAborted(deliver(delivery), stop.signal).catch(() => {});
        got.get(lane)?.push(...idsOf([delivery]));
        await delivery.ack();
      },
    }),
  );
  return {
    got,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await Promise.all(reading);
    },
  };
}

describe("ten lanes at the head of the log", () => {
  /** What so many lanes cost in twenty polls, of which some find something. */
  async function costOfPolling(count: number): Promise<number> {
    const clock = countingClock();
    await using tenant = await startTenant({ entries: 3, logsItsOwnTokens: false, now: clock.now });
    await using receiver = receiverOf(tenant, { start_from: "2026-01-01" }, { clock });
    await using following = follow(receiver, lanesOf(count));
    for (let poll = 0; poll < 20; poll++) {
      await until(() => clock.asleep === count);
      if (poll % 3 === 0) tenant.generate(150);
      clock.advance(15_000);
    }
    await until(() => clock.asleep === count);
    for (const got of following.got.values()) expect(got).toEqual(written(tenant));
    return tenant.requests.length;
  }

  test("cost as many requests as one lane in the same number of polls", async () => {
    const costOfOne = await costOfPolling(1);
    expect(costOfOne).toBeGreaterThan(20);
    expect(await costOfPolling(10)).toBe(costOfOne);
  });

  test("poll together even when they did not begin together", async () => {
    const clock = countingClock();
    await using tenant = await startTenant({ entries: 3, logsItsOwnTokens: false, now: clock.now });
    await using receiver = receiverOf(tenant, { start_from: "2026-01-01", overlap: "0s" }, { clock });
    await using following = new AsyncDisposableStack();
    for (const [n, lane] of lanes.entries()) {
      following.use(follow(receiver, [lane]));
      await until(() => clock.asleep === n + 1);
      clock.advance(1000);
    }
    const before = reads(tenant).length;
    // Two minutes, in which one lane polls eight times.
    for (let second = 0; second < 120; second++) {
      clock.advance(1000);
      await until(() => clock.asleep === 10);
    }
    expect(reads(tenant).length - before).toBeLessThanOrEqual(9);
  });

  test("pay for one that is far behind its own requests and no others", async () => {
    const clock = countingClock();
    await using tenant = await startTenant({ entries: 4000, logsItsOwnTokens: false, now: clock.now });
    await using receiver = receiverOf(tenant, { start_from: "2026-01-01" }, { clock });
    await using atTheHead = follow(receiver, lanes.slice(0, 8));
    const destination = Promise.withResolvers<void>();
    let isSlow = false;
    await using _slow = follow(receiver, ["slow"], async () => {
      if (isSlow) await destination.promise;
    });
    await until(() => clock.asleep === 9);
    isSlow = true;
    tenant.generate(500);
    clock.advance(15_000);
    // Eight are at the end again. The ninth waits for its destination, five pages behind.
    await until(() => clock.asleep === 8);

    const before = reads(tenant).length;
    const addedLater = follow(receiver, ["added later"]);
    await until(() => (addedLater.got.get("added later")?.length ?? 0) >= 2000);
    await addedLater[Symbol.asyncDispose]();
    expect(reads(tenant).length - before).toBeLessThanOrEqual(22);
    const after = reads(tenant).length;
    destination.resolve();
    await until(() => clock.asleep === 9);
    // What the slow one still needed was kept for it.
    expect(reads(tenant)).toHaveLength(after);
    expect(atTheHead.got.get(lanes[0] ?? "")).toEqual(written(tenant));
  });
});

test("a lane that has fallen far behind reads on its own, and misses nothing", async () => {
  await using tenant = await startTenant({ entries: 3000, logsItsOwnTokens: false });
  await using receiver = receiverOf(tenant, { start_from: "2026-01-01" });
  const destination = Promise.withResolvers<void>();
  const slow = run(receiver, { lane: "slow", handle: ({ ack }) => destination.promise.then(() => ack()) });
  expect(idsOf(await run(receiver, { lane: "fast" }))).toEqual(written(tenant));
  const before = reads(tenant).length;
  expect(before).toBe(31);
  destination.resolve();
  expect(idsOf(await slow)).toEqual(written(tenant));
  // It held one page and had read one ahead; of the rest, eight are kept at the most.
  expect(reads(tenant).length - before).toBeGreaterThanOrEqual(31 - 2 - 8);
  expect(reads(tenant).length - before).toBeLessThanOrEqual(31 - 2);
});

test("a lane that is behind is told that it has caught up when it has, not at each short page before", async () => {
  const clock = countingClock();
  await using tenant = await startTenant({ entries: 3, logsItsOwnTokens: false, now: clock.now });
  await using receiver = receiverOf(tenant, { start_from: "2026-01-01" }, { clock });
  const destination = Promise.withResolvers<void>();
  const told: boolean[] = [];
  await using _slow = follow(receiver, ["slow"], async ({ batch, caughtUp }) => {
    told.push(...(batch.length > 0 ? [caughtUp] : []));
    await destination.promise;
  });
  await using _fast = follow(receiver, ["fast"]);
  for (let poll = 0; poll < 4; poll++) {
    await until(() => clock.asleep === 1);
    tenant.generate(2);
    clock.advance(15_000);
  }
  await until(() => clock.asleep === 1);
  destination.resolve();
  await until(() => clock.asleep === 2);
  // The first it was given while it was the last.
  expect(told).toEqual([true, false, false, false, true]);
});

test("a lane that stops does not take the page from another that waits for it", async () => {
  await using tenant = await startTenant({ entries: 3, logsItsOwnTokens: false });
  await using receiver = receiverOf(tenant, { start_from: "2026-01-01" });
  const stop = new AbortController();
  const stopped = run(receiver, { lane: "a", signal: stop.signal });
  const going = run(receiver, { lane: "b" });
  stop.abort();
  expect(idsOf(await stopped)).toEqual([]);
  expect(idsOf(await going)).toHaveLength(3);
});

test("a run sees what was written since the last one ended, however short ago", async () => {
  const clock = manualClock();
  await using tenant = await startTenant({ logsItsOwnTokens: false, now: clock.now });
  await using receiver = receiverOf(tenant, {}, { clock });
  for (let n = 0; n < 3; n++) {
    const written = tenant.generate(2);
    expect(idsOf(await run(receiver))).toEqual(written.map(({ logId }) => logId));
  }
});
