import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openStorage } from "@loghook/storage-sqlite";
import { stringify } from "yaml";
import type { World } from "./world.ts";

/** What a user would set for both. */
export interface UserSettings {
  /** 0 to 4. */
  readonly minLevel?: number;
  /** Default: true. */
  readonly sendAsBatch?: boolean;
}

/** What happens to the process of a run. */
export interface RunFaults {
  /** Kills it in its first, second, … write of a checkpoint, or in the first where there are fewer. */
  readonly dieInCheckpointWrite?: number;
  /** How wrong this machine's clock is. */
  readonly clockOffsetMs?: number;
}

/** A run that has begun. */
interface Run {
  kill(): void;
  /** Its exit code or the name of the signal that ended it, and the end of what it said. */
  readonly ended: Promise<{ readonly code: number | string; readonly output: string }>;
}

export interface Engine {
  readonly name: string;
  /** Begins one run, as a schedule does. */
  start(world: World, settings: UserSettings, faults: RunFaults): Promise<Run>;
  /** Entries that it has kept aside for a person to look at. */
  keptAside(world: World): Promise<ReadonlySet<string>>;
}

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

type ChildFaults = RunFaults & { readonly env?: NodeJS.ProcessEnv };

async function child(world: World, args: readonly string[], faults: ChildFaults): Promise<Run> {
  const certificate = join(world.folder, "ca.pem");
  await writeFile(certificate, world.tenant.caCertificate ?? "");
  const clock = faults.clockOffsetMs === undefined ? [] : [`--import=${here("shifted-clock.mjs")}`];
  const started = spawn(process.execPath, ["--no-deprecation", ...clock, ...args], {
    cwd: world.folder,
    env: {
      PATH: process.env.PATH ?? "",
      NODE_EXTRA_CA_CERTS: certificate,
      // The same programs over and over.
      NODE_COMPILE_CACHE: join(tmpdir(), "loghook-correctness-compiled"),
      CLOCK_OFFSET_MS: String(faults.clockOffsetMs ?? 0),
      ...faults.env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(started, "close");
  let output = "";
  for (const stream of [started.stdout, started.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-2000);
    });
  }
  return {
    kill: () => started.kill("SIGKILL"),
    ended: ended.then(([code, signal]) => ({ code: (code ?? signal) as number | string, output })),
  };
}

export const originalEngine: Engine = {
  name: "original",
  async start(world, settings, faults) {
    const { domain, clientId, clientSecret } = world.tenant;
    const options = {
      domain,
      clientId,
      clientSecret,
      batchSize: world.size.batch,
      logLevel: settings.minLevel,
      webhookUrl: world.webhookUrl,
      sendAsBatch: settings.sendAsBatch ?? true,
      // One, so that the table is the same each time; the extension's default is 5.
      concurrency: 1,
      stateFile: join(world.folder, "state.json"),
      dieInCheckpointWrite: faults.dieInCheckpointWrite !== undefined,
    };
    return await child(world, [here("original-run.cjs"), JSON.stringify(options)], faults);
  },
  keptAside: async () => new Set(),
};

const storageOf = (world: World): string => join(world.folder, ".loghook");

export const loghookEngine: Engine = {
  name: "loghook",
  async start(world, settings, faults) {
    const config = join(world.folder, "loghook.yaml");
    await writeFile(config, stringify(loghookConfig(world, settings)));
    const main = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url));
    const dying = faults.dieInCheckpointWrite !== undefined;
    const imports = dying ? [`--import=${here("die-in-checkpoint-write.mjs")}`] : [];
    const env = {
      DIE_IN_CHECKPOINT_WRITE: String(faults.dieInCheckpointWrite),
      DIE_BESIDE_LOG: join(storageOf(world), "loghook.db-wal"),
    };
    const args = ["--conditions=source", ...imports, main, "run", "--once", "--config", config];
    return await child(world, args, { ...faults, ...(dying && { env }) });
  },
  async keptAside(world) {
    const directory = storageOf(world);
    if (!existsSync(directory)) return new Set();
    await using storage = await openStorage({ directory, readOnly: true });
    return new Set((await storage.parked.list()).map(({ uid }) => uid));
  },
};

/** Defaults, but for waits that are those of a run of seconds in place of minutes. */
function loghookConfig({ tenant, webhookUrl, size, folder }: World, settings: UserSettings) {
  return {
    receivers: {
      auth0: {
        // A domain has no port here, as it has not with Auth0.
        domain: "acme.eu.auth0.com",
        endpoint: tenant.url,
        audience: `https://${tenant.domain}/api/v2/`,
        client_id: tenant.clientId,
        client_secret: tenant.clientSecret,
        batch_size: size.batch,
        retry_on_failure: { initial_interval: "20ms", max_interval: "100ms", max_elapsed_time: "10s" },
        tls: { ca_file: join(folder, "ca.pem") },
      },
    },
    ...(settings.minLevel !== undefined && { processors: { filter: { min_level: settings.minLevel } } }),
    exporters: {
      webhook: {
        url: webhookUrl,
        send_as_batch: settings.sendAsBatch ?? true,
        max_batch_size: size.batch,
        // As the original, which sends one array at a time.
        concurrency: 1,
        retry_on_failure: { initial_interval: "20ms", max_interval: "100ms", max_elapsed_time: "500ms" },
      },
    },
    extensions: { sqlite_storage: { directory: storageOf({ folder } as World) } },
    service: {
      extensions: ["sqlite_storage"],
      pipelines: {
        logs: {
          receivers: ["auth0"],
          processors: settings.minLevel === undefined ? [] : ["filter"],
          exporters: ["webhook"],
        },
      },
    },
  };
}
