import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { startTenant, type Tenant } from "@loghook/auth0-simulator";
import { startServer } from "@loghook/testkit";
import { stringify } from "yaml";

/** How a destination is down. */
export const outages = ["refuses connections", "answers 503", "hangs"] as const;
type Outage = (typeof outages)[number];

interface MemorySample {
  /** Bytes, after a collection. */
  readonly heapUsed: number;
  readonly rss: number;
}

export interface WatchMemoryOptions {
  readonly tenant: Tenant;
  readonly outage: Outage;
  readonly lanes: number;
  readonly samples: number;
  /** Attempts to deliver, over all lanes, between two samples. */
  readonly retriesBetween: number;
}

export interface WatchedMemory {
  readonly samples: readonly MemorySample[];
  /** Attempts to deliver in all. */
  readonly retries: number;
  /** Pages of the log that were read before the first sample, and from then on. */
  readonly pagesBefore: number;
  readonly pagesAfter: number;
}

/** A log of entries of 1.5 KB each. */
export async function startLargeTenant(entries: number): Promise<Tenant> {
  const tenant = await startTenant({ logsItsOwnTokens: false });
  const text = `{"date":"{{date}}","type":"s","log_id":"{{log_id}}","description":"${"x".repeat(1342)}"}`;
  for (let count = 0; count < entries; count++) tenant.append(text);
  return tenant;
}

const main = fileURLToPath(new URL("../packages/cli/src/main.ts", import.meta.url));
const probe = new URL("memory-probe.ts", import.meta.url).href;

/** Runs `loghook run` against a destination that is down, and looks at its memory from time to time. */
export async function watchMemory(options: WatchMemoryOptions): Promise<WatchedMemory> {
  const { tenant, outage, lanes, samples, retriesBetween } = options;
  await using things = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "loghook-memory-"));
  things.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  const down = things.use(await startOutage(outage));
  const config = await writeConfig(folder, { tenant, url: down.url, lanes });
  const from = tenant.requests.length;
  const child = spawn(
    process.execPath,
    [
      "--expose-gc",
      "--conditions=source",
      `--import=${probe}`,
      main,
      "run",
      "--config",
      config,
      "--output",
      "json",
      "--log-level",
      "debug",
    ],
    { cwd: folder, env: { PATH: process.env.PATH ?? "" }, stdio: ["ignore", "pipe", "pipe", "ipc"] },
  );
  things.defer(async () => {
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "close");
  });
  const retries = countRetries(child.stdout as Readable);
  child.stderr?.resume();

  const taken: MemorySample[] = [];
  let pagesBefore = 0;
  for (let sample = 1; sample <= samples; sample++) {
    await retries.reach(sample * retriesBetween);
    const answer = once(child, "message");
    child.send("sample");
    const [memory] = (await answer) as [MemorySample];
    taken.push(memory);
    if (sample === 1) pagesBefore = pagesRead(tenant, from);
  }
  const pagesAfter = pagesRead(tenant, from) - pagesBefore;
  return { samples: taken, retries: retries.count, pagesBefore, pagesAfter };
}

function pagesRead({ requests }: Tenant, from: number): number {
  return requests.slice(from).filter(({ query }) => query.has("from")).length;
}

/** Counts what a process tells of retries. */
function countRetries(output: Readable) {
  let count = 0;
  let more = Promise.withResolvers<void>();
  const lines = createInterface({ input: output });
  lines.on("line", (line) => {
    if (!line.includes("Delivery failed, will retry.")) return;
    count += 1;
    more.resolve();
    more = Promise.withResolvers();
  });
  lines.on("close", () => {
    // Nobody may be waiting just now.
    more.promise.catch(() => {});
    more.reject(new Error(`loghook ended after ${count} retries.`));
  });
  return {
    get count() {
      return count;
    },
    async reach(wanted: number) {
      while (count < wanted) await more.promise;
    },
  };
}

/** A place where nothing is taken. */
async function startOutage(outage: Outage): Promise<AsyncDisposable & { readonly url: string }> {
  const server = await startServer((request, response) => {
    request.resume();
    if (outage === "answers 503") request.once("end", () => response.writeHead(503).end());
  });
  // Whoever comes now finds nobody there.
  if (outage === "refuses connections") await server[Symbol.asyncDispose]();
  return server;
}

async function writeConfig(
  folder: string,
  { tenant, url, lanes }: { tenant: Tenant; url: string; lanes: number },
) {
  const names = Array.from({ length: lanes }, (_, index) => `webhook/${index + 1}`);
  const exporter = {
    url,
    timeout: "200ms",
    retry_on_failure: { initial_interval: "5ms", max_interval: "20ms" },
  };
  const config = {
    receivers: {
      auth0: {
        endpoint: tenant.url,
        domain: tenant.domain,
        client_id: tenant.clientId,
        client_secret: tenant.clientSecret,
        rate_limit: { max_share: 1 },
      },
    },
    exporters: Object.fromEntries(names.map((name) => [name, exporter])),
    extensions: { sqlite_storage: { directory: join(folder, ".loghook") } },
    service: {
      extensions: ["sqlite_storage"],
      pipelines: { logs: { receivers: ["auth0"], exporters: names } },
    },
  };
  const file = join(folder, "loghook.yaml");
  await writeFile(file, stringify(config));
  return file;
}
