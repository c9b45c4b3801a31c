import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { z } from "zod";
import { otelConfig } from "./config.ts";

const packageFolder = new URL("..", import.meta.url);
const readme = await readFile(new URL("README.md", packageFolder), "utf8");

/** The cells of the table whose first heading this is, row by row, without the headings. */
function tableRows(firstHeading: string): string[][] {
  const rows = readme.split("\n").map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()));
  const start = rows.findIndex(([, cell]) => cell === firstHeading);
  const end = rows.findIndex((cells, index) => index > start && cells.length === 1);
  return rows.slice(start + 2, end).map((cells) => cells.slice(1, -1));
}

interface Property {
  readonly description: string;
  readonly default?: unknown;
}

test("the settings table says what the schema says", () => {
  const { properties, required = [] } = z.toJSONSchema(otelConfig, { io: "input" });
  const rows = Object.entries(properties as unknown as Record<string, Property>).map(
    ([key, { description, default: value }]) => {
      const shown = typeof value === "string" ? value : JSON.stringify(value);
      const isRequired = required.includes(key) && value === undefined;
      return [
        `\`${key}\``,
        description,
        shown === undefined ? (isRequired ? "required" : "none") : `\`${shown}\``,
      ];
    },
  );
  expect(tableRows("Key")).toEqual(rows);
});

test("the program in the README prints what the README says", async () => {
  const [, program = "", output] = /```ts\n(.*?)```.*?```text\n(.*?)```/s.exec(readme) ?? [];
  const options = ["--conditions=source", "--input-type=module-typescript", "--eval", program];
  const { stdout } = await promisify(execFile)(process.execPath, options, { cwd: packageFolder });
  expect(stdout).toBe(output);
});
