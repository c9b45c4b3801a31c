import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { workspaceRoot } from "./harness.ts";

const kinds = ["receiver", "processor", "exporter", "storage"] as const;

/** The kinds of component that a package brings, by the factories that it exports. */
async function kindsOf(folder: string): Promise<readonly string[]> {
  const index = join(workspaceRoot, folder, "src/index.ts");
  if (!existsSync(index)) return [];
  const exported = (await import(pathToFileURL(index).href)) as Record<
    string,
    { kind?: unknown } | undefined
  >;
  const found = Object.values(exported).map((value) => value?.kind);
  return kinds.filter((kind) => found.includes(kind));
}

const folders = globSync("packages/*", { cwd: workspaceRoot });
const components = (
  await Promise.all(
    folders.map(async (folder) => (await kindsOf(folder)).map((kind) => ({ name: basename(folder), kind }))),
  )
).flat();

test.for(kinds)("the workspace has a package of the kind %s", (kind) => {
  expect(components.map((component) => component.kind)).toContain(kind);
});

test("a package that is named for a kind brings one", () => {
  const named = folders
    .map((folder) => basename(folder))
    .filter((name) => /^(receiver|processor|exporter|storage)-/.test(name));
  expect(named.filter((name) => !components.some((component) => component.name === name))).toEqual([]);
});

test.for(components)("$name is held to the contract of every $kind", ({ name, kind }) => {
  const tests = globSync(`packages/${name}/src/**/*.test.ts`, { cwd: workspaceRoot });
  const callers = tests.filter((file) =>
    new RegExp(`^\\s*${kind}Contract\\(`, "m").test(readFileSync(join(workspaceRoot, file), "utf8")),
  );
  expect(callers, `a test of packages/${name} that calls ${kind}Contract`).not.toEqual([]);
});
