import type { Cell } from "./cells.ts";
import { batchSize, type Contender } from "./contenders.ts";
import { type CellSummary, entriesPerSecond, type Report, type Spread, summarise } from "./report.ts";
import type { Run } from "./rounds.ts";

const order: readonly Contender["name"][] = ["loghook", "bare", "original"];

/** How fast, how that compares, and whether it is what was aimed at. */
export function toSpeedTable(report: Report): string {
  return toMarkdown(
    [
      "Cell",
      "API / webhook",
      "Sent as",
      "loghook",
      "bare loop",
      "original",
      "÷ bare loop",
      "÷ original",
      "Aim",
    ],
    summarise(report).map((summary) => [
      ...describe(summary.cell),
      ...order.map((name) => `${thousands(summary.of(name, entriesPerSecond).median)}/s`),
      withSpread(summary.ratio("bare", entriesPerSecond), 3),
      withSpread(summary.ratio("original", entriesPerSecond), 2),
      aim(summary),
    ]),
  );
}

/** What it takes: three figures in a column are loghook, bare loop, original. */
export function toCostTable(report: Report): string {
  const three = (text: (name: Contender["name"]) => string): string => order.map(text).join(" · ");
  return toMarkdown(
    [
      "Cell",
      "CPU per entry, µs",
      "loghook ÷ bare loop",
      "Context switches per entry",
      "Peak RSS, MB",
      "Repeated",
    ],
    summarise(report).map(({ cell, of, ratio }) => [
      String(cell.number),
      three((name) => short(of(name, cpuMicrosPerEntry).median)),
      withSpread(ratio("bare", cpuMicrosPerEntry), 2),
      three((name) => of(name, (run) => run.contextSwitchesPerEntry).median.toFixed(2)),
      three((name) => short(of(name, (run) => run.peakRssMb).most)),
      three((name) => String(of(name, (run) => run.repeated).most)),
    ]),
  );
}

/** Where, when and how the figures came about, in a sentence or two. */
export function toCircumstances({ date, machine, entryBytes, rounds, isQuick }: Report): string {
  const { cpu, cores, memoryGb, node, system } = machine;
  const how = rounds === 1 ? "One round" : `Medians of ${rounds} rounds (least–most)`;
  const warning = isQuick ? " A quick run: it shows that everything arrives, and nothing about speed." : "";
  return (
    `${how}; ratios are of the same round. Entries of ${(entryBytes / 1000).toFixed(1)} KB, everything on one machine: ` +
    `${cpu}, ${cores} cores, ${memoryGb} GB, Node.js ${node}, ${system}; ${date}.${warning}`
  );
}

/** `["3", "50 / 20 ms", "arrays of 100, 5 at once"]` */
function describe({ number, tenantMs, webhookMs, sendAsBatch, concurrency }: Cell): string[] {
  const sent = sendAsBatch ? `arrays of ${batchSize}` : "single";
  return [String(number), `${tenantMs} / ${webhookMs} ms`, `${sent}, ${concurrency} at once`];
}

/** Whether the medians of the ratios are what the cell asks for. */
function aim({ cell: { atLeast }, ratio }: CellSummary): string {
  const told = (other: "bare" | "original", least: number): string =>
    `≥ ${least} ${ratio(other, entriesPerSecond).median >= least ? "reached" : "**missed**"}`;
  const ofOriginal = atLeast.ofOriginal === undefined ? [] : [told("original", atLeast.ofOriginal)];
  return [told("bare", atLeast.ofBare), ...ofOriginal].join(", ");
}

const cpuMicrosPerEntry = (run: Run): number => run.cpuMicrosPerEntry;

function withSpread({ median, least, most }: Spread, digits: number): string {
  return `**${median.toFixed(digits)}** (${least.toFixed(digits)}–${most.toFixed(digits)})`;
}

/** Three digits are enough. */
const short = (value: number): string => (value < 10 ? value.toFixed(1) : thousands(value));

const thousands = (value: number): string => Math.round(value).toLocaleString("en-US");

function toMarkdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (columns: readonly string[]): string => `| ${columns.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
