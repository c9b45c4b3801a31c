import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pipeline from "@loghook/pipeline";
import { expect, test } from "vitest";
import { workspaceRoot } from "./harness.ts";

type ErrorClass = new (message: string, options: { records: [] }) => pipeline.LoghookError;

test("docs/errors.md has every code that there is, and no other", () => {
  const classes = Object.entries(pipeline).filter(
    ([name, value]) =>
      name.endsWith("Error") && value !== pipeline.LoghookError && value !== pipeline.InvalidConfigError,
  );
  const codes = classes.map(([, value]) => new (value as unknown as ErrorClass)("", { records: [] }).code);
  const documented = readFileSync(join(workspaceRoot, "docs/errors.md"), "utf8").matchAll(/^## (\w+)$/gm);
  expect([...documented].map(([, code]) => code).toSorted()).toEqual([...codes, "INTERNAL"].toSorted());
});
