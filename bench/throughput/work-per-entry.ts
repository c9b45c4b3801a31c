// Counts what loghook does for one entry, and compares that with the baseline beside this file: counts instead of times,
// because these say the same on a busy machine. Reports; ends with 1 only when --check is given and a count is beyond its
// bound. node --conditions=source bench/throughput/work-per-entry.ts [--write-baseline] [--check] [--json FILE]
import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { type Mode, measureWork, type Work } from "./work.ts";

const { values: options } = parseArgs({
  options: {
    "write-baseline": { type: "boolean", default: false },
    check: { type: "boolean", default: false },
    json: { type: "string" },
  },
});

interface Figure {
  readonly name: keyof Work;
  readonly label: string;
  readonly digits: number;
  /** By which multiple of the baseline it may grow before `--check` objects. */
  readonly mayGrow?: number;
  /** Where a multiple would not be fair: its highest value. */
  readonly atMost?: number;
}

const figures: readonly Figure[] = [
  { name: "ownCalls", label: "calls of loghook's functions", digits: 1, mayGrow: 1.25 },
  { name: "packageCalls", label: "calls in npm packages", digits: 1, mayGrow: 1.25 },
  { name: "nodeCalls", label: "calls in Node.js' JavaScript", digits: 1, mayGrow: 1.25 },
  { name: "promises", label: "promises", digits: 2, mayGrow: 1.25 },
  { name: "heapBytes", label: "bytes allocated on the heap", digits: 0, mayGrow: 1.25 },
  { name: "bufferBytes", label: "bytes allocated in buffers", digits: 0, mayGrow: 1.5 },
  { name: "sentBytes", label: "bytes sent", digits: 0, mayGrow: 1.05 },
  { name: "requests", label: "HTTP requests", digits: 3, mayGrow: 1.05 },
  { name: "commits", label: "commits of the storage", digits: 3, atMost: 0.05 },
];

type Baseline = { readonly node: string } & Readonly<Record<Mode, Work>>;

const baselineFile = new URL("work-per-entry.json", import.meta.url);

const [array, single] = await Promise.all([measureWork("array"), measureWork("single")]);
const now: Baseline = { node: process.versions.node, array, single };
const old = options["write-baseline"] ? now : await readBaseline();
const lines = (["array", "single"] as const).flatMap((mode) => compare(mode, old[mode], now[mode]));
process.stdout.write(
  `${["| Per entry | sent as | baseline | now | change |", "| --- | --- | ---: | ---: | ---: |", ...lines].join("\n")}\n`,
);
process.stdout.write(`Node.js ${old.node} then, ${now.node} now.\n`);
if (options["write-baseline"]) await writeFile(baselineFile, toJson(now));
if (options.json !== undefined) await writeFile(options.json, toJson(now));
if (options.check) {
  const excesses = (["array", "single"] as const).flatMap((mode) => beyond(mode, old[mode], now[mode]));
  for (const excess of excesses) process.stderr.write(`${excess}\n`);
  if (excesses.length > 0) process.exitCode = 1;
}

async function readBaseline(): Promise<Baseline> {
  return JSON.parse(await readFile(baselineFile, "utf8")) as Baseline;
}

function compare(mode: Mode, before: Work, after: Work): string[] {
  return figures.map(({ name, label, digits }) => {
    const [from, to] = [before[name], after[name]];
    const change =
      from === 0 ? "" : `${to < from ? "−" : "+"}${Math.abs((to / from - 1) * 100).toFixed(1)} %`;
    return `| ${label} | ${mode} | ${from.toFixed(digits)} | ${to.toFixed(digits)} | ${change} |`;
  });
}

/** Sentences on what takes more than it may. */
function beyond(mode: Mode, before: Work, after: Work): string[] {
  return figures.flatMap(({ name, label, digits, mayGrow = 1, atMost }) => {
    const bound = atMost ?? before[name] * mayGrow;
    if (after[name] <= bound) return [];
    const found = `${after[name].toFixed(digits)} ${label} per entry, sent as ${mode}`;
    return `${found}: more than ${bound.toFixed(digits)}. If that is worth it, run it with --write-baseline.`;
  });
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, roundNumber, 2)}\n`;
}

function roundNumber(_key: string, value: unknown): unknown {
  return typeof value === "number" ? Math.round(value * 10_000) / 10_000 : value;
}
