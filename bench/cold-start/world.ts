import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startTenant, type Tenant } from "@loghook/auth0-simulator";
import { stringify } from "yaml";
import { installLoghook } from "./installed.ts";
import { type TimedOptions, timeCommand } from "./timed-command.ts";

/** An installed loghook with a checkpoint, a token in its storage, and nothing new to read. */
export interface World {
  /** `loghook run --once`: as it is published, and from the files that the bundle is made of. */
  readonly programs: Readonly<Record<"bundled" | "unbundled", readonly string[]>>;
  /** A start that keeps compiled code under this name, apart from the others'; undefined: it keeps none. */
  optionsFor(cache: string | undefined): TimedOptions;
  forget(cache: string): Promise<void>;
}

export async function makeWorld(folder: string, tenant: Tenant): Promise<World> {
  const project = await installLoghook(folder);
  const state = join(folder, "state");
  await mkdir(state);
  await writeFile(join(state, "loghook.yaml"), configFor(tenant));
  const cacheOf = (name: string): string => join(folder, `cache-${name}`);
  await Promise.all(["cold", "warm"].map((name) => mkdir(cacheOf(name))));
  const runOnce = (main: string): string[] => [
    process.execPath,
    join(project, "node_modules/loghook", main),
    "run",
    "--once",
  ];
  const world: World = {
    programs: { bundled: runOnce("bin/main.js"), unbundled: runOnce("dist/main.js") },
    optionsFor: (cache) => ({
      cwd: state,
      env: cache === undefined ? { NODE_DISABLE_COMPILE_CACHE: "1" } : { XDG_CACHE_HOME: cacheOf(cache) },
    }),
    forget: (cache) => rm(join(cacheOf(cache), "loghook"), { recursive: true, force: true }),
  };
  // The first one gets the token and writes the checkpoint; the second compiles what only later ones need.
  for (const program of [world.programs.bundled, world.programs.unbundled])
    for (const cache of ["warm", "warm", undefined]) await timeCommand(program, world.optionsFor(cache));
  return world;
}

/** A tenant that writes nothing by itself, not even that it gave a token. */
export async function startQuietTenant(): Promise<Tenant> {
  return await startTenant({ entries: 50, logsItsOwnTokens: false });
}

function configFor({ url, domain, clientId, clientSecret }: Tenant): string {
  return stringify({
    receivers: {
      auth0: { endpoint: url, domain, client_id: clientId, client_secret: clientSecret, start_from: "now" },
    },
    processors: { filter: { min_level: "warning" } },
    exporters: { webhook: { url: "http://127.0.0.1:9/" } },
    extensions: { sqlite_storage: { directory: "data" } },
    service: {
      extensions: ["sqlite_storage"],
      pipelines: { logs: { receivers: ["auth0"], processors: ["filter"], exporters: ["webhook"] } },
    },
  });
}
