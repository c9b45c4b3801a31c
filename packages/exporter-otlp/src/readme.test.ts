import { readFile } from "node:fs/promises";
import { startWebhook, status, testBatch } from "@loghook/testkit";
import { expect, test } from "vitest";
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
