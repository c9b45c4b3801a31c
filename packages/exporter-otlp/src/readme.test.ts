import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { startWebhook, status, testBatch } from "@loghook/testkit";
import { expect, test } from "vitest";
import { z } from "zod";
import { otlpConfig } from "./config.ts";
import { createOtlpExporter } from "./exporter.ts";

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
  readonly description: string;
  readonly default?: unknown;
  readonly properties?: Record<string, Property>;
}

function settingRows(properties: Record<string, Property>, prefix = ""): string[][] {
  return Object.entries(properties).flatMap(([key, { description, default: value, properties: inner }]) => {
    if (inner) return settingRows(inner, `${prefix}${key}.`);
    const shown = typeof value === "string" ? value : JSON.stringify(value);
    return [[`\`${prefix}${key}\``, description, shown === undefined ? "none" : `\`${shown}\``]];
  });
}

test("the settings table says what the schema says", () => {
  const { properties } = z.toJSONSchema(otlpConfig, { io: "input" });
  expect(tableRows("Key")).toEqual(settingRows(properties as unknown as Record<string, Property>));
});

const answerRows = tableRows("Answer").flatMap(([answers = "", error = ""]) =>
  answers.split(", ").map((answer) => ({ answer, error: error.replaceAll("`", "") })),
);
const named = answerRows.map(({ answer }) => Number(answer)).filter(Boolean);

test("the table of answers has rows", () => {
  expect(answerRows.length).toBeGreaterThan(10);
});

test.for(answerRows)("an answer of $answer ends in $error", async ({ answer, error }) => {
  await using server = await startWebhook();
  await using exporter = createOtlpExporter(otlpConfig.parse({ endpoint: server.url }), { env: {} });
  const wholeClass = Array.from({ length: 100 }, (_, index) => Number(answer.replace("xx", "00")) + index);
  const codes = answer.endsWith("xx") ? wholeClass.filter((code) => !named.includes(code)) : [Number(answer)];
  for (const code of codes) {
    server.answer = status(code);
    const found = await exporter.export(testBatch(2), { signal: new AbortController().signal }).then(
      () => "none",
      ({ name }) => name,
    );
    expect(found, String(code)).toBe(error);
  }
});

test("the program in the README prints what the README says", async () => {
  const [, program = "", output] = /```ts\n(.*?)```.*?```text\n(.*?)```/s.exec(readme) ?? [];
  const options = ["--conditions=source", "--input-type=module-typescript", "--eval", program];
  const env = { ...process.env, NO_PROXY: "127.0.0.1", no_proxy: "127.0.0.1" };
  const { stdout } = await promisify(execFile)(process.execPath, options, { cwd: packageFolder, env });
  expect(stdout).toBe(output);
});
