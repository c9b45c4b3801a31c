import { readFile, writeFile } from "node:fs/promises";
import type { Comparison, Outcome } from "./measure.ts";

const begin = "<!-- correctness: written by the command below, compared with it by a test -->";
const end = "<!-- /correctness -->";

/** One line per scenario, original and loghook side by side. */
export function toTable(comparisons: readonly Comparison[]): string {
  const lines = comparisons.map(({ scenario, original, loghook }) => {
    const cells = [scenario, original.entries, ...cellsOf(original), ...cellsOf(loghook), loghook.keptAside];
    return `| ${cells.join(" | ")} |`;
  });
  return [
    "| What happens | Entries | Original: lost | repeated | late | loghook: lost | repeated | late | kept aside |",
    `| --- |${" ---: |".repeat(8)}`,
    ...lines,
  ].join("\n");
}

function cellsOf({ lost, repeated, late, lateByRuns }: Outcome): (string | number)[] {
  const runs = lateByRuns === 1 ? "1 run" : `${lateByRuns} runs`;
  return [lost, repeated, late === 0 ? 0 : `${late} (by ${runs})`];
}

/** Puts the table between the marks of a document. */
export async function writeTable(file: string, table: string): Promise<void> {
  const text = await readFile(file, "utf8");
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${file} has no place for the table: ${begin} … ${end}`);
  await writeFile(file, `${text.slice(0, from)}${begin}\n\n${table}\n\n${text.slice(to)}`);
}
