import type { AuditedEntry, AuditKind, AuditReport, LaneAudit } from "@loghook/pipeline";
import type { Io } from "./io.ts";
import { type Column, layOutTable } from "./table.ts";
import { type Paint, painter, printable } from "./terminal-text.ts";
import { count, entries } from "./wording.ts";

export interface AuditTextOptions {
  readonly io: Pick<Io, "stdout" | "env">;
  /** The config file. */
  readonly file: string;
}

/** The report for people: per lane what became of its entries, a verdict in one sentence, and what to do. */
export function describeAudit(report: AuditReport, { io, file }: AuditTextOptions): string {
  const paint = painter(io.stdout, io.env);
  const head = `Audit of ${printable(file)}, made ${moment(report.at)}`;
  const lanes = report.lanes.map((lane) => describeLane(lane, paint, io.stdout.columns));
  const legend = "Each entry was read from its source again and looked up in the ledger of what was settled.";
  return `${[paint("bold", head), legend, ...lanes].join("\n")}\n`;
}

function describeLane(lane: LaneAudit, paint: Paint, width: number | undefined): string {
  const verdict = paint(lane.verdict === "complete" ? "green" : ["red", "bold"], verdictOf(lane));
  const known = lane.ledgerBegin
    ? `the ledger of this lane begins ${moment(lane.ledgerBegin.time)}`
    : "there is no ledger of this lane";
  return [
    "",
    paint("bold", printable(lane.lane)),
    `  ${moment(lane.from)} to ${moment(lane.to)}; ${known}`,
    ...countLines(lane),
    `  ${verdict}`,
    ...whatToDo(lane).map((line) => `  ${line}`),
    ...missingLines(lane, width),
  ].join("\n");
}

/** What stands behind the number of each kind. */
const wordsOf: Record<Exclude<AuditKind, "filtered">, string> = {
  delivered: "delivered",
  parked: "parked: the destination refused them, and they are kept with the reason (loghook parked)",
  taken_up: "were parked, and have been sent again or discarded by hand since",
  dropped: "dropped: the destination refused them, and the config gives such entries up",
  waiting: "waiting: not settled yet, or delivered ahead of one that is not",
  not_covered: "not covered: passed before the ledger began",
  missing: "missing: passed, and not settled as far as the ledger knows",
};

const order = Object.keys(wordsOf) as (keyof typeof wordsOf)[];

function countLines({ counts, filteredBy, entries: total }: LaneAudit): string[] {
  const rows = order
    .filter((kind) => counts[kind] > 0 || kind === "delivered" || kind === "missing")
    .map((kind): [number, string] => [counts[kind], wordsOf[kind]]);
  const filtered = filteredBy.map((rule): [number, string] => [
    rule.count,
    `left out by ${printable(rule.processor)}: ${printable(rule.rule)}`,
  ]);
  const [delivered, ...others] = rows;
  const all: [number, string][] = [
    [total, "entries of this time in the source"],
    ...(delivered ? [delivered] : []),
    ...filtered,
    ...others,
  ];
  const digits = Math.max(...all.map(([number]) => count(number).length));
  return all.map(([number, words]) => `  ${count(number).padStart(digits)}  ${words}`);
}

function verdictOf({ verdict, counts, entries: total, error }: LaneAudit): string {
  const settled = total - counts.waiting - counts.not_covered - counts.missing;
  if (verdict === "missing") {
    return `${entries(counts.missing)} ${counts.missing === 1 ? "is" : "are"} missing: the lane has passed ${
      counts.missing === 1 ? "it" : "them"
    }, and nothing shows that ${counts.missing === 1 ? "it was" : "they were"} settled.`;
  }
  if (error) return `It could not be found out: ${printable(error.message)}`;
  if (verdict === "unknown") {
    const rest = settled > 0 ? ` Of the others, ${count(settled)}, none is missing.` : "";
    return `${entries(counts.not_covered)} cannot be judged: the lane passed them before its ledger began.${rest}`;
  }
  if (total === 0) return "Nothing is missing: the source holds no entry of this time.";
  if (settled === 0) return "Nothing is missing: the lane has not passed any of these entries yet.";
  const are = settled === 1 ? "is" : "are";
  return `Nothing is missing: ${entries(settled)} ${are} settled, and the lane has passed no other.`;
}

function whatToDo({ verdict, counts, error, missing, ledgerBegin }: LaneAudit): string[] {
  const lines: string[] = [];
  if (error && verdict === "missing") lines.push(`The listing was cut short: ${printable(error.message)}`);
  if (error?.remedy) lines.push(printable(error.remedy));
  const [first] = missing;
  if (first) {
    lines.push(
      `To have them delivered, set start_from of the receiver to ${first.time} or a little before: its lanes read on from`,
      "there, and what was delivered since then comes again under the same ids. Keep this report, and the storage.",
    );
  }
  // Without a ledger, or without --from, that is how it was.
  if (counts.not_covered > 0 && ledgerBegin)
    lines.push("Without --from the audit begins where the ledger does.");
  return lines;
}

/** The text shows so many; the JSON has all. */
const maxShown = 100;

function missingLines({ missing, counts }: LaneAudit, width: number | undefined): string[] {
  if (missing.length === 0) return [];
  const columns: Column<AuditedEntry>[] = [
    { title: "missing", cell: ({ id }) => printable(id) },
    { title: "time (UTC)", cell: ({ time }) => moment(time).replace(" UTC", "") },
    { title: "type", cell: ({ type = "-" }) => printable(type.replace(/^auth0\./, "")) },
  ];
  const { head, rows } = layOutTable(missing.slice(0, maxShown), columns, width && width - 2);
  const more = counts.missing - Math.min(missing.length, maxShown);
  const rest = more > 0 ? [`and ${count(more)} more: --json has them.`] : [];
  return ["", head, ...rows.flat(), ...rest].map((line) => (line ? `  ${line}` : line));
}

/** 2026-11-01T09:00:00.000Z → "2026-11-01 09:00:00 UTC" */
function moment(isoTime: string): string {
  return `${isoTime.replace("T", " ").replace(/(\.\d+)?Z$/, "")} UTC`;
}
