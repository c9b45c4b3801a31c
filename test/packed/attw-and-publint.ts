import { readFile } from "node:fs/promises";
import { checkPackage, type ResolutionKind } from "@arethetypeswrong/core";
import { filterProblems, problemKindInfo } from "@arethetypeswrong/core/problems";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { refuse } from "./report.ts";
import type { PackedPackage } from "./tarballs.ts";

/**
 * What attw's own profile `esm-only` looks at. Left out are `node10`, the resolution of a Node.js that does not know
 * "exports", and `node16-cjs`, whose only finding is that there is no CommonJS: the packages are ES modules, for
 * Node.js 24 and newer.
 */
const resolutions: readonly ResolutionKind[] = ["node16-esm", "bundler"];

/** @throws {Error} when attw finds that somebody who imports the package gets other types than there are */
export async function checkWithAttw({ contents }: PackedPackage): Promise<void> {
  const result = await checkPackage(contents);
  if (!result.types) throw new Error("attw: the tarball has no types");
  const problems = resolutions.flatMap((resolutionKind) => filterProblems(result, { resolutionKind }));
  refuse(
    [...new Set(problems.map(({ kind }) => problemKindInfo[kind]))].map(
      ({ title, description, docsUrl }) => `attw: ${title}. ${description} ${docsUrl}`,
    ),
  );
}

/** @throws {Error} with everything that `publint --strict` has to say, suggestions too */
export async function checkWithPublint({ tarball }: PackedPackage): Promise<void> {
  const { buffer } = new Uint8Array(await readFile(tarball));
  const { messages, pkg } = await publint({ pack: { tarball: buffer }, strict: true });
  refuse(messages.map((message) => `publint: ${formatMessage(message, pkg, { color: false })}`));
}
