import { execFile } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { workspaceRoot } from "./harness.ts";
import { examplesOf } from "./packed/readme-examples.ts";
import { componentOf, readmeOf, readmeWithSettings } from "./settings-tables.ts";

test.for(Object.keys(componentOf))(
  "the settings of %s are what its schema says (`npx pnpm@12 run settings-tables` writes them)",
  (folder) => {
    expect(readFileSync(readmeOf(folder), "utf8")).toBe(readmeWithSettings(folder));
  },
);

const examples = globSync("packages/*", { cwd: workspaceRoot }).flatMap((path) => {
  const folder = join(workspaceRoot, path);
  const read = (file: string): string => readFileSync(join(folder, file), "utf8");
  const { name } = JSON.parse(read("package.json")) as { name: string };
  return examplesOf({ name, folder: basename(path), read }).filter(
    ({ kind, output }) => kind === "program" && output !== undefined,
  );
});

test("there are examples", () => {
  expect(examples.length).toBeGreaterThanOrEqual(10);
});

test.for(examples)("the example $name prints what the README says", async ({ code, output }) => {
  const options = ["--conditions=source", "--input-type=module-typescript", "--eval", code];
  const env = { ...process.env, NO_PROXY: "127.0.0.1", no_proxy: "127.0.0.1" };
  // Run here, where all packages can be found.
  const { stdout } = await promisify(execFile)(process.execPath, options, { cwd: import.meta.dirname, env });
  expect(stdout).toBe(output);
});
