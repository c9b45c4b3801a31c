import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { z } from "zod";
import { auth0Config } from "./config.ts";

const packageFolder = new URL("..", import.meta.url);
const readme = await readFile(new URL("README.md", packageFolder), "utf8");

/** The cells of the table whose first heading this is, row by row, without the headings. */
function tableRows(firstHeading: string): string[][] {
  const rows = readme.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
  const start = rows.findIndex(([, cell]) => cell === firstHeading);
  const end = rows.findIndex((cells, index) => index > start && cells.length === 1);
  return rows.slice(start + 2, end).map((cells) => cells.slice(1, -1));
}

interface Property {
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Record<string, Property>;
}

function settingRows(properties: Record<string, Property>, required: readonly string[]): unknown[][] {
  return Object.entries(properties).flatMap(([key, { description, default: value, properties: inner }]) => {
    if (inner)
      return settingRows(inner, []).map(([name, ...cells]) => [
        `\`${key}.${String(name).slice(1)}`,
        ...cells,
      ]);
    const shown = value === undefined ? (required.includes(key) ? "required" : "") : `\`${value}\``;
    return [[`\`${key}\``, description, shown]];
  });
}

test("the settings table says what the schema says", () => {
  const { properties, required = [] } = z.toJSONSchema(auth0Config, { io: "input" });
  expect(tableRows("Setting")).toEqual(settingRows(properties as Record<string, Property>, required));
});

test("the program in the README prints what the README says", async () => {
  const [, program = "", output] = /```ts\n(.*?)```.*?```text\n(.*?)```/s.exec(readme) ?? [];
  const options = ["--conditions=source", "--input-type=module-typescript", "--eval", program];
  const env = { ...process.env, NO_PROXY: "127.0.0.1", no_proxy: "127.0.0.1" };
  const { stdout } = await promisify(execFile)(process.execPath, options, { cwd: packageFolder, env });
  expect(stdout).toBe(output);
});
