import { startTenant, type Tenant } from "@loghook/auth0-simulator";
import { type LoghookError, SourceRefusedError } from "@loghook/pipeline";
import { startWebhook, status } from "@loghook/testkit";
import { describe, expect, test } from "vitest";
import { lane, receiverOf, recordsOf, run } from "./receiver.test-kit.ts";

/** Reads until it is refused, and gives what is said then. */
async function refusalOf(
  tenant: Parameters<typeof receiverOf>[0],
  config: Record<string, unknown> = {},
): Promise<LoghookError> {
  await using receiver = receiverOf(tenant, config);
  const outcome = await run(receiver).catch((error: unknown) => error);
  expect(outcome).toBeInstanceOf(SourceRefusedError);
  return outcome as LoghookError;
}

const askedFor = (tenant: Tenant, path: string): number =>
  tenant.requests.filter((request) => request.path === path).length;

const grants = (tenant: Tenant): number => askedFor(tenant, "/oauth/token");

describe("a token that is refused", () => {
  test("is replaced once, and reading goes on as if nothing had been", async () => {
    await using tenant = await startTenant({ entries: 5, logsItsOwnTokens: false });
    await using receiver = receiverOf(tenant, { batch_size: 2 });
    const deliveries = await run(receiver, {
      handle: (delivery) => {
        tenant.expireTokens();
        return delivery.ack();
      },
    });
    expect(recordsOf(deliveries)).toHaveLength(5);
    expect(grants(tenant)).toBeGreaterThan(1);
    expect(receiver.settings.events.map(({ type }) => type)).not.toContain("retry.scheduled");
  });

  test("gets the scope that was granted in the meantime", async () => {
    await using tenant = await startTenant({ scopes: ["read:users"], entries: 1, logsItsOwnTokens: false });
    await using receiver = receiverOf(tenant);
    await expect(run(receiver)).rejects.toThrow(SourceRefusedError);
    tenant.setScopes(["read:logs"]);
    expect(recordsOf(await run(receiver))).toHaveLength(1);
  });

  test("and whose successor lacks the scope read:logs as well, is a matter for a person", async () => {
    await using tenant = await startTenant({ scopes: ["read:users"] });
    const { message, remedy } = await refusalOf(tenant);
    expect(message).toBe(
      "acme.eu.auth0.com lets this token read no logs: the scope read:logs is missing (403 Forbidden: insufficient_scope: Insufficient scope, expected any of: read:logs).",
    );
    expect(remedy).toContain("Auth0 Management API > Machine to Machine Applications");
    expect({ grants: grants(tenant), reads: askedFor(tenant, "/api/v2/logs") }).toEqual({
      grants: 2,
      reads: 2,
    });
  });

  test("and whose successor is refused too, is a matter for a person", async () => {
    await using tenant = await startTenant();
    tenant.fault({ on: "logs", status: 401, times: Number.POSITIVE_INFINITY });
    const { message } = await refusalOf(tenant);
    expect(message).toBe(
      "acme.eu.auth0.com refused the access token, and a fresh one as well (401 Unauthorized: Invalid token).",
    );
    expect(grants(tenant)).toBe(2);
  });

  test("but cannot be renewed, is a matter for a person", async () => {
    await using tenant = await startTenant();
    const token = await tenant.issueToken();
    tenant.expireTokens();
    const { message, remedy } = await refusalOf(tenant, { token });
    expect(message).toBe(
      "acme.eu.auth0.com refused the access token, which was given ready-made and cannot be renewed (401 Unauthorized: Expired token received for JSON Web Token validation).",
    );
    expect(remedy).toContain("Put a new Management API token");
    expect(askedFor(tenant, "/api/v2/logs")).toBe(1);
    expect(grants(tenant)).toBe(0);
  });

  test("and is no JWT at all, is a matter for a person", async () => {
    await using tenant = await startTenant();
    const { message } = await refusalOf(tenant, { token: "opaque" });
    expect(message).toContain("does not take the access token: it is not a JWT (400 Bad Request");
  });
});

describe("a request for a token", () => {
  test("with a wrong secret is not repeated", async () => {
    await using tenant = await startTenant();
    const { message, remedy } = await refusalOf(tenant, { client_secret: "wrong" });
    expect(message).toBe(
      "acme.eu.auth0.com gave no access token: client_id and client_secret do not belong together (401 Unauthorized: access_denied: Unauthorized).",
    );
    expect(remedy).toContain("into client_secret; it may have been rotated");
    expect(tenant.requests).toHaveLength(1);
  });

  test("never shows the secret, whatever comes back", async () => {
    await using server = await startWebhook({
      answer: (request, response) =>
        void response
          .writeHead(401)
          .end(JSON.stringify({ error: "access_denied", error_description: request.body.toString() })),
    });
    const tenant = { url: server.url, domain: "acme.eu.auth0.com", clientId: "abc", clientSecret: "hush" };
    const { message, stack, cause } = await refusalOf(tenant);
    expect(message).toContain("[redacted]");
    expect(`${message}${stack}${cause}`).not.toContain("hush");
  });

  test("for a wrong audience names the audience", async () => {
    await using tenant = await startTenant();
    const { message, remedy } = await refusalOf(tenant, { audience: "https://acme.eu.auth0.com/api/v2" });
    expect(message).toContain("it knows no API with the audience https://acme.eu.auth0.com/api/v2 (403");
    expect(remedy).toContain("with the slash at its end");
  });

  test.for([
    {
      error: "access_denied",
      description: 'Client is not authorized to access "https://acme/". You need to create a "client-grant"',
      says: "the application may not use the Management API",
      remedy: "authorize the application",
    },
    {
      error: "unauthorized_client",
      description: "Grant type 'client_credentials' not allowed for the client.",
      says: "the application may not use the client credentials grant",
      remedy: "Machine to Machine",
    },
    {
      error: "invalid_request",
      description: "Unknown client: abc",
      says: "it knows no application with this client_id",
      remedy: "client_id and domain",
    },
  ])("refused with $description says so", async ({ error, description, says, remedy }) => {
    const body = JSON.stringify({ error, error_description: description });
    await using server = await startWebhook({ answer: status(403, {}, body) });
    const tenant = { url: server.url, domain: "acme.eu.auth0.com", clientId: "abc", clientSecret: "hush" };
    const refusal = await refusalOf(tenant);
    expect(refusal.message).toContain(`acme.eu.auth0.com gave no access token: ${says} (403 Forbidden`);
    expect(refusal.remedy).toContain(remedy);
  });
});

describe("an answer that is none of the API's", () => {
  test.for([
    {
      answer: status(302, { location: "https://login.example.com/?secret=1" }),
      says: "it answered 302 Found, to https://login.example.com.",
    },
    { answer: status(301), says: "it answered 301 Moved Permanently, to nowhere." },
    { answer: status(404, {}, "<html>"), says: "it answered 404 Not Found." },
    { answer: status(418, {}, '{"error":5}'), says: "it answered 418 I'm a Teapot." },
  ])("says $says", async ({ answer, says }) => {
    await using server = await startWebhook({ answer });
    const tenant = { url: server.url, domain: "acme.eu.auth0.com", clientId: "abc", clientSecret: "hush" };
    expect((await refusalOf(tenant)).message).toBe(`acme.eu.auth0.com gave no access token: ${says}`);
    const { message } = await refusalOf(tenant, { token: "t" });
    expect(message).toBe(`The log of acme.eu.auth0.com could not be read: ${says}`);
  });
});

test("a log_id that the tenant does not take leaves the checkpoint where it is", async () => {
  await using tenant = await startTenant({ entries: 2 });
  await using receiver = receiverOf(tenant);
  await run(receiver);
  const kept = JSON.parse((await receiver.settings.storage.get(`checkpoint/${lane}`)) ?? "");
  const odd = JSON.stringify({ ...kept, log_id: "5f3c" });
  await receiver.settings.storage.set(`checkpoint/${lane}`, odd);

  const outcome = await run(receiver).catch((error: unknown) => error);
  expect(outcome).toMatchObject({
    code: "SOURCE_REFUSED",
    message: expect.stringContaining(
      "acme.eu.auth0.com does not take the log_id 5f3c to read on from (400 Bad Request",
    ),
    remedy: expect.stringContaining("a changed start_from moves the checkpoint"),
  });
  expect(await receiver.settings.storage.get(`checkpoint/${lane}`)).toBe(odd);
});
