import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startTenant, type Tenant } from "@loghook/auth0-simulator";
import { type AuditReport, ConfigError } from "@loghook/pipeline";
import { startWebhook } from "@loghook/testkit";
import { expect, onTestFinished, test } from "vitest";
import { addAuditCommand } from "./audit-command.ts";
import { type FakeIoOptions, fakeIo, runVerb } from "./fake-io.ts";
import { exitCodes } from "./io.ts";
import { runCli } from "./program.ts";
import { addRunCommand } from "./run-command.ts";

interface World extends AsyncDisposable {
  readonly tenant: Tenant;
  readonly config: string;
  /** One run, until caught up. */
  deliver(): Promise<void>;
  audit(
    args?: readonly string[],
    options?: FakeIoOptions,
  ): Promise<{ code: number; out: string; err: string }>;
}

async function startWorld(storage: string): Promise<World> {
  await using opening = new AsyncDisposableStack();
  const tenant = opening.use(await startTenant({ entries: 250, logsItsOwnTokens: false }));
  const webhook = opening.use(await startWebhook());
  const folder = await mkdtemp(join(tmpdir(), "loghook-audit-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const config = join(folder, "loghook.yaml");
  const { url, domain, clientId, clientSecret } = tenant;
  await writeFile(
    config,
    `
receivers:
  auth0: { endpoint: "${url}", domain: ${domain}, client_id: ${clientId}, client_secret: "${clientSecret}" }
processors: { filter: { exclude_types: s } }
exporters: { webhook: { url: "${webhook.url}" } }
extensions: { sqlite_storage: { directory: ${folder}/state, ${storage} } }
service:
  extensions: [sqlite_storage]
  pipelines: { logs: { receivers: [auth0], processors: [filter], exporters: [webhook] } }`,
  );
  const held = opening.move();
  return {
    tenant,
    config,
    async deliver() {
      const io = fakeIo();
      expect(await runVerb(addRunCommand, ["run", "--once", "-c", config], io), io.errors()).toBe(0);
    },
    async audit(args = [], options) {
      const io = fakeIo(options);
      const code = await runVerb(addAuditCommand, ["audit", "-c", config, ...args], io);
      return { code, out: io.output(), err: io.errors() };
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

test("says that nothing is missing, for people and as JSON", async () => {
  await using world = await startWorld("");
  await world.deliver();
  const { code, out, err } = await world.audit();
  expect({ code, err }).toEqual({ code: exitCodes.done, err: "" });
  expect(out).toMatch(/Nothing is missing: 250 entries are settled, and the lane has passed no other\.\n$/);
  expect(out).toContain("left out by filter: its type s is in exclude_types");
  const json = await world.audit(["--json", "--from", "2d", "--lane", "logs/auth0/webhook"]);
  const report = JSON.parse(json.out) as AuditReport;
  expect(report).toMatchObject({ version: 1, verdict: "complete", lanes: [{ entries: 250, missing: [] }] });
});

test("what entries say cannot steer the terminal by its JSON", async () => {
  await using world = await startWorld("");
  const type = "f\u009B31m\u202E";
  const date = new Date().toISOString();
  world.tenant.append({ type, date });
  await world.deliver();
  const { out } = await world.audit(["--json", "--from", date]);
  expect(out).not.toMatch(/[^\P{C}\n]/u);
  expect(JSON.stringify(JSON.parse(out))).toContain(type);
});

test("on a terminal it shows how far it is, and leaves nothing of that", async () => {
  await using world = await startWorld("");
  await world.deliver();
  const { err } = await world.audit([], { isTTY: true });
  expect(err).toContain("Listing auth0: 100 entries");
  expect(err.endsWith("\r\u001B[K")).toBe(true);
});

test("where no ledger is kept it cannot be found out", async () => {
  await using world = await startWorld("ledger_window: 0s");
  await world.deliver();
  const { code, out } = await world.audit();
  expect(code).toBe(exitCodes.config);
  expect(out).toContain("It could not be found out: The storage keeps no ledger.\n  Let it keep one: ");
  expect(out).not.toContain("--from");
});

test("while the tenant fails it says what it waits for", async () => {
  await using world = await startWorld("");
  await world.deliver();
  world.tenant.fault({ on: "logs", status: 500 });
  const { code, err } = await world.audit();
  expect(code).toBe(exitCodes.done);
  expect(err).toMatch(/^auth0: .*500.*\. Trying again in .*\.\n$/);
});

test("a stop is no bug", async () => {
  await using world = await startWorld("");
  const io = fakeIo();
  io.interrupt();
  expect(await runCli(["audit", "-c", world.config], io)).toBe(exitCodes.tryAgainLater);
  expect(io.errors()).toBe("Stopped before the end.\n");
});

test("a tenant that refuses is a matter for a person", async () => {
  await using world = await startWorld("");
  await world.deliver();
  world.tenant.expireTokens();
  world.tenant.rotateSecret("another");
  const { code, out } = await world.audit();
  expect(code).toBe(exitCodes.config);
  expect(out).toContain("It could not be found out: ");
});

test("an empty window, and one that makes no sense, are refused", async () => {
  await using world = await startWorld("");
  await expect(world.audit(["--from", "1h", "--to", "2h"])).rejects.toThrow(ConfigError);
  await expect(world.audit(["--from", "2999-01-01"])).rejects.toThrow(ConfigError);
  const { code, err } = await world.audit(["--from", "yesterday"]);
  expect(code).toBe(exitCodes.config);
  expect(err).toContain("It must be a date (2026-11-01)");
});
