import { manualClock } from "@loghook/testkit";
import { expect, test } from "vitest";
import { startTenant, type Tenant } from "./index.ts";

async function read(
  tenant: Tenant,
  authorization: string | undefined,
): Promise<{ status: number; body: unknown }> {
  const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
  const response = await fetch(`${tenant.url}/api/v2/logs`, { headers });
  return { status: response.status, body: await response.json() };
}

const expired = {
  status: 401,
  body: {
    statusCode: 401,
    error: "Unauthorized",
    message: "Expired token received for JSON Web Token validation",
    attributes: { error: "Expired token received for JSON Web Token validation" },
  },
};

test.for([["not-a-jwt"], ["a.b.c"], ["e30.e30.e30"], ["two words"]])(
  "a bearer value that is not a JWT (%s) is a bad request, not unauthorized",
  async ([value]) => {
    await using tenant = await startTenant();
    expect(await read(tenant, `Bearer ${value}`)).toEqual({
      status: 400,
      body: {
        statusCode: 400,
        error: "Bad Request",
        message: "Bad HTTP authentication header format",
        errorCode: "Bearer",
      },
    });
  },
);

test("no token at all is unauthorized", async () => {
  await using tenant = await startTenant();
  expect(await read(tenant, undefined)).toMatchObject({
    status: 401,
    body: { message: "Missing authentication" },
  });
});

test("a token past its lifetime is answered as expired", async () => {
  const clock = manualClock();
  await using tenant = await startTenant({ tokenLifetimeSeconds: 60, now: clock.now });
  const authorization = `Bearer ${await tenant.issueToken()}`;
  clock.advance(59_000);
  expect((await read(tenant, authorization)).status).toBe(200);
  clock.advance(1000);
  expect(await read(tenant, authorization)).toEqual(expired);
});

test("expireTokens ends every token there is, and none that come later", async () => {
  await using tenant = await startTenant();
  const authorization = `Bearer ${await tenant.issueToken()}`;
  tenant.expireTokens();
  expect(await read(tenant, authorization)).toEqual(expired);
  expect((await read(tenant, `Bearer ${await tenant.issueToken()}`)).status).toBe(200);
});

test("a token of another tenant has an invalid signature", async () => {
  await using tenant = await startTenant();
  await using other = await startTenant();
  expect(await read(tenant, `Bearer ${await other.issueToken()}`)).toMatchObject({
    status: 401,
    body: { message: "Invalid signature received for JSON Web Token validation" },
  });
});

test("a token without a scope for logs is forbidden to read them", async () => {
  await using tenant = await startTenant({ scopes: ["read:users"] });
  expect(await read(tenant, `Bearer ${await tenant.issueToken()}`)).toEqual({
    status: 403,
    body: {
      statusCode: 403,
      error: "Forbidden",
      message: "Insufficient scope, expected any of: read:logs",
      errorCode: "insufficient_scope",
    },
  });
});

test("read:logs_users is enough", async () => {
  await using tenant = await startTenant({ scopes: ["read:logs_users"] });
  expect((await read(tenant, `Bearer ${await tenant.issueToken()}`)).status).toBe(200);
});

test("a change of scopes concerns the tokens to come", async () => {
  await using tenant = await startTenant({ scopes: ["read:logs", "read:users"] });
  const before = `Bearer ${await tenant.issueToken()}`;
  tenant.revokeScope("read:logs");
  expect((await read(tenant, before)).status).toBe(200);
  expect((await read(tenant, `Bearer ${await tenant.issueToken()}`)).status).toBe(403);
  tenant.setScopes(["read:logs"]);
  expect((await read(tenant, `Bearer ${await tenant.issueToken()}`)).status).toBe(200);
});
