import { generateKeyPairSync, randomUUID } from "node:crypto";
import { SignJWT } from "jose";
import { describe, expect, test } from "vitest";
import { startTenant, type Tenant } from "./index.ts";

const now = Date.UTC(2026, 2, 2, 9);
const audience = "https://acme.eu.auth0.com/api/v2/";
const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });

function credentials(tenant: Tenant): Record<string, string> {
  const { clientId, clientSecret } = tenant;
  return { grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret, audience };
}

async function ask(
  tenant: Tenant,
  body: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
  const form = new URLSearchParams(body);
  const response = await fetch(`${tenant.url}/oauth/token`, { method: "POST", body: form, headers });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

function types(tenant: Tenant): unknown[] {
  return tenant.entries.map(({ json }) => JSON.parse(json).type);
}

test("a form body gets a token that reads the log", async () => {
  await using tenant = await startTenant({ scopes: ["read:logs", "read:users"], tokenLifetimeSeconds: 600 });
  const { status, body } = await ask(tenant, credentials(tenant));
  expect(status).toBe(200);
  expect(body).toEqual({
    access_token: expect.stringMatching(/^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+$/),
    scope: "read:logs read:users",
    expires_in: 600,
    token_type: "Bearer",
  });
  const headers = { authorization: `Bearer ${body.access_token}` };
  expect((await fetch(`${tenant.url}/api/v2/logs`, { headers })).status).toBe(200);
});

test("a JSON body gets a token too", async () => {
  await using tenant = await startTenant();
  const response = await fetch(`${tenant.url}/oauth/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(credentials(tenant)),
  });
  expect(response.status).toBe(200);
});

test("id and secret may come in the Authorization header, form-encoded", async () => {
  await using tenant = await startTenant({ clientSecret: "s:e c+%" });
  const pair = `${tenant.clientId}:${encodeURIComponent(tenant.clientSecret)}`;
  const headers = { authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
  const { status } = await ask(tenant, { grant_type: "client_credentials", audience }, headers);
  expect(status).toBe(200);
});

const unauthorized = { error: "access_denied", error_description: "Unauthorized" };

test.for<[name: string, change: Record<string, string>, status: number, body: Record<string, string>]>([
  ["a wrong secret", { client_secret: "wrong" }, 401, unauthorized],
  ["an unknown client", { client_id: "nobody" }, 401, unauthorized],
  [
    "a wrong audience",
    { audience: "https://acme.eu.auth0.com/api/v2" },
    403,
    { error: "access_denied", error_description: "Service not found: https://acme.eu.auth0.com/api/v2" },
  ],
  [
    "no audience",
    { audience: "" },
    403,
    { error: "access_denied", error_description: "Non-global clients are not allowed access to APIv1" },
  ],
  [
    "another kind of grant",
    { grant_type: "password" },
    403,
    { error: "unauthorized_client", error_description: "Grant type 'password' not allowed for the client." },
  ],
])("%s is refused as Auth0 refuses it, and the refusal is in the log", async ([, change, status, body]) => {
  await using tenant = await startTenant();
  expect(await ask(tenant, { ...credentials(tenant), ...change })).toEqual({ status, body });
  expect(types(tenant)).toEqual(["feccft"]);
});

test("each grant leaves an entry in the log being read", async () => {
  await using tenant = await startTenant();
  await ask(tenant, credentials(tenant));
  await ask(tenant, credentials(tenant));
  const [entry] = tenant.entries.map(({ json }) => JSON.parse(json));
  expect(types(tenant)).toEqual(["seccft", "seccft"]);
  expect(entry).toMatchObject({
    client_id: tenant.clientId,
    audience,
    scope: "read:logs",
    _id: entry.log_id,
  });
  expect(Object.values(entry)).not.toContain(tenant.clientSecret);
});

test("grants leave no entry when told so", async () => {
  await using tenant = await startTenant({ logsItsOwnTokens: false });
  await ask(tenant, credentials(tenant));
  await ask(tenant, { ...credentials(tenant), client_secret: "wrong" });
  expect(tenant.entries).toEqual([]);
});

describe("of several clients", () => {
  const otherClients = { other: "other-secret" };

  test("each gets a token of its own, and requests tell whose token they came with", async () => {
    await using tenant = await startTenant({ otherClients });
    const asOther = { ...credentials(tenant), client_id: "other", client_secret: "other-secret" };
    for (const form of [credentials(tenant), asOther]) {
      const { body } = await ask(tenant, form);
      const headers = { authorization: `Bearer ${body.access_token}` };
      expect((await fetch(`${tenant.url}/api/v2/logs`, { headers })).status).toBe(200);
    }
    expect(tenant.requests.map(({ clientId }) => clientId)).toEqual([
      undefined,
      tenant.clientId,
      undefined,
      "other",
    ]);
    expect(tenant.entries.map(({ json }) => JSON.parse(json).client_id)).toEqual([tenant.clientId, "other"]);
  });

  test.for([
    ["other", "simulated-secret"],
    ["other", undefined],
    ["nobody", undefined],
    ["nobody", "other-secret"],
  ])("none gets in as %s with the secret %s", async ([id = "", secret]) => {
    await using tenant = await startTenant({ clientSecret: "simulated-secret", otherClients });
    const { client_secret: _, ...form } = credentials(tenant);
    const asked = { ...form, client_id: id, ...(secret && { client_secret: secret }) };
    expect((await ask(tenant, asked)).status).toBe(401);
  });
});

test("after the secret was rotated only the new one is accepted", async () => {
  await using tenant = await startTenant();
  const old = credentials(tenant);
  tenant.rotateSecret("the-next-one");
  expect((await ask(tenant, old)).status).toBe(401);
  expect(tenant.clientSecret).toBe("the-next-one");
  expect((await ask(tenant, credentials(tenant))).status).toBe(200);
});

test("a body that is not JSON, though it says so, is refused", async () => {
  await using tenant = await startTenant();
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${tenant.url}/oauth/token`, { method: "POST", headers, body: "{" });
  expect(response.status).toBe(400);
});

interface Claims {
  readonly key?: Parameters<SignJWT["sign"]>[0];
  readonly alg?: string;
  readonly issuer?: string;
  readonly subject?: string;
  readonly audience?: string;
  /** Relative to now; null: none. */
  readonly expiresInSeconds?: number | null;
  readonly issuedInSeconds?: number;
  readonly jti?: string | undefined;
  readonly extra?: string;
}

async function assertion(tenant: Tenant, claims: Claims): Promise<Record<string, string>> {
  const { expiresInSeconds = 60, issuedInSeconds } = claims;
  const jwt = new SignJWT({ ...(claims.extra !== undefined && { extra: claims.extra }) })
    .setProtectedHeader({ alg: claims.alg ?? "RS256" })
    .setIssuer(claims.issuer ?? tenant.clientId)
    .setSubject(claims.subject ?? tenant.clientId)
    .setAudience(claims.audience ?? "https://acme.eu.auth0.com/");
  if (expiresInSeconds !== null) jwt.setExpirationTime(now / 1000 + expiresInSeconds);
  if (issuedInSeconds !== undefined) jwt.setIssuedAt(now / 1000 + issuedInSeconds);
  if (!("jti" in claims) || claims.jti !== undefined) jwt.setJti(claims.jti ?? randomUUID());
  return {
    grant_type: "client_credentials",
    client_id: tenant.clientId,
    audience,
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: await jwt.sign(claims.key ?? keys.privateKey),
  };
}

test.for<[name: string, claims: Claims]>([
  ["RS256", {}],
  ["RS384", { alg: "RS384" }],
  ["PS256", { alg: "PS256" }],
  ["five minutes to live", { expiresInSeconds: 300 }],
  ["a clock that is nine seconds behind", { expiresInSeconds: -9 }],
])("an assertion signed with the client's key is accepted: %s", async ([, claims]) => {
  await using tenant = await startTenant({ publicKey: keys.publicKey, now: () => now });
  expect((await ask(tenant, await assertion(tenant, claims))).status).toBe(200);
});

test.for<[name: string, claims: Claims]>([
  ["another key", { key: generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey }],
  ["another algorithm", { alg: "RS512" }],
  ["another issuer", { issuer: "nobody" }],
  ["another subject", { subject: "nobody" }],
  ["the API as its audience", { audience }],
  ["an audience without the slash", { audience: "https://acme.eu.auth0.com" }],
  ["no end", { expiresInSeconds: null }],
  ["an end that has passed", { expiresInSeconds: -11 }],
  ["more than five minutes to live", { expiresInSeconds: 301 }],
  ["a beginning in the future", { issuedInSeconds: 11 }],
  ["no id", { jti: undefined }],
  ["more than 2,048 bytes", { extra: "x".repeat(2048) }],
])("an assertion with %s is refused", async ([, claims]) => {
  await using tenant = await startTenant({ publicKey: keys.publicKey, now: () => now });
  const { status, body } = await ask(tenant, await assertion(tenant, claims));
  expect([status, body.error]).toEqual([401, "invalid_client"]);
});

test("beside an assertion the client's id may be left out, but not be another's", async () => {
  await using tenant = await startTenant({ publicKey: keys.publicKey, now: () => now });
  const { client_id: _, ...anonymous } = await assertion(tenant, {});
  expect((await ask(tenant, anonymous)).status).toBe(200);
  expect((await ask(tenant, { ...(await assertion(tenant, {})), client_id: "nobody" })).status).toBe(401);
});

test("an assertion is accepted once", async () => {
  await using tenant = await startTenant({ publicKey: keys.publicKey, now: () => now });
  const body = await assertion(tenant, {});
  expect((await ask(tenant, body)).status).toBe(200);
  expect((await ask(tenant, body)).status).toBe(401);
});

test("an assertion of another type is refused, and so is any when the client has no key", async () => {
  await using withKey = await startTenant({ publicKey: keys.publicKey, now: () => now });
  const body = await assertion(withKey, {});
  expect((await ask(withKey, { ...body, client_assertion_type: "jwt" })).status).toBe(401);
  await using withoutKey = await startTenant({ now: () => now });
  expect((await ask(withoutKey, await assertion(withoutKey, {}))).status).toBe(401);
});

test("the public key may be given as PEM", async () => {
  const publicKey = keys.publicKey.export({ type: "spki", format: "pem" }).toString();
  await using tenant = await startTenant({ publicKey, now: () => now });
  expect((await ask(tenant, await assertion(tenant, {}))).status).toBe(200);
});
