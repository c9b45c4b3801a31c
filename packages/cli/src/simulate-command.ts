import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RateLimit, startTenant, type Tenant, type TenantOptions } from "@loghook/auth0-simulator";
import { Option } from "commander";
import type { Io } from "./io.ts";
import { listenError } from "./listen-error.ts";
import { durationMs, eventCodes, perSecond, rateLimit, wholeNumber } from "./option-values.ts";
import type { OutputFormat } from "./output.ts";
import type { AddCommand } from "./program.ts";
import { createSimulateReport } from "./simulate-report.ts";
import { followRequests } from "./simulated-requests.ts";

interface SimulateOptions {
  readonly port: number;
  readonly host: string;
  readonly domain: string;
  readonly entries: number;
  readonly rate: number;
  readonly seed: number;
  readonly types?: readonly string[];
  readonly rateLimit?: RateLimit;
  readonly retention?: number;
  readonly tokenLifetime?: number;
  readonly https?: true;
  readonly verbose?: true;
  readonly output?: OutputFormat;
}

// What collector-config/demo.yaml expects, so that it works by hand.
const credentials = { clientId: "loghook-demo", clientSecret: "loghook-demo-secret" };

/** `loghook simulate`: a local tenant to read from. */
export const addSimulateCommand: AddCommand = (program, io) => {
  program
    .command("simulate")
    .description("be an Auth0 tenant: a local Management API with a log that fills up")
    .option("-p, --port <number>", "where to listen; 0: any free port", wholeNumber(0, 65_535), 4010)
    .option("--host <address>", "which of this machine's addresses to listen on", "127.0.0.1")
    .option("--domain <domain>", "the tenant's domain", "acme.eu.auth0.com")
    .option("--entries <number>", "entries of the last 24 hours", wholeNumber(0, 10_000_000), 1000)
    .option("--rate <number/s>", "entries that are written per second from now on", perSecond, 1)
    .option("--seed <number>", "another number gives other entries", wholeNumber(0, 2 ** 31 - 1), 1)
    .option(
      "--types <codes>",
      "event types to write, with commas; default: all, common ones often",
      eventCodes,
    )
    .option(
      "--rate-limit <burst/s>",
      "of the API: requests at once, and per second. Free plan: 2/2",
      rateLimit,
    )
    .option("--retention <duration>", "how long entries can be read (1d); default: for ever", durationMs)
    .option("--token-lifetime <duration>", "how long access tokens are good for; default: 1d", durationMs)
    .option("--https", "with a certificate that is made at start")
    .option("-v, --verbose", "a line for each request")
    .addOption(
      new Option(
        "--output <format>",
        "text for people, or one JSON line per event; default: text on a terminal",
      ).choices(["text", "json"]),
    )
    .addHelpText("after", examples)
    .action((options: SimulateOptions) => simulate(io, options));
};

const examples = `
Everything is made up, and gone when it stops.

Examples:
  $ loghook simulate                                        # then: loghook run --config collector-config/demo.yaml
  $ loghook simulate --rate-limit 2/2 --token-lifetime 1m   # as narrow as the Free plan, and tokens that run out
  $ loghook simulate --entries 0 --rate 0.2 --types f,limit_wc`;

async function simulate(io: Io, options: SimulateOptions): Promise<void> {
  await using tenant = await start(options);
  await using certificate = await certificateFile(tenant);
  const report = createSimulateReport(io, options.output ?? (io.stdout.isTTY ? "text" : "json"));
  report.started(tenant, certificate.path);
  if (options.verbose) await followRequests(tenant, report.request, io.stop);
  else if (!io.stop.aborted) await once(io.stop, "abort");
  report.stopped(tenant);
}

async function start(options: SimulateOptions): Promise<Tenant> {
  const { rate, retention, tokenLifetime, ...rest } = options;
  const setup: TenantOptions = {
    ...rest,
    ...credentials,
    ratePerSecond: rate,
    retentionMs: retention,
    tokenLifetimeSeconds:
      tokenLifetime === undefined ? undefined : Math.max(1, Math.round(tokenLifetime / 1000)),
  };
  try {
    return await startTenant(setup);
  } catch (error) {
    throw listenError(error, options);
  }
}

/** The certificate as a file, for `tls.ca_file`, for as long as the tenant runs. */
async function certificateFile({ caCertificate }: Tenant): Promise<AsyncDisposable & { path?: string }> {
  if (caCertificate === undefined) return { async [Symbol.asyncDispose]() {} };
  const folder = await mkdtemp(join(tmpdir(), "loghook-simulate-"));
  const path = join(folder, "ca.pem");
  await writeFile(path, caCertificate);
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}
