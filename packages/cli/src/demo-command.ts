import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startTenant, type Tenant } from "@loghook/auth0-simulator";
import { ConfigError, loadConfigFile, type RunRecord, runPipelines, systemClock } from "@loghook/pipeline";
import { keyOf } from "./check-signature.ts";
import { factories } from "./components.ts";
import type { Io } from "./io.ts";
import { wholeNumber } from "./option-values.ts";
import { createOutput } from "./output.ts";
import type { AddCommand } from "./program.ts";
import { exitCodeOf } from "./run-command.ts";
import type { SinkRequest } from "./sink-ledger.ts";
import { startSink } from "./sink-server.ts";
import { toJson } from "./terminal-text.ts";
import { count, entries } from "./wording.ts";

const signingSecret = "whsec_bG9naG9vay1kZW1vLXNlY3JldC0xMjM0NTY3OA==";

/** How this program was begun: from a checkout, where the sources run as they are, or installed from npm. */
const isCheckout = import.meta.filename.endsWith(".ts");
const commandLine = isCheckout ? "npm run loghook --" : "npx loghook";
const readme = isCheckout ? "README.md" : "https://github.com/loghook/loghook#readme";

export const addDemoCommand: AddCommand = (program, io, end) => {
  program
    .command("demo")
    .description("a local tenant, a filter and a local webhook: the whole way once, without an account")
    .option("--entries <n>", "entries in the tenant's log", wholeNumber(1, 1_000_000), 1000)
    .addHelpText(
      "after",
      "\nEverything runs on 127.0.0.1 and is gone afterwards.\n\nExample:\n  $ loghook demo --entries 20000",
    )
    .action(async (options: { entries: number }) => {
      end(await demo(io, options));
    });
};

async function demo(io: Io, options: { entries: number }) {
  await using folder = await temporaryFolder();
  await using tenant = await startTenant({ entries: options.entries, logsItsOwnTokens: false });
  const received: SinkRequest[] = [];
  await using sink = await startSink({
    host: "127.0.0.1",
    port: 0,
    answers: [{ kind: "status", status: 200 }],
    keys: [keyOf(signingSecret) ?? Buffer.alloc(0)],
    clock: systemClock,
    onRequest: (request) => received.push(request),
    onAnswered() {},
  });
  const file = demoConfigFile();
  const say = (text = ""): void => void io.stdout.write(`${text}\n`);
  say("loghook demo: the way of an Auth0 tenant's log to a webhook, on this machine alone.");
  say();
  say(
    `  tenant   ${tenant.url}  a simulated Auth0 tenant with ${entries(options.entries)} of the last 24 hours`,
  );
  say(`  webhook  ${sink.url}  takes everything, checks the signatures`);
  say(`  config   ${file}`);
  say();

  const output = createOutput(io, { format: "text", level: "info" });
  const config = await loadConfigFile({
    file,
    factories,
    env: demoEnvironment(tenant, sink.url, folder.path),
  });
  const outcome = await runPipelines(config, { once: true, stop: io.stop, ...output });
  output.end();

  const [run] = outcome.map(({ run }) => run);
  const [request] = received;
  if (run && request)
    say(`\n${summary(run, received)}\n\n${describePayload(request)}\n\nCheckpoint: ${run.checkpoint}`);
  say(
    `\nNext: \`${commandLine} --help\`, or a tenant of your own: ${readme}, "A real tenant in five minutes".`,
  );
  return exitCodeOf(outcome);
}

function demoEnvironment(tenant: Tenant, webhookUrl: string, directory: string): Record<string, string> {
  return {
    DEMO_TENANT_URL: tenant.url,
    DEMO_DOMAIN: tenant.domain,
    DEMO_CLIENT_ID: tenant.clientId,
    DEMO_CLIENT_SECRET: tenant.clientSecret,
    DEMO_WEBHOOK_URL: webhookUrl,
    DEMO_SIGNING_SECRET: signingSecret,
    DEMO_DIRECTORY: directory,
  };
}

function summary({ read, kept, delivered }: RunRecord, received: readonly SinkRequest[]): string {
  const valid = received.filter(({ signature }) => signature?.verdict === "valid").length;
  const distinct = new Set(received.flatMap((request) => request.entries.map(({ logId }) => logId))).size;
  return [
    `Read       ${count(read)} from the tenant`,
    `Kept       ${count(kept)} of level warning and above; the filter left out ${count(read - kept)}`,
    `Delivered  ${count(delivered)} in ${count(received.length)} requests`,
    `Received   ${count(distinct)} different ones, ${count(valid)} of ${count(received.length)} signatures valid`,
  ].join("\n");
}

/** A request as it was sent, its first entry whole. */
function describePayload({ method, path, headers, body }: SinkRequest): string {
  const shown = ["content-type", "user-agent", "webhook-id", "webhook-timestamp", "webhook-signature"];
  const [first, ...others] = JSON.parse(body.toString("utf8")) as unknown[];
  const entry = toJson(first, 2).replaceAll("\n", "\n  ");
  return [
    "One payload as it was sent:",
    "",
    `${method} ${path} HTTP/1.1`,
    ...shown.map((name) => `${name}: ${headers[name]}`),
    "",
    `[\n  ${entry}${others.length > 0 ? `,\n  … and ${count(others.length)} more` : ""}\n]`,
  ].join("\n");
}

/** In a checkout beside the packages, in the published package beside the code. */
function demoConfigFile(): string {
  const places = ["../collector-config/demo.yaml", "../../../collector-config/demo.yaml"];
  const file = places
    .map((place) => fileURLToPath(new URL(place, import.meta.url)))
    .find((path) => existsSync(path));
  if (file === undefined)
    throw new ConfigError("The demo's config is missing from this installation of loghook.");
  return file;
}

async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "loghook-demo-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
