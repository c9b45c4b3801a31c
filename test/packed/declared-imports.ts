import { isBuiltin } from "node:module";
import { posix } from "node:path";
import { refuse } from "./report.ts";
import type { PackedPackage } from "./tarballs.ts";

// As the TypeScript compiler writes them: `from "x"`, `import "x"`, `import("x")`. Not `get("from") ?? "x"`.
const importPattern = /(?<!["'`\w$.])(?:from|import)\s*\(?\s*"([\w@./:+-]+)"/g;

/** What a module or a declaration file imports, as it is written there. */
export function importsOf(code: string): string[] {
  return [...new Set([...code.matchAll(importPattern)].map(([, specifier]) => specifier ?? ""))];
}

/** `@scope/name/path` → `@scope/name`; undefined for files and for what Node.js brings. */
export function packageNameOf(specifier: string): string | undefined {
  if (specifier.startsWith(".") || isBuiltin(specifier)) return undefined;
  return /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0];
}

/**
 * Holds imports against package.json: npm's flat node_modules would let a package use what another one has brought.
 *
 * @throws {Error} when a module or a declaration file imports what is not there in every installation
 */
export function checkImports(packed: PackedPackage): void {
  const { name, manifest, files } = packed;
  const declared = [name, ...Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })];
  refuse(
    files
      .filter((file) => /^(bin|dist)\/.*\.(js|d\.ts)$/.test(file))
      .flatMap((file) => importsOf(packed.read(file)).map((specifier) => ({ file, specifier })))
      .flatMap(({ file, specifier }) => {
        const imported = packageNameOf(specifier);
        if (imported && file.startsWith("bin/"))
          return [`${file} imports ${specifier}, which should be part of the bundle`];
        if (imported && !declared.includes(imported))
          return [`${file} imports ${specifier}: add ${imported} to "dependencies" of package.json`];
        if (specifier.startsWith(".") && !files.includes(importedFile(file, specifier)))
          return [`${file} imports ${specifier}, which is not in the tarball`];
        return [];
      }),
  );
}

/** In declaration files `./x.ts` and `./x.js` stand for x.d.ts. */
function importedFile(file: string, specifier: string): string {
  const path = posix.join(posix.dirname(file), specifier);
  return file.endsWith(".d.ts") ? path.replace(/\.[jt]s$/, ".d.ts") : path;
}
