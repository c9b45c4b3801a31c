import { startTenant, type Tenant } from "@loghook/auth0-simulator";
import { manualClock } from "@loghook/testkit";
import { expect, test } from "vitest";
import { idsOf, receiverOf, recordsOf, run } from "./receiver.test-kit.ts";

const lanes = Array.from({ length: 10 }, (_, n) => `logs/auth0/webhook-${n}`);

const reads = (tenant: Tenant): URLSearchParams[] =>
  tenant.requests.filter(({ path }) => path === "/api/v2/logs").map(({ query }) => query);

test("ten lanes that start together read every page once between them", async () => {
  await using tenant = await startTenant({ entries: 50, logsItsOwnTokens: false });
  await using receiver = receiverOf(tenant, { batch_size: 10, start_from: "2026-01-01" });
  const all = await Promise.all(lanes.map((lane) => run(receiver, { lane })));
  for (const deliveries of all) expect(idsOf(deliveries)).toEqual(tenant.entries.map(({ logId }) => logId));
  // Five pages with entries, and the empty one at the end.
  expect(reads(tenant)).toHaveLength(6);
  expect(tenant.requests.filter(({ path }) => path === "/oauth/token")).toHaveLength(1);
});

test("lanes hold the same records, so that they cost memory once", async () => {
  await using tenant = await startTenant({ entries: 5 });
  await using receiver = receiverOf(tenant);
  const [first, second] = await Promise.all([run(receiver, { lane: "a" }), run(receiver, { lane: "b" })]);
  expect(recordsOf(second ?? [])[0]).toBe(recordsOf(first ?? [])[0]);
});

test("ten lanes that follow cost one poll each time, and each gets what is new", async () => {
  const clock = manualClock();
  await using tenant = await startTenant({ entries: 3, logsItsOwnTokens: false, now: clock.now });
  await using receiver = receiverOf(tenant, { start_from: "2026-01-01" }, { clock });
  const stop = new AbortController();
  const read = new Map<string, number>();
  const reading = lanes.map((lane) =>
    run(receiver, {
      lane,
      follow: true,
      signal: stop.signal,
      handle: ({ batch }) => {
        read.set(lane, (read.get(lane) ?? 0) + batch.length);
        if (lanes.every((each) => read.get(each) === 5)) stop.abort();
      },
    }),
  );
  // All of them have read to the end and sleep: one page, and one empty page.
  await sleepingAll(clock, () => reads(tenant).length === 2 && read.size === 10);
  tenant.generate(2);
  clock.advance(15_000);
  await Promise.all(reading);
  expect([...read.values()]).toEqual(lanes.map(() => 5));
  // The new page once, and perhaps the empty one behind it.
  expect(reads(tenant).length).toBeLessThanOrEqual(4);
});

/** Waits until the condition holds, a turn of the event loop at a time. */
async function sleepingAll(clock: ReturnType<typeof manualClock>, condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
  await clock.nextSleep();
}

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
