import { startTenant } from "@loghook/auth0-simulator";
import { type ManualClock, manualClock, memoryStorage } from "@loghook/testkit";
import { describe, expect, test } from "vitest";
import { lane, receiverOf, run, type TestReceiver } from "./receiver.test-kit.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** A tenant that keeps entries for a while, and receivers that come back to it after some time. */
async function startExpiring(retentionMs: number | undefined, config: Record<string, unknown> = {}) {
  const clock: ManualClock = manualClock();
  const tenant = await startTenant({ retentionMs, logsItsOwnTokens: false, now: clock.now });
  const storage = memoryStorage().client("auth0");
  return {
    clock,
    tenant,
    receiver: (): TestReceiver => receiverOf(tenant, config, { clock, storage }),
    [Symbol.asyncDispose]: () => tenant.stop(),
  };
}

const gapsOf = ({ settings }: TestReceiver) => settings.events.filter(({ type }) => type === "receiver.gap");
const searches = (tenant: Awaited<ReturnType<typeof startTenant>>): number =>
  tenant.requests.filter(({ query }) => query.has("sort")).length;

describe("after a time off", () => {
  test("entries that expired unread are told of, with the times between which they were written", async () => {
    await using source = await startExpiring(5 * dayMs);
    const { tenant, clock } = source;
    tenant.generate(3);
    await using before = source.receiver();
    await run(before);
    for (let day = 0; day < 10; day++) {
      clock.advance(dayMs);
      tenant.generate(1);
    }
    await using after = source.receiver();
    const deliveries = await run(after);
    expect(gapsOf(after)).toEqual([
      {
        type: "receiver.gap",
        lane,
        lost: true,
        message: expect.stringMatching(
          /^What acme\.eu\.auth0\.com logged between 2026-03-02T09:00:00\.\d{3}Z and 2026-03-0[78]T09:00:00\.\d{3}Z is lost/,
        ),
      },
    ]);
    expect(deliveries.flatMap(({ batch }) => batch).length).toBeGreaterThanOrEqual(5);
  });

  test("they are told of once, also when the lane fails and begins again", async () => {
    await using source = await startExpiring(dayMs, { retention: "1d" });
    const { tenant, clock } = source;
    tenant.generate(3);
    await using before = source.receiver();
    await run(before);
    clock.advance(3 * dayMs);
    tenant.generate(3);
    await using after = source.receiver();
    for (let n = 0; n < 3; n++) await run(after, { handle: () => {} });
    expect(gapsOf(after)).toMatchObject([{ lost: true }]);
  });

  test("nothing is said when everything is still there, however long it was", async () => {
    await using source = await startExpiring(30 * dayMs);
    const { tenant, clock } = source;
    tenant.generate(3);
    await using before = source.receiver();
    await run(before);
    clock.advance(10 * dayMs);
    tenant.generate(3);
    await using after = source.receiver();
    await run(after);
    expect(gapsOf(after)).toEqual([]);
  });

  test("less than a day costs no search: no plan forgets that fast", async () => {
    await using source = await startExpiring(undefined);
    const { tenant, clock } = source;
    tenant.generate(3);
    await using before = source.receiver();
    await run(before);
    clock.advance(dayMs - 1);
    const searchesBefore = searches(tenant);
    await using after = source.receiver();
    await run(after);
    expect(searches(tenant)).toBe(searchesBefore);
  });

  test("a quiet tenant is no gap: it was seen to end where the checkpoint stands", async () => {
    await using source = await startExpiring(dayMs);
    const { tenant, clock } = source;
    tenant.generate(3);
    for (let hour = 0; hour < 72; hour += 12) {
      await using receiver = source.receiver();
      await run(receiver);
      expect(gapsOf(receiver)).toEqual([]);
      clock.advance(12 * hourMs);
    }
    tenant.generate(1);
    await using receiver = source.receiver();
    await run(receiver);
    expect(gapsOf(receiver)).toEqual([]);
  });

  test.for([
    { retention: "1d", lost: true },
    { retention: "5d", lost: false },
    { retention: undefined, lost: false },
  ])("an empty log says $lost for a retention of $retention", async ({ retention, lost }) => {
    await using source = await startExpiring(dayMs, { retention });
    const { tenant, clock } = source;
    tenant.generate(3);
    await using before = source.receiver();
    await run(before);
    clock.advance(2 * dayMs);
    await using after = source.receiver();
    await run(after);
    expect(gapsOf(after)).toMatchObject(lost ? [{ lost: true }] : []);
  });
});

describe("while the destination takes nothing", () => {
  test("half, four fifths and the whole of the retention are each told of once", async () => {
    await using source = await startExpiring(undefined, { retention: "10h", batch_size: 1 });
    const { tenant, clock } = source;
    tenant.generate(3);
    await using receiver = source.receiver();
    const stop = new AbortController();
    let handed = 0;
    await run(receiver, {
      follow: true,
      signal: stop.signal,
      handle: async ({ ack }) => {
        if (++handed === 1) return ack();
        // Half an hour at a time, as often as the lag is looked at.
        for (let step = 0; step < 24; step++) {
          expect(await clock.nextSleep()).toBe(hourMs / 2);
          clock.advance(hourMs / 2);
        }
        stop.abort();
      },
    });
    const since = "2026-03-02T09:00:00";
    expect(gapsOf(receiver)).toEqual([
      {
        type: "receiver.gap",
        lane,
        lost: false,
        message: expect.stringContaining(`stands at ${since}`),
        deadline: expect.any(Number),
      },
      {
        type: "receiver.gap",
        lane,
        lost: false,
        message: expect.stringContaining("unless it catches up by 2026-03-02T19:00:00"),
        deadline: expect.any(Number),
      },
      {
        type: "receiver.gap",
        lane,
        lost: true,
        message: expect.stringContaining("since 2026-03-02T19:00:00"),
      },
    ]);
    const [{ deadline = 0 } = {}] = gapsOf(receiver) as { deadline?: number }[];
    expect(new Date(deadline).toISOString()).toMatch(/^2026-03-02T19:00:00/);
  });

  test("a lane that begins again does not repeat the warning", async () => {
    await using source = await startExpiring(undefined, { retention: "10h" });
    const { tenant, clock } = source;
    tenant.generate(3);
    await using receiver = source.receiver();
    await run(receiver);
    clock.advance(6 * hourMs);
    tenant.generate(1);
    for (let n = 0; n < 3; n++) await run(receiver, { handle: () => {} });
    expect(gapsOf(receiver)).toMatchObject([{ lost: false }]);
    await run(receiver);
    clock.advance(6 * hourMs);
    tenant.generate(1);
    await run(receiver, { handle: () => {} });
    expect(gapsOf(receiver)).toMatchObject([{ lost: false }, { lost: false }]);
  });

  test("nothing is said while a lane rests at the end of a quiet log", async () => {
    await using source = await startExpiring(undefined, { retention: "1h", poll_interval: "1m" });
    const { tenant, clock } = source;
    tenant.generate(1);
    await using receiver = source.receiver();
    const stop = new AbortController();
    const reading = run(receiver, { follow: true, signal: stop.signal });
    for (let minute = 0; minute < 120; minute++) clock.advance(await clock.nextSleep());
    stop.abort();
    await reading;
    expect(gapsOf(receiver)).toEqual([]);
  });

  test("a process that starts again does not repeat the warnings, and goes on with the next one", async () => {
    await using source = await startExpiring(undefined, { retention: "10h" });
    const { tenant, clock } = source;
    tenant.generate(3);
    {
      await using first = source.receiver();
      await run(first);
    }
    tenant.generate(1);
    const told: unknown[] = [];
    for (let hour = 0; hour < 12; hour++) {
      // A run each hour, as a scheduler outside would start it; the destination takes nothing.
      clock.advance(hourMs);
      await using receiver = source.receiver();
      await run(receiver, { handle: () => {} });
      told.push(...gapsOf(receiver).map((event) => [hour + 1, "lost" in event && event.lost]));
    }
    expect(told).toEqual([
      [5, false],
      [8, false],
    ]);
    await using well = source.receiver();
    await run(well);
    clock.advance(5 * hourMs);
    tenant.generate(1);
    await using later = source.receiver();
    await run(later, { handle: () => {} });
    expect(gapsOf(later)).toMatchObject([{ lost: false }]);
  });

  test("a lane that has never delivered anything is warned of, too", async () => {
    await using source = await startExpiring(undefined, { retention: "10h" });
    const { tenant, clock } = source;
    tenant.generate(3);
    const told: unknown[] = [];
    await using receiver = source.receiver();
    const stop = new AbortController();
    await run(receiver, {
      follow: true,
      signal: stop.signal,
      handle: async () => {
        for (let step = 0; step < 24; step++) {
          clock.advance(await clock.nextSleep());
          told.push(
            ...gapsOf(receiver)
              .slice(told.length)
              .map((event) => "lost" in event && event.lost),
          );
        }
        stop.abort();
      },
    });
    expect(told).toEqual([false, false, true]);
  });

  test("what is nearly expired when it is first read is no reason to warn", async () => {
    await using source = await startExpiring(10 * hourMs, { retention: "10h" });
    const { tenant, clock } = source;
    tenant.generate(3, { at: clock.now() - 9.5 * hourMs });
    tenant.generate(3);
    await using receiver = source.receiver();
    await run(receiver);
    expect(gapsOf(receiver)).toEqual([]);
  });

  test("warns also while the tenant does not answer, after a start", async () => {
    await using source = await startExpiring(undefined, { retention: "3d" });
    const { tenant, clock } = source;
    tenant.generate(3);
    {
      await using first = source.receiver();
      await run(first);
    }
    clock.advance(2 * dayMs);
    tenant.fault({ on: "logs", hang: true, times: Number.POSITIVE_INFINITY });
    await using receiver = source.receiver();
    const stop = new AbortController();
    const reading = run(receiver, { follow: true, signal: stop.signal });
    await clock.nextSleep();
    expect(gapsOf(receiver)).toMatchObject([{ lost: false }]);
    stop.abort();
    await reading;
  });

  test("a clock that was wrong while the lane rested at the end hides nothing later", async () => {
    const clock = manualClock();
    let wrongMs = 0;
    await using tenant = await startTenant({ logsItsOwnTokens: false, now: clock.now });
    tenant.generate(3);
    const storage = memoryStorage().client("auth0");
    const wrong = { ...clock, now: () => clock.now() + wrongMs };
    const receiver = (): TestReceiver => receiverOf(tenant, { retention: "10h" }, { clock: wrong, storage });
    {
      await using first = receiver();
      await run(first);
      wrongMs = 365 * dayMs;
      await run(first);
    }
    wrongMs = 0;
    tenant.generate(1);
    clock.advance(6 * hourMs);
    await using second = receiver();
    await run(second, { handle: () => {} });
    expect(gapsOf(second)).toMatchObject([{ lost: false }]);
  });
});
