import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import * as published from "./index.ts";

const packageFolder = new URL("..", import.meta.url);
const readme = await readFile(new URL("README.md", packageFolder), "utf8");

test("the table of what there is has every name, and no other", () => {
  const [, table = ""] = /\| Name .*?\n(.*?)\n\n/s.exec(readme) ?? [];
  const rows = table.split("\n").slice(1);
  const names = rows.flatMap((row) =>
    [...(row.split("|")[1] ?? "").matchAll(/`(\w+)`/g)].map(([, name]) => name),
  );
  expect(names.toSorted()).toEqual(Object.keys(published).toSorted());
});

test("the program in the README prints what the README says", async () => {
  const [, program = "", output] = /```ts\n(.*?)```.*?```text\n(.*?)```/s.exec(readme) ?? [];
  const options = ["--conditions=source", "--input-type=module-typescript", "--eval", program];
  const env = { ...process.env, NO_PROXY: "127.0.0.1", no_proxy: "127.0.0.1" };
  const { stdout } = await promisify(execFile)(process.execPath, options, { cwd: packageFolder, env });
  expect(stdout).toBe(output);
});
