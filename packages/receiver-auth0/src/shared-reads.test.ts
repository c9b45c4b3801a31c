import { type Fault, startTenant, type Tenant } from "@loghook/auth0-simulator";
import type { StorageClient } from "@loghook/pipeline";
import { memoryStorage } from "@loghook/testkit";
import { describe, expect, test } from "vitest";
import {
  countingClock,
  idsOf,
  receiverOf,
  run,
  skipSleeps,
  type TestReceiver,
  until,
} from "./receiver.test-kit.ts";

const lanesOf = (count: number): string[] =>
  Array.from({ length: count }, (_, n) => `logs/auth0/webhook-${n}`);
const lanes = lanesOf(10);
const startFrom = "2026-01-01";

const written = (tenant: Tenant): string[] => tenant.entries.map(({ logId }) => logId);

/** How many times each lane was told of something. */
function toldOf({ settings }: TestReceiver, type: string): Record<string, number> {
  const told = settings.events.filter((event) => event.type === type);
  return Object.fromEntries(
    lanes.map((lane) => [lane, told.filter((event) => "lane" in event && event.lane === lane).length]),
  );
}

const each = (count: number): Record<string, number> =>
  Object.fromEntries(lanes.map((lane) => [lane, count]));

describe("a read that fails", () => {
  test.for<{ name: string; fault: Fault; path: string }>([
    { name: "the log", fault: { on: "logs", status: 503 }, path: "/api/v2/logs" },
    { name: "the log, without an answer", fault: { on: "logs", reset: true }, path: "/api/v2/logs" },
    { name: "the token", fault: { on: "token", status: 500 }, path: "/oauth/token" },
  ])("is tried again once for all ten lanes, and each is told ($name)", async ({ fault, path }) => {
    const clock = countingClock();
    await using tenant = await startTenant({ entries: 50, logsItsOwnTokens: false, now: clock.now });
    await using receiver = receiverOf(tenant, { start_from: startFrom }, { clock });
    tenant.fault({ ...fault, times: Number.POSITIVE_INFINITY });
    const reading = lanes.map((lane) => run(receiver, { lane }));
    const asked = () => tenant.requests.filter((request) => request.path === path).length;
    for (let attempt = 1; attempt <= 4; attempt++) {
      await until(() => asked() === attempt && clock.asleep > 0);
      if (attempt === 4) break;
      // Nobody is woken but who is the first to be due.
      clock.advance(await clock.nextSleep());
    }
    expect(toldOf(receiver, "retry.scheduled")).toEqual(each(4));
    tenant.clearFaults();
    clock.advance(60_000);
    for (const deliveries of await Promise.all(reading)) expect(idsOf(deliveries)).toEqual(written(tenant));
    expect(toldOf(receiver, "retry.succeeded")).toEqual(each(1));
    expect(asked()).toBe(path === "/oauth/token" ? 5 : 4 + 2);
  });

  test("is not tried sooner because another lane begins, which is told of it and gets what comes of it", async () => {
    const clock = countingClock();
    await using tenant = await startTenant({ entries: 5, logsItsOwnTokens: false, now: clock.now });
    await using receiver = receiverOf(tenant, { start_from: startFrom }, { clock });
    tenant.fault({ on: "logs", status: 503, headers: { "retry-after": "60" } });
    const first = run(receiver, { lane: "first" });
    await until(() => clock.asleep === 1);
    clock.advance(20_000);
    const late = run(receiver, { lane: "late" });
    await until(() => receiver.settings.events.some((event) => "lane" in event && event.lane === "late"));
    expect(receiver.settings.events).toMatchObject([
      { type: "retry.scheduled", lane: "first", attempt: 1, delayMs: 60_000 },
      { type: "retry.scheduled", lane: "late", attempt: 1, delayMs: 40_000 },
    ]);
    expect(tenant.requests.filter(({ status }) => status === 503)).toHaveLength(1);
    clock.advance(40_000);
    for (const deliveries of await Promise.all([first, late])) {
      expect(idsOf(deliveries)).toEqual(written(tenant));
    }
  });

  test("ends the runs of all lanes when its time is over, after the attempts of one", async () => {
    const attempts: number[] = [];
    for (const count of [1, 10]) {
      const clock = countingClock();
      const done = new AbortController();
      void skipSleeps(clock, done.signal);
      await using tenant = await startTenant({ now: clock.now });
      // At equal steps, so that both give up after the same number of attempts.
      tenant.fault({
        on: "logs",
        status: 503,
        times: Number.POSITIVE_INFINITY,
        headers: { "retry-after": "70" },
      });
      const settings = { start_from: startFrom, retry_on_failure: { max_elapsed_time: "10m" } };
      await using receiver = receiverOf(tenant, settings, { clock });
      const runs = await Promise.allSettled(lanesOf(count).map((lane) => run(receiver, { lane })));
      done.abort();
      for (const one of runs) {
        expect(one).toMatchObject({ status: "rejected", reason: { code: "RETRYABLE" } });
      }
      attempts.push(tenant.requests.filter(({ status }) => status === 503).length);
    }
    expect(attempts).toEqual([9, 9]);
  });

  test("goes on for the others when the lane that began it stops", async () => {
    const clock = countingClock();
    await using tenant = await startTenant({ entries: 5, logsItsOwnTokens: false, now: clock.now });
    await using receiver = receiverOf(tenant, { start_from: startFrom }, { clock });
    tenant.fault({ on: "logs", status: 503, headers: { "retry-after": "50" } });
    const stop = new AbortController();
    const stopped = run(receiver, { lane: "stopped", signal: stop.signal });
    const going = run(receiver, { lane: "going" });
    await until(() => clock.asleep === 1);
    stop.abort();
    expect(await stopped).toEqual([]);
    clock.advance(50_000);
    expect(idsOf(await going)).toEqual(written(tenant));
    expect(receiver.settings.events.filter(({ type }) => type === "retry.succeeded")).toMatchObject([
      { lane: "going" },
    ]);
  });

  test("at one place does not hold up a lane at another", async () => {
    const clock = countingClock();
    await using tenant = await startTenant({ entries: 200, logsItsOwnTokens: false, now: clock.now });
    const settings = { start_from: startFrom, retry_on_failure: { max_elapsed_time: "0s" } };
    await using receiver = receiverOf(tenant, settings, { clock });
    await run(receiver, { lane: "ahead" });
    // What lanes have just read would answer the other's question.
    await using another = receiverOf(tenant, settings, { clock, storage: receiver.settings.storage });
    tenant.fault({ on: "logs", status: 503, headers: { "retry-after": "3600" } });
    const behind = run(another, { lane: "behind" });
    await until(() => clock.asleep === 1);
    const [fresh] = tenant.generate(1);
    expect(idsOf(await run(another, { lane: "ahead" }))).toEqual([fresh?.logId]);
    clock.advance(3_600_000);
    expect(idsOf(await behind)).toEqual(written(tenant));
  });
});

/** Puts each lane behind another entry, so that none can share what the others read first. */
async function scatter(storage: StorageClient, tenant: Tenant, names: readonly string[]): Promise<void> {
  for (const [n, lane] of names.entries()) {
    const checkpoint = { log_id: tenant.entries[n * 9]?.logId, start_from: "beginning" };
    await storage.set(`checkpoint/${lane}`, JSON.stringify(checkpoint));
  }
}

test("an access token that is refused is replaced once for all lanes, wherever they are", async () => {
  await using tenant = await startTenant({ entries: 100, logsItsOwnTokens: false });
  const storage = memoryStorage().client("receiver/auth0");
  await using receiver = receiverOf(tenant, { batch_size: 2 }, { storage });
  await run(receiver, { lane: "first" });
  tenant.expireTokens();
  await scatter(storage, tenant, lanes);
  const all = await Promise.all(lanes.map((lane) => run(receiver, { lane })));
  for (const [n, deliveries] of all.entries()) {
    expect(idsOf(deliveries)).toEqual(written(tenant).slice(n * 9 + 1));
  }
  expect(tenant.requests.filter(({ path }) => path === "/oauth/token")).toHaveLength(2);
  // The second may be under way before the first has been looked at.
  expect(tenant.requests.filter(({ status }) => status === 401).length).toBeLessThanOrEqual(2);
});

describe("the rate limit", () => {
  /** What lanes at different places are answered, pages of two entries each. */
  async function statusesOf(count: number): Promise<number[]> {
    const clock = countingClock();
    const done = new AbortController();
    void skipSleeps(clock, done.signal);
    const rateLimit = { burst: 3, perSecond: 0.5 };
    await using tenant = await startTenant({
      entries: 100,
      rateLimit,
      logsItsOwnTokens: false,
      now: clock.now,
    });
    const storage = memoryStorage().client("receiver/auth0");
    await scatter(storage, tenant, lanesOf(count));
    await using receiver = receiverOf(tenant, { batch_size: 2 }, { clock, storage });
    const all = await Promise.all(lanesOf(count).map((lane) => run(receiver, { lane })));
    done.abort();
    for (const [n, deliveries] of all.entries()) {
      expect(idsOf(deliveries)).toEqual(written(tenant).slice(n * 9 + 1));
    }
    const reads = tenant.requests.filter(({ path }) => path === "/api/v2/logs");
    return reads.map(({ status }) => status);
  }

  test("refuses ten lanes no more often than one, which is never", async () => {
    expect(await statusesOf(1)).toEqual(Array(51).fill(200));
    expect(new Set(await statusesOf(10))).toEqual(new Set([200]));
  });

  test("is waited out by all lanes together, and each is told that it waits", async () => {
    const clock = countingClock();
    await using tenant = await startTenant({ entries: 50, logsItsOwnTokens: false, now: clock.now });
    await using receiver = receiverOf(tenant, { start_from: startFrom }, { clock });
    tenant.fault({ on: "logs", status: 429, headers: { "retry-after": "60" } });
    const reading = lanes.map((lane) => run(receiver, { lane }));
    await until(() => clock.asleep === 1);
    expect(toldOf(receiver, "receiver.throttled")).toEqual(each(1));
    // One that begins now waits as well, and hears for how long.
    clock.advance(15_000);
    reading.push(run(receiver, { lane: "late" }));
    await until(() => receiver.settings.events.some((event) => "lane" in event && event.lane === "late"));
    expect(receiver.settings.events.at(-1)).toEqual({
      type: "receiver.throttled",
      lane: "late",
      delayMs: 45_000,
    });
    clock.advance(45_000);
    for (const deliveries of await Promise.all(reading)) expect(idsOf(deliveries)).toEqual(written(tenant));
    expect(tenant.requests.filter(({ status }) => status === 429)).toHaveLength(1);
  });

  test("never counts as the time of a failure, whichever lane it was that was refused", async () => {
    const clock = countingClock();
    const done = new AbortController();
    void skipSleeps(clock, done.signal);
    await using tenant = await startTenant({ entries: 50, logsItsOwnTokens: false, now: clock.now });
    const settings = { start_from: startFrom, retry_on_failure: { max_elapsed_time: "1m" } };
    await using receiver = receiverOf(tenant, settings, { clock });
    tenant.fault({ on: "logs", status: 503 });
    tenant.fault({ on: "logs", status: 429, headers: { "retry-after": "600" } });
    tenant.fault({ on: "logs", status: 503 });
    const all = await Promise.all(lanes.map((lane) => run(receiver, { lane })));
    done.abort();
    for (const deliveries of all) expect(idsOf(deliveries)).toEqual(written(tenant));
  });
});
