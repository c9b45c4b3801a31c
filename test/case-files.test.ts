import { globSync } from "node:fs";
import { expect, test } from "vitest";
import { runLoghook, workspaceRoot } from "./harness.ts";

const caseFiles = globSync("collector-config/*.test.yaml", { cwd: workspaceRoot }).toSorted();

test("the cases beside the configs pass, with no variable set", async () => {
  const { code, stdout, stderr } = await runLoghook(["test", "collector-config"], { cwd: workspaceRoot });
  expect(stderr).toBe("");
  expect(stdout).not.toContain("✗");
  for (const file of caseFiles) expect(stdout).toContain(`${file}\n  ✓ `);
  expect(stdout).toMatch(/^\d+ cases passed\.$/m);
  expect(code).toBe(0);
});

test("there are cases for what people rely on", () => {
  expect(caseFiles).toEqual([
    "collector-config/failed-logins.test.yaml",
    "collector-config/redacted.test.yaml",
  ]);
});
