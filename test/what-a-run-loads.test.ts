import { fileURLToPath } from "node:url";
import { startTenant, type Tenant } from "@loghook/auth0-simulator";
import { expect, test } from "vitest";
import { runLoghook, temporaryFolder, workspaceRoot, writeConfig } from "./harness.ts";

// How long a start takes is mostly how many modules it loads. What is told here is exact and the same on every machine; how
// long it takes `node --conditions=source bench/cold-start.ts` measures.

const preload = fileURLToPath(new URL("testdata/preloads/tell-modules.mjs", import.meta.url));

interface Loaded {
  /** Names of packages, ours without scope: `pipeline`, `zod`. */
  readonly packages: string[];
  /** Of the command line itself: `run-command.ts`. */
  readonly ownFiles: string[];
  /** Parts of Node.js. */
  readonly internals: string[];
}

async function loadedBy(args: readonly string[], cwd: string): Promise<Loaded> {
  const { code, stdout, stderr } = await runLoghook(args, { cwd, preloads: [preload] });
  expect(code, stdout + stderr).toBe(0);
  const last = stderr.trimEnd().split("\n").at(-1) ?? "";
  const { files, internals } = JSON.parse(last) as { files: string[]; internals: string[] };
  const paths = files.map((url) => fileURLToPath(url)).filter((path) => path !== preload);
  const own = paths.filter((path) => path.startsWith(`${workspaceRoot}packages/`));
  const names = paths.map((path) =>
    own.includes(path)
      ? path.slice(`${workspaceRoot}packages/`.length).split("/")[0]
      : /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1],
  );
  return {
    packages: [...new Set(names.map((name) => name ?? "another place"))].toSorted(),
    ownFiles: own.filter((path) => path.includes("/cli/")).map((path) => path.replace(/.*\//, "")),
    internals,
  };
}

async function configIn(folder: string, tenant: Tenant): Promise<string> {
  const webhook = { url: "http://127.0.0.1:9" };
  return await writeConfig(folder, { tenant, webhook, filter: { min_level: "warning" } });
}

test("a run with nothing new loads the components of its config, and what these need", async () => {
  await using folder = await temporaryFolder();
  await using tenant = await startTenant({ logsItsOwnTokens: false });
  const file = await configIn(folder.path, tenant);
  const { packages, ownFiles, internals } = await loadedBy(["run", "--once", "--config", file], folder.path);
  expect(packages).toMatchInlineSnapshot(`
    [
      "@pinojs/redact",
      "atomic-sleep",
      "cli",
      "commander",
      "croner",
      "exporter-webhook",
      "http-delivery",
      "http-dispatcher",
      "leven",
      "on-exit-leak-free",
      "p-limit",
      "pino",
      "pino-std-serializers",
      "pipeline",
      "processor-filter",
      "quick-format-unescaped",
      "receiver-auth0",
      "safe-stable-stringify",
      "sonic-boom",
      "storage-sqlite",
      "thread-stream",
      "undici",
      "yaml",
      "yocto-queue",
      "zod",
    ]
  `);
  expect(ownFiles.filter((name) => name.endsWith("-command.ts"))).toEqual(["run-command.ts"]);
  // Whoever imports node:http as an ES module loads all of fetch, for WebSocket is among its exports.
  expect(internals).not.toContain("NativeModule internal/deps/undici/undici");
});

test.for([
  [["types"], ["types-command.ts"]],
  [["runs", "--help"], ["runs-command.ts"]],
])("`loghook %s` loads its own verb alone", async ([args = [], expected = []]) => {
  await using folder = await temporaryFolder();
  const { ownFiles } = await loadedBy(args, folder.path);
  expect(ownFiles.filter((name) => name.endsWith("-command.ts"))).toEqual(expected);
});
