import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tenantSetup } from "./tenant-options.ts";

const folder = import.meta.dirname;
const readme = await readFile(join(folder, "../README.md"), "utf8");

test("the README's example is the one that is run as a test", async () => {
  expect(readme).toContain(await readFile(join(folder, "example.test.ts"), "utf8"));
});

test("the README's table lists every option", () => {
  const listed = [...readme.matchAll(/^\| `(\w+)` +\|/gm)].map(([, name]) => name);
  expect(listed.toSorted()).toEqual(Object.keys(tenantSetup({})).toSorted());
});
