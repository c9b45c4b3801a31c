import { isDeepStrictEqual } from "node:util";
import { refuse } from "./report.ts";
import type { PackedPackage } from "./tarballs.ts";

/** @throws {Error} when the tarball lacks what a published package has, or holds what nobody else needs */
export function checkContents(packed: PackedPackage): void {
  refuse([...manifestProblems(packed), ...missingFiles(packed), ...needlessFiles(packed)]);
}

function manifestProblems({ folder, manifest }: PackedPackage): string[] {
  const expected = {
    license: "MIT",
    type: "module",
    engines: { node: ">=24" },
    repository: {
      type: "git",
      url: "git+https://github.com/loghook/loghook.git",
      directory: `packages/${folder}`,
    },
    publishConfig: { access: "public", provenance: true },
    // Without "source": the sources are not there.
    exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } },
  };
  const different = Object.entries(expected)
    .filter(([key, value]) => !isDeepStrictEqual(manifest[key], value))
    .map(
      ([key, value]) =>
        `package.json: ${key} is ${JSON.stringify(manifest[key])}; it should be ${JSON.stringify(value)}`,
    );
  const missing = ["description", "keywords", "sideEffects"]
    .filter((key) => manifest[key] === undefined)
    .map((key) => `package.json: ${key} is missing`);
  const unresolved = [...JSON.stringify(manifest).matchAll(/"([^"]+)":"((?:workspace|catalog):[^"]*)"/g)].map(
    ([, name, range]) => `package.json: ${name} is still ${range}; only pnpm can install that`,
  );
  return [...different, ...missing, ...unresolved];
}

function missingFiles({ manifest, files }: PackedPackage): string[] {
  const ofBundle = manifest.bin ? ["bin/main.js", "bin/main.js.map", "bin/THIRD-PARTY-NOTICES.txt"] : [];
  return ["README.md", "LICENSE", "dist/index.js", "dist/index.d.ts", ...ofBundle]
    .filter((file) => !files.includes(file))
    .map((file) => `${file} is not in the tarball`);
}

/**
 * Sources, and the maps that lead to them, stay out: the JavaScript is the source without its types, line by line.
 */
function needlessFiles({ files }: PackedPackage): string[] {
  return files
    .filter((file) => /^src\/|^dist\/.*(\.test[.-]|\.tsbuildinfo$|\.map$)/.test(file))
    .map((file) => `${file} does not belong in the tarball; "files" of package.json leaves out with "!"`);
}
