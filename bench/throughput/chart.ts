import type { Cell } from "./cells.ts";
import { batchSize, type Contender } from "./contenders.ts";
import { type CellSummary, entriesPerSecond, type Report, type Spread, summarise } from "./report.ts";

const width = 820;
const padding = 30;
const headHeight = 92;
const rowHeight = 22;
const groupGap = 26;
const footHeight = 30;
const barHeight = 15;
const barsLeft = 334;
const barsWidth = 250;

const bars: readonly { readonly name: Contender["name"]; readonly label: string }[] = [
  { name: "loghook", label: "loghook" },
  { name: "bare", label: "bare loop" },
  { name: "original", label: "original" },
];

const groupHeight = rowHeight * bars.length + groupGap;

/** With a background of its own, so that it can be read on any page; in the colours that the reader's system prefers. */
const style = `
.card{fill:#fff;stroke:#d8dee6}.rule{stroke:#e8ecf1}
text{font:13px system-ui,-apple-system,"Segoe UI",Roboto,Helvetica,Arial,sans-serif;fill:#1d2733}
.title{font-size:19px;font-weight:650}.strong{font-weight:650}.soft{fill:#5b6877}.small{font-size:12px}
.end{text-anchor:end}.num{font-variant-numeric:tabular-nums}
.loghook{fill:#2f6fed}.bare{fill:#93a1b3}.original{fill:#c9d1db}.whisker{stroke:#1d2733;stroke-opacity:.55;fill:none}
@media(prefers-color-scheme:dark){.card{fill:#10161e;stroke:#2b3541}.rule{stroke:#222c37}text{fill:#e8edf3}.soft{fill:#98a5b4}
.loghook{fill:#5b94ff}.bare{fill:#738295}.original{fill:#46525f}.whisker{stroke:#e8edf3}}`;

/** Entries per second as bars: one group per cell, each with a scale of its own. An SVG document. */
export function toChart(report: Report): string {
  const summaries = summarise(report);
  const height = headHeight + summaries.length * groupHeight + footHeight;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title desc">`,
    '<title id="title">Entries per second: loghook, a bare loop, and the original extension</title>',
    `<desc id="desc">${escaped(summaries.map(inWords).join(" "))}</desc>`,
    `<style>${style}</style>`,
    `<rect class="card" x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="12"/>`,
    text({ x: padding, y: 42, of: "title" }, "Entries per second while catching up"),
    text({ x: padding, y: 64, of: "soft" }, subtitle(report)),
    ...summaries.map((summary, index) => group(summary, headHeight + index * groupHeight)),
    text({ x: padding, y: height - 18, of: "soft small" }, circumstances(report)),
    "</svg>\n",
  ].join("\n");
}

function group(summary: CellSummary, top: number): string {
  const spreads = bars.map(({ name }) => summary.of(name, entriesPerSecond));
  const scale = barsWidth / Math.max(...spreads.map(({ most }) => most));
  const [first, second] = headings(summary.cell);
  const { ofOriginal } = ratios(summary);
  const line = (row: number): number => top + groupGap / 2 + row * rowHeight + 12;
  return [
    `<path class="rule" d="M${padding} ${top}H${width - padding}"/>`,
    text({ x: padding, y: line(0), of: "strong" }, first),
    text({ x: padding, y: line(1), of: "soft" }, second),
    ...bars.map((bar, row) =>
      oneBar({ ...bar, top: top + groupGap / 2 + row * rowHeight, scale, spread: spreads[row] as Spread }),
    ),
    text({ x: width - padding, y: line(0), of: "end num strong" }, `${ratios(summary).ofBare} × bare loop`),
    text({ x: width - padding, y: line(1), of: "end num strong" }, `${ofOriginal} × original`),
  ].join("\n");
}

interface Bar {
  readonly name: string;
  readonly label: string;
  readonly top: number;
  readonly scale: number;
  readonly spread: Spread;
}

/** The whisker goes from the least to the most of the rounds. */
function oneBar({ name, label, top, scale, spread: { least, median, most } }: Bar): string {
  const at = (value: number): number => Math.round((barsLeft + value * scale) * 10) / 10;
  const middle = top + barHeight / 2;
  const emphasis = name === "loghook" ? "strong" : "soft";
  return [
    text({ x: barsLeft - 10, y: top + 12, of: `end ${emphasis}` }, label),
    `<rect class="${name}" x="${barsLeft}" y="${top}" width="${Math.round(median * scale * 10) / 10}" height="${barHeight}" rx="2"/>`,
    most > least
      ? `<path class="whisker" d="M${at(least)} ${middle}H${at(most)}M${at(least)} ${middle - 3}v6M${at(most)} ${middle - 3}v6"/>`
      : "",
    text({ x: at(most) + 8, y: top + 12, of: `num ${emphasis}` }, thousands(median)),
  ].join("");
}

interface Place {
  readonly x: number;
  readonly y: number;
  /** Classes. */
  readonly of: string;
}

const text = ({ x, y, of }: Place, words: string): string =>
  `<text class="${of}" x="${x}" y="${y}">${escaped(words)}</text>`;

function headings({ tenantMs, webhookMs, sendAsBatch, concurrency }: Cell): [string, string] {
  const far = tenantMs + webhookMs > 0;
  return [
    sendAsBatch ? `Arrays of ${batchSize}, ${concurrency} at once` : `One by one, ${concurrency} at once`,
    far ? `API ${tenantMs} ms, webhook ${webhookMs} ms away` : "API and webhook next door",
  ];
}

function ratios({ ratio }: CellSummary): { ofBare: string; ofOriginal: string } {
  return {
    ofBare: ratio("bare", entriesPerSecond).median.toFixed(2),
    ofOriginal: ratio("original", entriesPerSecond).median.toFixed(1),
  };
}

function inWords(summary: CellSummary): string {
  const [first, second] = headings(summary.cell);
  const figures = bars.map(
    ({ name, label }) => `${label} ${thousands(summary.of(name, entriesPerSecond).median)}`,
  );
  return `${first}, ${second}: ${figures.join(", ")} entries per second.`;
}

function subtitle({ rounds }: Report): string {
  const how = rounds === 1 ? "One round" : `Medians of ${rounds} rounds; whiskers from the least to the most`;
  return `${how}. Longer is better; each group has a scale of its own.`;
}

function circumstances({ machine: { cpu, cores, node }, entryBytes, date }: Report): string {
  return `Entries of ${(entryBytes / 1000).toFixed(1)} KB; ${cpu}, ${cores} cores; Node.js ${node}; ${date}`;
}

const thousands = (value: number): string => Math.round(value).toLocaleString("en-US");

const escaped = (words: string): string =>
  words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
