import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { refuse } from "./report.ts";
import { runCommand } from "./run-command.ts";
import type { PackedPackage } from "./tarballs.ts";

const compilerOptions = {
  module: "nodenext",
  strict: true,
  noEmit: true,
  // The declarations of every package that is imported are checked as a whole.
  skipLibCheck: false,
  types: ["node"],
};

/** Somebody else's project: it has ES modules, and nothing else yet. */
export async function createProject(project: string): Promise<void> {
  await writeProjectFile(project, "package.json", JSON.stringify({ type: "module" }));
  await writeProjectFile(project, "tsconfig.json", JSON.stringify({ compilerOptions }));
}

/** @returns the path of what was written */
export async function writeProjectFile(project: string, name: string, text: string): Promise<string> {
  const file = join(project, name);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}

const npmOptions = [
  "--no-audit",
  "--no-fund",
  "--package-lock",
  "--prefer-offline",
  // What a package asks of Node.js and of its peers must hold.
  "--engine-strict",
  "--strict-peer-deps",
];

/**
 * Installs the tarballs, and packages of the registry, with npm.
 *
 * @returns what npm says that it did
 */
export async function installIn(
  project: string,
  packages: readonly PackedPackage[],
  others: readonly string[],
): Promise<string> {
  for (const { tarball } of packages) await cp(tarball, join(project, basename(tarball)));
  const tarballs = packages.map(({ tarball }) => `./${basename(tarball)}`);
  const args = ["install", ...npmOptions, ...tarballs, ...others];
  const printed = await runCommand("npm", args, { cwd: project });
  await refuseOtherThanTarballs(project);
  return printed.trim().split("\n").at(-1) ?? "";
}

/** npm asks the registry for our packages, too; what is run here must be what was packed here. */
async function refuseOtherThanTarballs(project: string): Promise<void> {
  const lock = JSON.parse(await readFile(join(project, "package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, { readonly resolved?: string }>>;
  };
  refuse(
    Object.entries(lock.packages)
      .filter(([path]) => /node_modules\/(@loghook\/[^/]+|loghook)$/.test(path))
      .filter(([, { resolved }]) => !resolved?.startsWith("file:"))
      .map(([path, { resolved }]) => `${path} came from ${resolved}, not from a tarball`),
  );
}

/** Nothing but this machine can be reached: what goes elsewhere goes to a proxy that is not there. */
const onThisMachine = {
  HTTP_PROXY: "http://127.0.0.1:9",
  HTTPS_PROXY: "http://127.0.0.1:9",
  NO_PROXY: "127.0.0.1,localhost",
  NODE_USE_ENV_PROXY: "1",
};

/**
 * Runs a command of the project, a minute at most.
 *
 * @returns what it printed to stdout
 */
export async function runIn(
  folder: string,
  [command, ...args]: readonly [string, ...string[]],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  return await runCommand(command, args, {
    cwd: folder,
    timeoutMs: 60_000,
    env: { ...onThisMachine, ...env },
  });
}
