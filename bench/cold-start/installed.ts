import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createProject, installIn } from "../../test/packed/empty-project.ts";
import { build, packAll } from "../../test/packed/tarballs.ts";

/** Builds and packs all packages and installs them with npm, as somebody who uses loghook has them. */
export async function installLoghook(folder: string): Promise<string> {
  const [tarballs, project] = [join(folder, "tarballs"), join(folder, "project")];
  await mkdir(tarballs);
  await build();
  const packages = await packAll(tarballs);
  await createProject(project);
  await installIn(project, packages, []);
  return project;
}
