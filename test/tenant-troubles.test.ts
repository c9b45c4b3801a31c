import { startTenant, type Tenant } from "@loghook/auth0-simulator";
import { startWebhook } from "@loghook/testkit";
import { describe, expect, test } from "vitest";
import { loghook, receivedIds, runLoghook, temporaryFolder, writeConfig, writtenIds } from "./harness.ts";

/** One `--once` run against a tenant in trouble. */
async function runOnce(tenant: Tenant, auth0: Record<string, unknown> = {}) {
  await using folder = await temporaryFolder();
  await using webhook = await startWebhook();
  const config = await writeConfig(folder.path, { tenant, webhook, auth0 });
  const result = await runLoghook(["run", "--once", "--config", config], { cwd: folder.path });
  return { ...result, received: receivedIds(webhook) };
}

describe("troubles that pass", () => {
  test("a token that expires in the middle of a run is fetched anew; nothing is missing or repeated", async () => {
    await using tenant = await startTenant({ entries: 1000, logsItsOwnTokens: false });
    await using folder = await temporaryFolder();
    await using webhook = await startWebhook();
    let expired = false;
    webhook.answer = (_request, response) => {
      if (!expired) tenant.expireTokens();
      expired = true;
      response.writeHead(200).end();
    };
    const config = await writeConfig(folder.path, { tenant, webhook });
    const { code } = await runLoghook(["run", "--once", "--config", config], { cwd: folder.path });
    expect(code).toBe(0);
    expect(tenant.requests.some(({ status }) => status === 401)).toBe(true);
    expect(tenant.requests.filter(({ path }) => path === "/oauth/token")).toHaveLength(2);
    expect(receivedIds(webhook).toSorted()).toEqual(writtenIds(tenant));
  });

  test("a storm of 429 slows the run down and never fails it, however short the time for retries is", async () => {
    await using tenant = await startTenant({
      entries: 1000,
      logsItsOwnTokens: false,
      logsItsOwnLimits: false,
    });
    tenant.fault({ on: "logs", times: 2, status: 429, headers: { "retry-after": "0" } });
    const retry_on_failure = { initial_interval: "1ms", max_interval: "2ms", max_elapsed_time: "3ms" };
    const { code, received, events } = await runOnce(tenant, { retry_on_failure });
    expect(code).toBe(0);
    expect(received.toSorted()).toEqual(writtenIds(tenant));
    expect(events.map(({ msg }) => msg)).toContain("The tenant's rate limit is reached.");
  });

  test.for([
    ["500", { status: 500 }],
    ["a broken connection", { reset: true }],
    ["half an answer", { truncate: true }],
    ["an answer that is not JSON", { status: 200, body: "<html>gateway</html>" }],
  ] as const)("%s is borne", async ([, fault]) => {
    await using tenant = await startTenant({ entries: 300, logsItsOwnTokens: false });
    tenant.fault({ on: "logs", times: 3, ...fault });
    const { code, received } = await runOnce(tenant);
    expect(code).toBe(0);
    expect(received.toSorted()).toEqual(writtenIds(tenant));
  });
});

describe("troubles that need a person", () => {
  test("a wrong secret is said to be one, after one try", async () => {
    await using tenant = await startTenant({ entries: 3 });
    const { code, events } = await runOnce(tenant, { client_secret: "not-the-secret" });
    expect(code).toBe(78);
    expect(events.at(-1)).toMatchObject({ msg: "Run failed.", code: "SOURCE_REFUSED" });
    expect(String(events.at(-1)?.error)).toMatch(/secret/i);
    expect(tenant.requests.filter(({ path }) => path === "/oauth/token")).toHaveLength(1);
    expect(JSON.stringify(events)).not.toContain("not-the-secret");
  });

  test("a secret that has become wrong is found out at the next run, although the last token would still do", async () => {
    await using tenant = await startTenant({ entries: 3 });
    await using folder = await temporaryFolder();
    await using webhook = await startWebhook();
    const run = async (client_secret: string) => {
      const config = await writeConfig(folder.path, { tenant, webhook, auth0: { client_secret } });
      return await runLoghook(["run", "--once", "--config", config], { cwd: folder.path });
    };
    expect((await run(tenant.clientSecret)).code).toBe(0);
    expect((await run("mistyped")).code).toBe(78);
    expect((await run(tenant.clientSecret)).code).toBe(0);
  });

  test("a missing scope is named, with where to grant it", async () => {
    await using tenant = await startTenant({ entries: 3, scopes: ["read:users"] });
    const { code, events } = await runOnce(tenant);
    expect(code).toBe(78);
    const { error, remedy } = events.at(-1) ?? {};
    expect(`${error} ${remedy}`).toContain("read:logs");
    expect(String(remedy)).toMatch(/Machine to Machine/i);
  });

  test("a checkpoint that the API refuses is named, and never reset by itself", async () => {
    await using tenant = await startTenant({ entries: 300, logsItsOwnTokens: false });
    await using folder = await temporaryFolder();
    await using webhook = await startWebhook();
    const config = await writeConfig(folder.path, { tenant, webhook });
    const run = () => runLoghook(["run", "--once", "--config", config], { cwd: folder.path });
    await run();
    const checkpoint = writtenIds(tenant).at(-1) ?? "";
    tenant.generate(5);
    const body = JSON.stringify({
      statusCode: 400,
      error: "Bad Request",
      message: "Invalid from",
      errorCode: "invalid_query_string",
    });
    tenant.fault({ on: "logs", times: 1, status: 400, body });

    const refused = await run();
    expect(refused.code).toBe(78);
    const { error, remedy } = refused.events.at(-1) ?? {};
    expect(String(error)).toContain(checkpoint);
    expect(String(remedy)).toContain("start_from");
    expect(webhook.requests).toHaveLength(3);

    expect((await run()).code).toBe(0);
    expect(receivedIds(webhook).toSorted()).toEqual(writtenIds(tenant));
  });

  test("while following, it is said and tried again, and mends itself when the person has been there", async () => {
    await using tenant = await startTenant({ entries: 3, logsItsOwnTokens: false });
    await using folder = await temporaryFolder();
    await using webhook = await startWebhook();
    tenant.setScopes([]);
    const config = await writeConfig(folder.path, { tenant, webhook });
    await using running = loghook(["run", "--config", config], { cwd: folder.path });
    await running.printed("Run failed.");
    tenant.setScopes(["read:logs"]);
    await webhook.received(1);
    running.kill("SIGTERM");
    expect(await running.ended).toBe(0);
  });
});
