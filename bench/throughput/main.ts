// Runs loghook, a bare loop and the original engine side by side through the five cells, in turn, and prints how fast each
// of them was and what it took. Ends with 1 when one of them lost an entry, or loghook repeated one.
// node --conditions=source bench/throughput/main.ts [--quick] [--rounds 5] [--cells 1,2] [--json FILE] [--svg FILE] [--write]
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { writeBetween } from "../between-marks.ts";
import { loghookSource, publishedLoghook } from "../published-loghook.ts";
import { type Cell, cells } from "./cells.ts";
import { toChart } from "./chart.ts";
import { contendersWith } from "./contenders.ts";
import { createLargeLog } from "./large-log.ts";
import { thisMachine } from "./machine.ts";
import type { Report } from "./report.ts";
import { type Run, runRounds } from "./rounds.ts";
import { toCircumstances, toCostTable, toSpeedTable } from "./table.ts";

const { values: options } = parseArgs({
  options: {
    /** A few hundred entries per cell, one round, contenders side by side: shows that all arrive, and nothing on time. */
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    /** Their numbers. Default: all. */
    cells: { type: "string" },
    /** An option of loghook's Node, and of nobody else's. May be repeated. */
    node: { type: "string", multiple: true, default: [] },
    /** Takes the results of an earlier run, as `--json` wrote them, and measures nothing. */
    from: { type: "string" },
    /** Writes every single result to this file. */
    json: { type: "string" },
    /** Writes the chart to this file. */
    svg: { type: "string" },
    /** Puts the tables into README.md and docs/performance.md, and the chart into docs/throughput.svg. */
    write: { type: "boolean", default: false },
  },
});
const quickEntries = 200;
const marks = { begin: "<!-- throughput:begin -->", end: "<!-- throughput:end -->" };

// Most of a quick run is the start of 45 processes.
if (options.quick) process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), "loghook-bench-compiled");
const report = options.from === undefined ? await measure() : await readReport(options.from);
const [speed, cost, circumstances] = [toSpeedTable(report), toCostTable(report), toCircumstances(report)];
const full = `${speed}\n\nloghook · bare loop · original:\n\n${cost}\n\n${circumstances}`;
process.stdout.write(`${full}\n`);
if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`);
if (options.svg !== undefined) await writeFile(options.svg, toChart(report));
if (options.write) {
  if (
    options.node.length > 0 ||
    report.isQuick ||
    report.rounds < 5 ||
    report.runs.length < report.rounds * cells.length * 3
  )
    throw new Error("--write takes all five cells in full, five rounds at least, and loghook as it is.");
  await writeFile(inWorkspace("docs/throughput.svg"), toChart(report));
  await writeBetween(inWorkspace("README.md"), marks, `${speed}\n\n${circumstances}`);
  await writeBetween(inWorkspace("docs/performance.md"), marks, full);
}
const repeating = report.runs.filter(({ contender, repeated }) => contender === "loghook" && repeated > 0);
if (repeating.length > 0) {
  tell(
    `loghook repeated entries in cell ${repeating.map(({ cell }) => cell).join(", ")}, with nothing amiss.`,
  );
  process.exitCode = 1;
}

async function measure(): Promise<Report> {
  const rounds = Number(options.rounds ?? (options.quick ? 1 : 5));
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: thisMachine(),
    entryBytes: createLargeLog(1).entryBytes,
    rounds,
    isQuick: options.quick,
    runs: await runRounds({
      cells: chosenCells(),
      contenders: contendersWith(options.quick ? loghookSource : publishedLoghook()),
      rounds,
      nodeOptions: options.node,
      atOnce: options.quick ? 3 : 1,
      onRun: (run) => tell(inWords(run)),
    }),
  };
}

function chosenCells(): Cell[] {
  const wanted = options.cells?.split(",").map(Number);
  return cells
    .filter(({ number }) => wanted?.includes(number) ?? true)
    .map((cell) => (options.quick ? { ...cell, entries: quickEntries } : cell));
}

async function readReport(file: string): Promise<Report> {
  return JSON.parse(await readFile(file, "utf8")) as Report;
}

function inWords({ round, cell, contender, entriesPerSecond, cpuMicrosPerEntry }: Run): string {
  const figures = `${Math.round(entriesPerSecond)}/s, ${Math.round(cpuMicrosPerEntry)} µs CPU per entry`;
  return `round ${round}, cell ${cell}, ${contender}: ${figures}`;
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

function inWorkspace(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}
