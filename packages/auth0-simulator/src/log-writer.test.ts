import { manualClock } from "@loghook/testkit";
import { expect, test } from "vitest";
import { startTenant, type Tenant } from "./index.ts";

const now = Date.UTC(2026, 2, 2, 9);

function parsed(tenant: Tenant): Record<string, unknown>[] {
  return tenant.entries.map(({ json }) => JSON.parse(json));
}

test("the entries of the start are spread evenly over the time before", async () => {
  await using tenant = await startTenant({ entries: 4, spanMs: 4000, now: () => now });
  const times = tenant.entries.map(({ logId }) => logId.slice(3, 20));
  expect(times).toEqual(["20260302085957000", "20260302085958000", "20260302085959000", "20260302090000000"]);
});

test("goes on writing at its rate, by its own clock", async () => {
  const clock = manualClock(now);
  await using tenant = await startTenant({ ratePerSecond: 10, now: clock.now });
  expect(tenant.entries).toHaveLength(0);
  clock.advance(2500);
  expect(tenant.entries).toHaveLength(25);
  clock.advance(99);
  expect(tenant.entries).toHaveLength(25);
  clock.advance(1);
  expect(tenant.entries).toHaveLength(26);
});

test("ingestion trails the date by 1 to 5 s, so the order of dates is not that of ids", async () => {
  await using tenant = await startTenant({ now: () => now });
  tenant.generate(200);
  const dates = parsed(tenant).map(({ date }) => Date.parse(String(date)));
  expect(Math.max(...dates)).toBeLessThanOrEqual(now - 1000);
  expect(Math.min(...dates)).toBeGreaterThanOrEqual(now - 5000);
  expect(dates).not.toEqual(dates.toSorted());
});

test("generates entries of one type, known or not, at a given time", async () => {
  await using tenant = await startTenant({ now: () => now });
  tenant.generate(1, { type: "s" });
  const [entry] = tenant.generate(1, { type: "brand_new", at: now - 3_600_000 });
  expect(tenant.entries[0]).toBe(entry);
  expect(entry?.logId.slice(0, 20)).toBe("90020260302080000000");
  expect(parsed(tenant).map(({ type }) => type)).toEqual(["brand_new", "s"]);
});

test("what generate returns is in the order of ids", async () => {
  await using tenant = await startTenant({ entries: 1, now: () => now });
  const ids = tenant.generate(50, { at: now - 1000 }).map(({ logId }) => logId);
  expect(ids).toEqual(ids.toSorted());
});

test("an appended object gets what it lacks", async () => {
  await using tenant = await startTenant({ now: () => now });
  const { logId } = tenant.append({ type: "f", details: { a: 1 } });
  expect(parsed(tenant)).toEqual([
    {
      date: expect.stringMatching(/^2026-03-02T08:59:5\d\.\d{3}Z$/),
      type: "f",
      details: { a: 1 },
      log_id: logId,
      _id: logId,
    },
  ]);
});

test("an appended object keeps what it has, and what is undefined stays away", async () => {
  await using tenant = await startTenant({ now: () => now });
  const old = `49${"1".repeat(54)}`;
  tenant.append({ type: "s", date: "2020-01-01T00:00:00.000Z" });
  tenant.append({ log_id: old, date: undefined, _id: undefined });
  tenant.append({ log_id: `50${"1".repeat(54)}`, date: 1 });
  const [first, second, third] = parsed(tenant);
  expect(first).toEqual({ log_id: old });
  expect(second).toEqual({ log_id: `50${"1".repeat(54)}`, _id: `50${"1".repeat(54)}`, date: 1 });
  expect(third).toMatchObject({ date: "2020-01-01T00:00:00.000Z" });
});

test("an appended text is kept to the letter but for its placeholders", async () => {
  await using tenant = await startTenant({ now: () => now });
  const { logId, json } = tenant.append(
    '{"log_id":"{{log_id}}","_id": "{{log_id}}", "date":"{{date}}","x":1.00}',
  );
  expect(json).toMatch(
    new RegExp(`^\\{"log_id":"${logId}","_id": "${logId}", "date":"2026-03-02T08:59:5[^"]+","x":1.00\\}$`),
  );
});

test.for(['{"type":"f"}', "[]", "null", "{"])(
  "an appended text that cannot be an entry is refused: %s",
  async (text) => {
    await using tenant = await startTenant();
    expect(() => tenant.append(text)).toThrow();
    expect(tenant.entries).toEqual([]);
  },
);

test("an id is given once", async () => {
  await using tenant = await startTenant({ entries: 3 });
  const [, { logId } = { logId: "" }] = tenant.entries;
  expect(() => tenant.append({ log_id: logId })).toThrow(RangeError);
});

test("a late entry carries the time of the one it comes behind", async () => {
  await using tenant = await startTenant({ entries: 3, spanMs: 3000, now: () => now });
  const [first] = tenant.entries;
  const late = tenant.appendLate({ type: "late" }, first?.logId ?? "");
  expect(tenant.entries[1]).toBe(late);
  const date = Date.parse(JSON.parse(late.json).date);
  expect(date).toBeLessThanOrEqual(now - 3000);
  expect(() => tenant.appendLate({ type: "late" }, "soon")).toThrow(TypeError);
});
