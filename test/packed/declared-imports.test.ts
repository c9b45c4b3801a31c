import { expect, test } from "vitest";
import { checkImports, importsOf, packageNameOf } from "./declared-imports.ts";
import { packedPackage } from "./packed-package.test-kit.ts";

test("finds what a module imports in every form, and nothing in texts", () => {
  const code = `
    import { a } from "a/path";
    import "b";
    import type { C } from "@c/c";
    export * from "./d.js";
    const e = await import("node:e");
    type F = import("f").F;
    url.searchParams.get("from") ?? "nothing";
    throw new Error(\`cannot be taken from "\${name}"\`);
  `;
  expect(importsOf(code)).toEqual(["a/path", "b", "@c/c", "./d.js", "node:e", "f"]);
});

test.for([
  { specifier: "undici", name: "undici" },
  { specifier: "undici/types", name: "undici" },
  { specifier: "@loghook/pipeline", name: "@loghook/pipeline" },
  { specifier: "@opentelemetry/api/experimental", name: "@opentelemetry/api" },
  { specifier: "node:fs", name: undefined },
  { specifier: "fs", name: undefined },
  { specifier: "./fs.js", name: undefined },
])("$specifier is of the package $name", ({ specifier, name }) => {
  expect(packageNameOf(specifier)).toBe(name);
});

test.for([
  { file: "dist/index.js", code: 'import "undici"', problem: /add undici to "dependencies"/ },
  { file: "dist/index.d.ts", code: 'import type { Pool } from "undici"', problem: /add undici/ },
  { file: "dist/index.js", code: 'import "./gone.js"', problem: /gone.js, which is not in the tarball/ },
  { file: "dist/index.d.ts", code: 'export * from "./gone.ts"', problem: /gone.ts, which is not/ },
])("$file with $code is refused", ({ file, code, problem }) => {
  expect(() => checkImports(packedPackage({ files: { [file]: code } }))).toThrow(problem);
});

test("what is declared, or lies in the tarball, can be imported", () => {
  const packed = packedPackage({
    manifest: { dependencies: { zod: "^4.0.0" }, peerDependencies: { vitest: "^5.0.0" } },
    files: {
      "dist/index.js": 'import "zod"; import "vitest/node"; import "./a.js"; import "node:fs";',
      "dist/index.d.ts": 'export * from "./a.ts"; import "@loghook/made-up";',
      "dist/a.js": "",
      "dist/a.d.ts": "",
    },
  });
  expect(() => checkImports(packed)).not.toThrow();
});
