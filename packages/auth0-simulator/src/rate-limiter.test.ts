import { manualClock } from "@loghook/testkit";
import { expect, test } from "vitest";
import { startTenant, type Tenant } from "./index.ts";

const start = Date.UTC(2026, 2, 2, 9);

async function read(tenant: Tenant, token?: string) {
  const headers = { authorization: `Bearer ${token ?? (await tenant.issueToken())}` };
  const response = await fetch(`${tenant.url}/api/v2/logs`, { headers });
  const limits = ["limit", "remaining", "reset"].map((name) =>
    Number(response.headers.get(`x-ratelimit-${name}`)),
  );
  return {
    status: response.status,
    limits,
    headers: response.headers,
    body: JSON.parse(await response.text()),
  };
}

test("every answer of the API says what is left", async () => {
  await using tenant = await startTenant({ rateLimit: { burst: 10, perSecond: 2 }, now: () => start });
  expect((await read(tenant)).limits).toEqual([10, 9, start / 1000 + 1]);
  expect(await read(tenant, "not-a-jwt")).toMatchObject({ status: 400, limits: [10, 8, start / 1000 + 1] });
});

test("when nothing is left the answer is 429, without a Retry-After", async () => {
  await using tenant = await startTenant({ rateLimit: { burst: 1, perSecond: 0.25 }, now: () => start });
  await read(tenant);
  const { status, limits, headers, body } = await read(tenant);
  expect(status).toBe(429);
  expect(body).toEqual({
    statusCode: 429,
    error: "Too Many Requests",
    message: "Global limit has been reached",
    errorCode: "too_many_requests",
  });
  expect(limits).toEqual([1, 0, start / 1000 + 4]);
  expect(headers.has("retry-after")).toBe(false);
});

test("at the reset one more request is possible, not the whole burst", async () => {
  const clock = manualClock(start);
  await using tenant = await startTenant({ rateLimit: { burst: 3, perSecond: 0.5 }, now: clock.now });
  for (const _ of [1, 2, 3]) await read(tenant);
  const { status, limits } = await read(tenant);
  expect(status).toBe(429);
  clock.advance((limits[2] ?? 0) * 1000 - start);
  expect((await read(tenant)).status).toBe(200);
  expect((await read(tenant)).status).toBe(429);
});

test("the bucket never holds more than the burst", async () => {
  const clock = manualClock(start);
  await using tenant = await startTenant({ rateLimit: { burst: 2, perSecond: 10 }, now: clock.now });
  clock.advance(60_000);
  expect((await read(tenant)).limits[1]).toBe(1);
});

test("a used-up limit is in the log, but once a minute at most", async () => {
  const clock = manualClock(start);
  await using tenant = await startTenant({ rateLimit: { burst: 1, perSecond: 0.001 }, now: clock.now });
  const types = () => tenant.entries.map(({ json }) => JSON.parse(json).type);
  for (const _ of [1, 2, 3]) await read(tenant);
  expect(types()).toEqual(["api_limit"]);
  clock.advance(60_000);
  await read(tenant);
  expect(types()).toEqual(["api_limit", "api_limit"]);
});

test("a used-up limit leaves no entry when told so", async () => {
  const rateLimit = { burst: 1, perSecond: 0.001 };
  await using tenant = await startTenant({ rateLimit, logsItsOwnLimits: false });
  for (const _ of [1, 2]) await read(tenant);
  expect(tenant.entries).toEqual([]);
});

test("a request is possible when it is due, however often was asked before", async () => {
  const clock = manualClock(start);
  await using tenant = await startTenant({ rateLimit: { burst: 1, perSecond: 0.1 }, now: clock.now });
  await read(tenant);
  for (let second = 1; second < 10; second++) {
    clock.advance(1000);
    expect((await read(tenant)).status).toBe(429);
  }
  clock.advance(1000);
  expect((await read(tenant)).status).toBe(200);
});
