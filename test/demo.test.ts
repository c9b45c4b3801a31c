import { expect, test } from "vitest";
import { runLoghook, temporaryFolder } from "./harness.ts";

test("the demo goes the whole way, shows what it did, and leaves nothing behind", async () => {
  await using folder = await temporaryFolder();
  const { code, stdout, stderr } = await runLoghook(["demo", "--entries", "500"], {
    cwd: folder.path,
    env: { TMPDIR: folder.path },
  });
  expect(code).toBe(0);
  expect(stderr).toBe("");
  const number = (label: string): number =>
    Number(new RegExp(`^${label} +([\\d,]+)`, "m").exec(stdout)?.[1]?.replace(",", ""));
  expect(number("Read")).toBe(500);
  expect(number("Kept")).toBeGreaterThan(0);
  expect(number("Delivered")).toBe(number("Kept"));
  expect(number("Received")).toBe(number("Kept"));
  expect(stdout).toMatch(/^webhook-id: msg_\S+$/m);
  expect(stdout).toMatch(/^webhook-signature: v1,\S+$/m);
  expect(stdout).toMatch(/^Checkpoint: 900\d{53}$/m);
  const { readdir } = await import("node:fs/promises");
  expect(await readdir(folder.path)).toEqual([]);
});

test("a proxy in the environment does not come between the demo's parts", async () => {
  await using folder = await temporaryFolder();
  const env = { HTTP_PROXY: "http://127.0.0.1:9", HTTPS_PROXY: "http://127.0.0.1:9" };
  expect((await runLoghook(["demo", "--entries", "10"], { cwd: folder.path, env })).code).toBe(0);
});
