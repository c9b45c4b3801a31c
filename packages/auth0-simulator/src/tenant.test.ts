import { request } from "node:https";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { startTenant } from "./index.ts";

test("listens on a free port of this machine alone, and frees it when it stops", async () => {
  const tenant = await startTenant();
  expect(tenant.url).toBe(`http://127.0.0.1:${tenant.port}`);
  await tenant.stop();
  await tenant.stop();
  await using again = await startTenant({ port: tenant.port });
  expect(again.port).toBe(tenant.port);
});

test("a port that is taken is an error", async () => {
  await using tenant = await startTenant();
  await expect(startTenant({ port: tenant.port })).rejects.toMatchObject({ code: "EADDRINUSE" });
});

test("the domain can be the address it listens on", async () => {
  await using tenant = await startTenant({ domainIsAddress: true });
  expect(tenant.domain).toBe(`127.0.0.1:${tenant.port}`);
});

test.for(["acme.eu.auth0.com", "localhost", "127.0.0.1"])(
  "serves HTTPS with a certificate for %s that can be trusted",
  async (servername) => {
    await using tenant = await startTenant({ https: true, entries: 2 });
    expect(tenant.url).toBe(`https://127.0.0.1:${tenant.port}`);
    const authorization = `Bearer ${await tenant.issueToken()}`;
    const body = await new Promise<string>((resolve, reject) => {
      request(
        `${tenant.url}/api/v2/logs?from=900${"0".repeat(53)}`,
        {
          ca: tenant.caCertificate ?? "",
          headers: { authorization },
          agent: false,
          // As if the name had led here.
          ...(servername !== "127.0.0.1" && { servername }),
        },
        (response) => resolve(text(response)),
      )
        .on("error", reject)
        .end();
    });
    expect(body).toBe(`[${tenant.entries.map(({ json }) => json).join(",")}]`);
  },
);

test("without HTTPS there is no certificate", async () => {
  await using tenant = await startTenant();
  expect(tenant.caCertificate).toBeUndefined();
});

test("remembers every request, and no token", async () => {
  await using tenant = await startTenant({ now: () => 1_772_442_000_000 });
  const token = await tenant.issueToken();
  const headers = { authorization: `Bearer ${token}` };
  await fetch(`${tenant.url}/api/v2/logs?take=5&per_page=1000`, { headers });
  await fetch(`${tenant.url}/nowhere`);
  expect(tenant.requests).toEqual([
    {
      method: "GET",
      path: "/api/v2/logs",
      query: expect.any(URLSearchParams),
      clientId: tenant.clientId,
      status: 400,
      at: 1_772_442_000_000,
    },
    {
      method: "GET",
      path: "/nowhere",
      query: expect.any(URLSearchParams),
      status: 404,
      at: 1_772_442_000_000,
    },
  ]);
  expect(tenant.requests[0]?.query.get("take")).toBe("5");
  expect(JSON.stringify(tenant.requests)).not.toContain(token);
});
