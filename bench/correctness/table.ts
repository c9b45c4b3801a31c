import type { Marks } from "../between-marks.ts";
import type { Comparison, Outcome } from "./measure.ts";

export const marks: Marks = {
  begin: "<!-- correctness: written by the command below, compared with it by a test -->",
  end: "<!-- /correctness -->",
};

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
