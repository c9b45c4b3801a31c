import { execFileSync } from "node:child_process";
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";

const module = new URL("compile-cache.ts", import.meta.url).href;
const program = `import { keepCompiledCode } from ${JSON.stringify(module)};
  keepCompiledCode(process.env);
  await import("node:module").then(({ getCompileCacheDir }) => console.log(getCompileCacheDir() ?? "none"));`;

/** Where a process in this environment, under a home of its own, keeps what it compiles. */
function cacheOf(env: Record<string, string>, home: string): string {
  const args = ["--input-type=module", "--eval", program];
  return execFileSync(process.execPath, args, { env: { HOME: home, LOCALAPPDATA: home, ...env } })
    .toString()
    .trim();
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "loghook-cache-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test("compiled code is kept in the user's own folder, never in the temporary one", () => {
  const home = temporaryFolder();
  expect(cacheOf({}, home).startsWith(join(home, ...(process.platform === "win32" ? [] : [".cache"])))).toBe(
    true,
  );
});

test.skipIf(process.platform === "win32").for<[string, (folder: string) => Record<string, string>, RegExp]>([
  ["another folder of the user", (folder) => ({ XDG_CACHE_HOME: folder }), /loghook.compiled/],
  ["a folder that is not there", (folder) => ({ XDG_CACHE_HOME: join(folder, "no") }), /^none$/],
  ["Node.js told to keep nothing", () => ({ NODE_DISABLE_COMPILE_CACHE: "1" }), /^none$/],
])("with %s", ([, env, expected]) => {
  const folder = temporaryFolder();
  expect(cacheOf(env(folder), folder)).toMatch(expected);
});

test.skipIf(process.getuid?.() !== 0)("nothing is kept in the home of somebody else", () => {
  const home = temporaryFolder();
  chownSync(home, 65_534, 65_534);
  expect(cacheOf({}, home)).toBe("none");
});
