import { globSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { createPackageFromTarballData, type Package } from "@arethetypeswrong/core";
import { workspaceRoot } from "../harness.ts";
import { runCommand } from "./run-command.ts";

/** The parts of a package.json that are looked at here. */
interface Manifest extends Readonly<Record<string, unknown>> {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** A package of the workspace as the registry would get it. */
export interface PackedPackage {
  readonly name: string;
  /** Its folder in packages/: `cli`. */
  readonly folder: string;
  /** The path of the tarball. */
  readonly tarball: string;
  /** The package.json in the tarball. */
  readonly manifest: Manifest;
  /** The paths of all files in the tarball: `dist/index.js`. */
  readonly files: readonly string[];
  /** The text of a file of the tarball. */
  read(file: string): string;
  /** The tarball as attw sees it. */
  readonly contents: Package;
}

/** Builds as a fresh checkout would: what an earlier build left behind would go into the tarballs. */
export async function build(): Promise<void> {
  for (const folder of globSync("packages/*/dist", { cwd: workspaceRoot }))
    await rm(join(workspaceRoot, folder), { recursive: true });
  await pnpm(["run", "build"]);
}

/** Packs every package of packages/ into `destination`, as `pnpm publish` would. */
export async function packAll(destination: string): Promise<PackedPackage[]> {
  await pnpm(["--recursive", "--filter", "./packages/*", "pack", "--pack-destination", destination]);
  const folders = globSync("packages/*/package.json", { cwd: workspaceRoot }).map((path) =>
    basename(join(path, "..")),
  );
  return await Promise.all(folders.toSorted().map((folder) => readTarball(destination, folder)));
}

async function readTarball(destination: string, folder: string): Promise<PackedPackage> {
  const source = JSON.parse(
    await readFile(join(workspaceRoot, "packages", folder, "package.json"), "utf8"),
  ) as Manifest;
  const file = `${source.name.replace("@", "").replace("/", "-")}-${source.version}.tgz`;
  const tarball = join(destination, file);
  const contents = createPackageFromTarballData(await readFile(tarball));
  const prefix = `/node_modules/${source.name}/`;
  const read = (path: string): string => contents.readFile(`${prefix}${path}`);
  return {
    name: source.name,
    folder,
    tarball,
    manifest: JSON.parse(read("package.json")) as Manifest,
    files: contents.listFiles().map((path) => path.slice(prefix.length)),
    read,
    contents,
  };
}

async function pnpm(args: readonly string[]): Promise<void> {
  await runCommand("npx", ["--yes", "pnpm@12", ...args], { cwd: workspaceRoot });
}
