import { readFile } from "node:fs/promises";
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
