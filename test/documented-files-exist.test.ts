import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { workspaceRoot } from "./harness.ts";

const sources = new Set(
  globSync(["packages/*/src/**/*.ts", "test/**/*.ts"], { cwd: workspaceRoot }).map((path) =>
    path.split(/[\\/]/).at(-1),
  ),
);

test.for(["ARCHITECTURE.md", "CONTRIBUTING.md", "README.md", "SECURITY.md"])(
  "%s names only files that are there",
  (document) => {
    const text = readFileSync(join(workspaceRoot, document), "utf8");
    const names = [...text.matchAll(/`(\w[\w./-]*\.(?:ts|yaml|md))`/g)].map(([, name]) => name ?? "");
    const missing = names.filter((name) =>
      name.includes("/")
        ? !existsSync(join(workspaceRoot, name))
        : !sources.has(name) && !existsSync(join(workspaceRoot, name)),
    );
    expect(missing).toEqual([]);
  },
);
