import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { type Started, start } from "./started.ts";

/** What its process has used, at a moment. */
export interface Usage {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly cpuMicros: number;
  /** Since its start. */
  readonly peakRssBytes: number;
  readonly memoryBytes: Readonly<
    Record<"rss" | "heapTotal" | "heapUsed" | "external" | "arrayBuffers", number>
  >;
  /** Since it was told `begin`. */
  readonly loopDelayMs: { readonly p50: number; readonly p99: number; readonly max: number };
}

/** How loghook is run. */
export interface Runner {
  /** Its file. */
  readonly program: string;
  /** Further options of Node, such as `--cpu-prof`. */
  readonly nodeOptions: readonly string[];
}

export interface LanesConfig {
  /** Where the peer listens. */
  readonly origin: string;
  readonly folder: string;
  readonly lanes: number;
  /** Each lane has a tenant of its own. */
  readonly tenantEach: boolean;
  readonly receiver?: Readonly<Record<string, unknown>>;
  readonly exporter?: Readonly<Record<string, unknown>>;
}

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Runs loghook as its users do, under a meter that answers `begin` and `usage` with a `Usage`. */
export async function startLoghook(
  config: LanesConfig,
  { once, runner }: { readonly once: boolean; readonly runner: Runner },
): Promise<Started> {
  const file = join(config.folder, "loghook.yaml");
  await writeFile(file, stringify(lanesConfig(config)));
  const { program, nodeOptions } = runner;
  const run = ["run", ...(once ? ["--once"] : []), "--config", file];
  return start(["--conditions=source", `--import=${here("../meter.mjs")}`, ...nodeOptions, program, ...run]);
}

/** With durable checkpoints, retries and ids, as by default, and a filter that looks at each entry and keeps it. */
function lanesConfig({ origin, folder, lanes, tenantEach, receiver = {}, exporter = {} }: LanesConfig) {
  const numbers = Array.from({ length: lanes }, (_, index) => index);
  const tenants = tenantEach ? numbers : [0];
  const receiverOf = (index: number): string => `auth0/${tenantEach ? index : 0}`;
  return {
    receivers: Object.fromEntries(
      tenants.map((index) => [receiverOf(index), { ...tenantSettings(origin, index), ...receiver }]),
    ),
    processors: { filter: { exclude_types: ["du", "category:scim.event"] } },
    exporters: Object.fromEntries(
      numbers.map((index) => [`webhook/${index}`, { url: `${origin}/hooks/${index}`, ...exporter }]),
    ),
    extensions: { sqlite_storage: { directory: join(folder, ".loghook") } },
    service: {
      extensions: ["sqlite_storage"],
      pipelines: Object.fromEntries(
        numbers.map((index) => [
          `logs/${index}`,
          { receivers: [receiverOf(index)], processors: ["filter"], exporters: [`webhook/${index}`] },
        ]),
      ),
    },
  };
}

function tenantSettings(origin: string, index: number) {
  const domain = `acme-${index}.eu.auth0.com`;
  const credentials = { client_id: "bench", client_secret: "bench-secret" };
  return { domain, ...credentials, endpoint: `${origin}/tenants/${index}` };
}
