import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const packageFolder = new URL("..", import.meta.url);
const readme = await readFile(new URL("README.md", packageFolder), "utf8");

test("the program about the bridges in the README prints what the README says", async () => {
  const [, program = "", output] = /## Bridges.*?```ts\n(.*?)```.*?```text\n(.*?)```/s.exec(readme) ?? [];
  const options = ["--conditions=source", "--input-type=module-typescript", "--eval", program];
  const { stdout } = await promisify(execFile)(process.execPath, options, { cwd: packageFolder });
  expect(stdout).toBe(output);
});
