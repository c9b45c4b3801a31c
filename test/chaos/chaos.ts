// The oracle harness at length: `pnpm chaos`.
import { parseArgs } from "node:util";
import { runSeeds, totals } from "./run-seeds.ts";
import { told } from "./seed-report.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "500" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
    jobs: { type: "string", default: "3" },
  },
});

const print = (line: string): boolean => process.stdout.write(`${line}\n`);

const first = Number(values.seed ?? values.from);
const seeds = Array.from({ length: values.seed ? 1 : Number(values.seeds) }, (_, index) => first + index);
const startedAt = performance.now();
let done = 0;
const elapsedSeconds = (): number => Math.round((performance.now() - startedAt) / 1000);

const results = await runSeeds(seeds, {
  jobs: Number(values.jobs),
  onResult(result) {
    done += 1;
    const findings = told(result);
    if (findings) print(findings);
    if (findings && values.seed) print(result.report);
    if (done % 25 === 0) print(`${done} of ${seeds.length} seeds, ${elapsedSeconds()} s`);
  },
});

const failed = results.filter(({ findings }) => findings.length > 0);
const all = failed.flatMap(({ findings }) => findings);
const beginning = (word: string): number => all.filter((finding) => finding.startsWith(word)).length;

print("");
print(`seeds      ${results.length}, from ${seeds[0]} on, in ${elapsedSeconds()} s`);
print(`kills      ${totals(results).get("ended by SIGKILL") ?? 0}`);
for (const [kind, count] of [...totals(results)].sort(([one], [other]) => (one < other ? -1 : 1))) {
  print(`  ${kind.padEnd(28)} ${count}`);
}
print(`lost       ${beginning("LOST")}`);
print(`corrupted  ${beginning("CORRUPTED")}`);
print(`other      ${all.length - beginning("LOST") - beginning("CORRUPTED")}`);
print(failed.length === 0 ? "No seed failed." : `Failed: ${failed.map(({ seed }) => seed).join(", ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;
