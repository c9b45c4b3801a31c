import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeCertificate } from "../../packages/auth0-simulator/src/certificate.ts";
import type { Cell } from "./cells.ts";
import type { Contender } from "./contenders.ts";
import type { TenantReady, TenantServerOptions } from "./tenant-server.ts";
import type { WebhookNews, WebhookServerOptions } from "./webhook-server.ts";

/** What a contender has done in one cell once. The first tenth of the entries is its warm-up and not counted. */
export interface Result {
  readonly entriesPerSecond: number;
  readonly cpuMicrosPerEntry: number;
  readonly contextSwitchesPerEntry: number;
  /** Of the whole process, warm-up and all. */
  readonly peakRssMb: number;
  readonly requests: number;
  readonly repeated: number;
}

interface Usage {
  readonly cpuMicros: number;
  readonly peakRssBytes: number;
  readonly contextSwitches: number;
}

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const warmUpShare = 0.1;
const certificate = await makeCertificate(["127.0.0.1"]);

/** @param nodeOptions further options for the contender's Node, such as `--cpu-prof` */
export async function runCell(
  cell: Cell,
  contender: Contender,
  nodeOptions: readonly string[] = [],
): Promise<Result> {
  await using used = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "loghook-throughput-"));
  used.defer(() => rm(folder, { recursive: true, force: true }));
  const { entries, tenantMs, webhookMs } = cell;
  const warmUp = Math.ceil(entries * warmUpShare);

  const tenant = used.use(
    program<TenantServerOptions>("tenant-server.ts", {
      entries,
      roundTripMs: tenantMs,
      ...(contender.needsHttps && { certificate }),
    }),
  );
  const webhook = used.use(
    program<WebhookServerOptions>("webhook-server.ts", { entries, roundTripMs: webhookMs, warmUp }),
  );
  const { port } = await tenant.news<TenantReady>();
  const tenantUrl = `${contender.needsHttps ? "https" : "http"}://127.0.0.1:${port}`;
  const ready = await webhook.news<WebhookNews & { news: "ready" }>();
  const webhookUrl = `http://127.0.0.1:${ready.port}/`;

  const authority = join(folder, "ca.pem");
  await writeFile(authority, certificate.cert);
  const argv = await contender.argv({ cell, tenantUrl, webhookUrl, folder });
  const runner = used.use(
    child([`--import=${here("../meter.mjs")}`, ...nodeOptions, ...argv], { NODE_EXTRA_CA_CERTS: authority }),
  );
  const usage = (): Promise<Usage> => {
    runner.process.send("usage");
    return runner.news<Usage>();
  };
  // A contender that ends by itself before everything is there has lost some.
  const lost = runner.ended.then(() => {
    throw new Error(
      `${contender.name} ended in cell ${cell.number} before all ${entries} entries were there.`,
    );
  });
  lost.catch(() => {});
  const warm = await Promise.race([webhook.news<WebhookNews & { news: "warm" }>(), lost]);
  const before = await usage();
  const complete = await Promise.race([webhook.news<WebhookNews & { news: "complete" }>(), lost]);
  const after = await usage();
  webhook.process.send("answer");
  await runner.ended;

  const counted = entries - warm.taken;
  return {
    entriesPerSecond: (counted / (complete.at - warm.at)) * 1000,
    cpuMicrosPerEntry: (after.cpuMicros - before.cpuMicros) / counted,
    contextSwitchesPerEntry: (after.contextSwitches - before.contextSwitches) / counted,
    peakRssMb: after.peakRssBytes / 1024 ** 2,
    requests: complete.requests,
    repeated: complete.repeated,
  };
}

interface Child extends AsyncDisposable {
  readonly process: ChildProcess;
  /** The next thing that it tells. Rejects when it ends without a word. */
  news<T>(): Promise<T>;
  /** Rejects when it ends badly. */
  readonly ended: Promise<void>;
}

function program<Options>(name: string, options: Options): Child {
  return child([here(name), JSON.stringify(options)], {});
}

function child(argv: readonly string[], env: NodeJS.ProcessEnv): Child {
  const { PATH = "", NODE_COMPILE_CACHE } = process.env;
  const started = spawn(process.execPath, ["--conditions=source", ...argv], {
    env: { PATH, ...(NODE_COMPILE_CACHE && { NODE_COMPILE_CACHE }), ...env },
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let said = "";
  started.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-2000);
  });
  const heard: unknown[] = [];
  let listener: PromiseWithResolvers<void> = Promise.withResolvers();
  started.on("message", (message) => {
    heard.push(message);
    listener.resolve();
  });
  const ended = once(started, "close").then(([code, signal]) => {
    if (code !== 0) throw new Error(`${argv.join(" ")} ended with ${code ?? signal}: ${said}`);
  });
  ended.catch(() => {});
  return {
    process: started,
    async news<T>() {
      while (heard.length === 0) {
        await Promise.race([
          listener.promise,
          ended.then(() => Promise.reject(new Error(`${argv.join(" ")} ended without a word: ${said}`))),
        ]);
        listener = Promise.withResolvers();
      }
      return heard.shift() as T;
    },
    ended,
    async [Symbol.asyncDispose]() {
      started.kill("SIGKILL");
      await ended.catch(() => {});
    },
  };
}
