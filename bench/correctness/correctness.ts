// Runs Auth0's retired extension and loghook through the same troubles, and prints what each of them lost, repeated and
// delivered late. Run with: node --conditions=source bench/correctness/correctness.ts [--quick] [--json FILE] [--write]
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { writeBetween } from "../between-marks.ts";
import { type Comparison, compare } from "./measure.ts";
import { scenarios } from "./scenarios.ts";
import { marks, toTable } from "./table.ts";
import type { Size } from "./world.ts";

const { values: options } = parseArgs({
  options: {
    /** A few dozen entries in place of 1,000. */
    quick: { type: "boolean", default: false },
    /** Also writes the figures to this file. */
    json: { type: "string" },
    /** Puts the table of the quick run into the documentation, which a test then compares with it. */
    write: { type: "boolean", default: false },
    /** Only scenarios with this in their names. */
    only: { type: "string", default: "" },
  },
});

const size: Size =
  options.quick || options.write ? { entries: 40, batch: 10 } : { entries: 1000, batch: 100 };
const chosen = scenarios.filter(({ name }) => name.includes(options.only));
const comparisons = await sideBySide(chosen.map((scenario) => () => compare(scenario, size)));
const table = toTable(comparisons);
process.stdout.write(`${table}\n`);
if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(comparisons, null, 2)}\n`);
if (options.write) {
  await writeBetween(
    fileURLToPath(new URL("../../docs/delivery-guarantee.md", import.meta.url)),
    marks,
    table,
  );
}

/** Processes spend their time on starting: a few at once, in order of the list. */
async function sideBySide(jobs: readonly (() => Promise<Comparison>)[]): Promise<Comparison[]> {
  const results: Comparison[] = [];
  const left = jobs.entries();
  const worker = async (): Promise<void> => {
    for (const [index, job] of left) results[index] = await job();
  };
  await Promise.all([worker(), worker(), worker()]);
  return results;
}
