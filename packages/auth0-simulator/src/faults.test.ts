import { once } from "node:events";
import { get } from "node:https";
import { expect, test } from "vitest";
import { type Fault, startTenant, type Tenant } from "./index.ts";

async function read(tenant: Tenant, signal?: AbortSignal): Promise<Response> {
  const headers = { authorization: `Bearer ${await tenant.issueToken()}` };
  return await fetch(`${tenant.url}/api/v2/logs`, { headers, ...(signal && { signal }) });
}

async function ask(tenant: Tenant): Promise<Response> {
  const { clientId, clientSecret, domain } = tenant;
  const body = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: clientId,
    client_secret: clientSecret,
    audience: `https://${domain}/api/v2/`,
  });
  return await fetch(`${tenant.url}/oauth/token`, { method: "POST", body });
}

function statuses(tenant: Tenant): number[] {
  return tenant.requests.map(({ status }) => status);
}

test("a fault hits the next request of its kind, once", async () => {
  await using tenant = await startTenant();
  tenant.fault({ on: "logs", status: 503 });
  expect((await ask(tenant)).status).toBe(200);
  expect((await read(tenant)).status).toBe(503);
  expect((await read(tenant)).status).toBe(200);
});

test("faults queue up, and last as long as they are told to", async () => {
  await using tenant = await startTenant();
  tenant.fault({ on: "logs", status: 500, times: 2 });
  tenant.fault({ on: "logs", status: 502 });
  for (const _ of [1, 2, 3, 4]) await read(tenant);
  expect(statuses(tenant)).toEqual([500, 500, 502, 200]);
});

test("an endless fault lasts until it is cleared", async () => {
  await using tenant = await startTenant();
  tenant.fault({ on: "logs", status: 500, times: Number.POSITIVE_INFINITY });
  for (const _ of [1, 2, 3]) await read(tenant);
  tenant.clearFaults();
  await read(tenant);
  expect(statuses(tenant)).toEqual([500, 500, 500, 200]);
});

test.for<[fault: Fault, body: object]>([
  [
    { on: "logs", status: 429 },
    {
      statusCode: 429,
      error: "Too Many Requests",
      message: "Global limit has been reached",
      errorCode: "too_many_requests",
    },
  ],
  [
    { on: "logs", status: 500 },
    { statusCode: 500, error: "Internal Server Error", message: "An internal server error occurred" },
  ],
  [
    { on: "token", status: 429 },
    { error: "too_many_requests", error_description: "Client quota exceeded" },
  ],
])("%o comes with the body that Auth0 sends", async ([fault, body]) => {
  await using tenant = await startTenant();
  tenant.fault(fault);
  const response = await (fault.on === "logs" ? read(tenant) : ask(tenant));
  expect(response.status).toBe(fault.status);
  expect(await response.json()).toEqual(body);
});

test("a 429 on demand says that nothing is left", async () => {
  await using tenant = await startTenant();
  tenant.fault({ on: "logs", status: 429 });
  const { headers } = await read(tenant);
  expect(headers.get("x-ratelimit-remaining")).toBe("0");
  expect(headers.get("x-ratelimit-limit")).toBe("5000");
});

test("body and headers can be given, with or without a status", async () => {
  await using tenant = await startTenant();
  tenant.fault({
    on: "logs",
    status: 429,
    headers: { "retry-after": "7", "x-ratelimit-reset": "1" },
    body: "slow",
  });
  tenant.fault({ on: "logs", body: "<html>", headers: { "content-type": "text/html" } });
  tenant.fault({ on: "logs", headers: { link: "<http://elsewhere/>" } });
  const [limited, page, linked] = [await read(tenant), await read(tenant), await read(tenant)];
  expect([limited.headers.get("retry-after"), limited.headers.get("x-ratelimit-reset")]).toEqual(["7", "1"]);
  expect(await limited.text()).toBe("slow");
  expect([page.status, page.headers.get("content-type"), await page.text()]).toEqual([
    200,
    "text/html",
    "<html>",
  ]);
  expect([linked.headers.get("link"), await linked.json()]).toEqual(["<http://elsewhere/>", []]);
});

test("a refused grant is not granted", async () => {
  await using tenant = await startTenant();
  tenant.fault({ on: "token", status: 503 });
  await ask(tenant);
  expect(tenant.entries).toEqual([]);
});

test("a reset cuts the connection without an answer", async () => {
  await using tenant = await startTenant();
  tenant.fault({ on: "logs", reset: true });
  await expect(read(tenant)).rejects.toMatchObject({ cause: { code: "ECONNRESET" } });
  expect(statuses(tenant)).toEqual([0]);
});

test("a reset cuts HTTPS connections too", async () => {
  await using tenant = await startTenant({ https: true });
  tenant.fault({ on: "logs", reset: true });
  const request = get(`${tenant.url}/api/v2/logs`, { ca: tenant.caCertificate ?? "", agent: false });
  const [error] = await once(request, "error");
  expect(error).toMatchObject({ code: "ECONNRESET" });
  expect(statuses(tenant)).toEqual([0]);
});

test("a truncated body breaks off in the middle", async () => {
  await using tenant = await startTenant({ entries: 20 });
  tenant.fault({ on: "logs", truncate: true });
  const response = await read(tenant);
  expect(response.status).toBe(200);
  await expect(response.text()).rejects.toThrow("terminated");
});

test("a request that hangs is never answered, and does not keep the tenant from stopping", async () => {
  const tenant = await startTenant();
  tenant.fault({ on: "logs", hang: true });
  tenant.fault({ on: "logs", latencyMs: 3_600_000 });
  const hanging = [read(tenant), read(tenant)].map((request) => expect(request).rejects.toThrow());
  await expect.poll(() => tenant.requests.length).toBe(2);
  await tenant.stop();
  await Promise.all(hanging);
  expect(statuses(tenant)).toEqual([0, 0]);
});

test("latency delays the true answer", async () => {
  await using tenant = await startTenant({ entries: 1 });
  tenant.fault({ on: "logs", latencyMs: 30 });
  const startedAt = performance.now();
  expect(await (await read(tenant)).json()).toHaveLength(1);
  // Timers may fire up to a millisecond early.
  expect(performance.now() - startedAt).toBeGreaterThan(28);
});

test("an answer stalls: half of it comes, then nothing more", async () => {
  await using tenant = await startTenant({ entries: 50 });
  tenant.fault({ on: "logs", stall: true });
  const stop = new AbortController();
  const { status, body } = await read(tenant, stop.signal);
  expect(status).toBe(200);
  const reader = body?.getReader();
  expect((await reader?.read())?.done).toBe(false);
  const rest = reader?.read();
  stop.abort();
  await expect(rest).rejects.toThrow();
});

test("the Date header tells the tenant's time", async () => {
  await using tenant = await startTenant({ now: () => Date.UTC(2031, 4, 6) });
  expect((await read(tenant)).headers.get("date")).toBe("Tue, 06 May 2031 00:00:00 GMT");
});
