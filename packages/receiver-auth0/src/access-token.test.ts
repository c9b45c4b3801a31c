import { generateKeyPairSync } from "node:crypto";
import { startTenant, type Tenant } from "@loghook/auth0-simulator";
import type { ComponentSettings } from "@loghook/pipeline";
import { manualClock, memoryStorage, testSettings } from "@loghook/testkit";
import { expect, test } from "vitest";
import { createAccessToken } from "./access-token.ts";
import { auth0Config } from "./config.ts";
import { createTenantClient } from "./tenant-client.ts";

const options = { signal: new AbortController().signal, onThrottled: () => {} };

function accessTokenOf(
  tenant: Tenant,
  settings: Partial<ComponentSettings> = {},
  overrides: Record<string, unknown> = {},
) {
  const given = { client_id: tenant.clientId, client_secret: tenant.clientSecret, ...overrides };
  const config = auth0Config.parse({ domain: tenant.domain, endpoint: tenant.url, ...given });
  const client = createTenantClient(config);
  const accessToken = createAccessToken(config, client, testSettings(settings));
  return { ...accessToken, [Symbol.asyncDispose]: client[Symbol.asyncDispose] };
}

const grants = (tenant: Tenant): number =>
  tenant.requests.filter(({ path }) => path === "/oauth/token").length;

test("is fetched once for all who ask at the same time, and only when somebody asks", async () => {
  await using tenant = await startTenant();
  await using accessToken = accessTokenOf(tenant);
  expect(grants(tenant)).toBe(0);
  const tokens = await Promise.all([1, 2, 3].map(() => accessToken.get(options)));
  expect(new Set(tokens).size).toBe(1);
  expect(await accessToken.get(options)).toBe(tokens[0]);
  expect(grants(tenant)).toBe(1);
});

test("outlives a restart in the storage", async () => {
  await using tenant = await startTenant();
  const storage = memoryStorage().client("auth0");
  await using before = accessTokenOf(tenant, { storage });
  const token = await before.get(options);
  await using after = accessTokenOf(tenant, { storage });
  expect(await after.get(options)).toBe(token);
  expect(grants(tenant)).toBe(1);
});

test.for([
  { what: "audience", overrides: { audience: "https://other.eu.auth0.com/api/v2/" } },
  { what: "client", overrides: { client_id: "another" } },
  { what: "domain", overrides: { domain: "other.eu.auth0.com" } },
])("is not given to another $what", async ({ overrides }) => {
  await using tenant = await startTenant();
  const storage = memoryStorage().client("auth0");
  await using mine = accessTokenOf(tenant, { storage });
  await mine.get(options);
  await using other = accessTokenOf(tenant, { storage }, overrides);
  await expect(other.get(options)).rejects.toMatchObject({ code: "SOURCE_REFUSED" });
  expect(grants(tenant)).toBe(2);
});

test.for([
  { lifetimeS: 3600, renewedAfterS: 3540 },
  { lifetimeS: 60, renewedAfterS: 30 },
])("that lives $lifetimeS s is renewed after $renewedAfterS s", async ({ lifetimeS, renewedAfterS }) => {
  const clock = manualClock();
  await using tenant = await startTenant({ tokenLifetimeSeconds: lifetimeS, now: clock.now });
  await using accessToken = accessTokenOf(tenant, { clock });
  const first = await accessToken.get(options);
  clock.advance(renewedAfterS * 1000 - 1);
  expect(await accessToken.get(options)).toBe(first);
  clock.advance(1);
  expect(await accessToken.get(options)).not.toBe(first);
  expect(grants(tenant)).toBe(2);
});

test("is fetched anew after it was dropped, once for all who saw it refused", async () => {
  await using tenant = await startTenant();
  const storage = memoryStorage().client("auth0");
  await using accessToken = accessTokenOf(tenant, { storage });
  const first = await accessToken.get(options);
  await accessToken.drop(first);
  expect(await storage.get("token")).toBeUndefined();
  const second = await accessToken.get(options);
  await accessToken.drop(first);
  expect(await accessToken.get(options)).toBe(second);
  expect(grants(tenant)).toBe(2);
});

test.for(["", "{", '{"value":1}', "null"])("is fetched anew where the storage holds %j", async (kept) => {
  await using tenant = await startTenant();
  const storage = memoryStorage().client("auth0");
  await storage.set("token", kept);
  await using accessToken = accessTokenOf(tenant, { storage });
  expect(await accessToken.get(options)).toMatch(/^ey/);
});

test.for(["RS256", "RS384", "PS256"])(
  "can be had with a private key that signs with %s",
  async (signing_algorithm) => {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    await using tenant = await startTenant({ publicKey });
    const settings = {
      client_secret: undefined,
      private_key: privateKey.export({ type: "pkcs1", format: "pem" }),
      signing_algorithm,
      key_id: "k1",
    };
    await using accessToken = accessTokenOf(tenant, {}, settings);
    const first = await accessToken.get(options);
    await accessToken.drop(first);
    // The simulator takes an assertion only once, as Auth0 does.
    expect(await accessToken.get(options)).toMatch(/^ey/);
  },
);

test("that was given ready-made is used as it is and never asked for", async () => {
  await using tenant = await startTenant();
  const given = { client_id: undefined, client_secret: undefined, token: "t.o.k" };
  await using accessToken = accessTokenOf(tenant, {}, given);
  expect(await accessToken.get(options)).toBe("t.o.k");
  expect(accessToken.renewable).toBe(false);
  expect(grants(tenant)).toBe(0);
});

test("one who leaves does not take it from the others who wait for it", async () => {
  await using tenant = await startTenant();
  await using accessToken = accessTokenOf(tenant);
  const leaving = new AbortController();
  const left = accessToken.get({ ...options, signal: leaving.signal });
  const stayed = accessToken.get(options);
  leaving.abort(new Error("left"));
  await expect(left).rejects.toThrow("left");
  expect(await stayed).toMatch(/^ey/);
});

test.for([
  { answer: "<html>", status: 200 },
  { answer: '{"expires_in":86400}', status: 200 },
  { answer: '{"access_token":"a\\nb"}', status: 200 },
  { answer: "", status: 503 },
])("a strange answer ($status $answer) is a passing fault, and not quoted", async ({ answer, status }) => {
  await using tenant = await startTenant();
  tenant.fault({ on: "token", status, body: answer });
  await using accessToken = accessTokenOf(tenant);
  await expect(accessToken.get(options)).rejects.toMatchObject({ code: "RETRYABLE" });
  expect(await accessToken.get(options)).toMatch(/^ey/);
});
