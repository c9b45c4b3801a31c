import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { workspaceRoot } from "../harness.ts";
import { runIn, writeProjectFile } from "./empty-project.ts";
import type { PackedPackage } from "./tarballs.ts";

/**
 * Writes the package's index.ts into the project, made to export from the package what it exports from its files: tsc
 * tells which type is missing, and Node.js which value.
 */
export async function writeNames(
  project: string,
  { name, folder }: PackedPackage,
): Promise<{ readonly name: string; readonly file: string }> {
  const index = await readFile(join(workspaceRoot, "packages", folder, "src/index.ts"), "utf8");
  const names = index.replaceAll(/\bfrom "\.[^"]*"/g, `from "${name}"`);
  return { name, file: await writeProjectFile(project, join("names", `${folder}.ts`), names) };
}

/** Checks everything that was written into the project, as its owner would: without the condition "source". */
export async function checkTypes(project: string): Promise<void> {
  await runIn(project, [join(workspaceRoot, "node_modules/.bin/tsc"), "--project", "."]);
}
