import type { RunRecord, RunStatus } from "@loghook/pipeline";
import type { Io } from "./io.ts";
import { type Column, layOutTable } from "./table.ts";
import { type Paint, painter, printable } from "./terminal-text.ts";
import { count, moment, span } from "./wording.ts";

/** What `describeRuns` looks at besides the runs. */
export interface RunsReportOptions {
  readonly io: Pick<Io, "stdout" | "env">;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** The runs as a table, newest first as they were given, with the error of each failed one below it. */
export function describeRuns(runs: readonly RunRecord[], { io, now }: RunsReportOptions): string {
  if (runs.length === 0) return "No run matches.\n";
  const paint = painter(io.stdout, io.env);
  const { head, rows, leftOut } = layOutTable(runs, columnsOf(runs, paint, now), io.stdout.columns);
  const lines = rows.flatMap((row, at) => [...row, ...errorLines(runs[at], paint)]);
  const more = leftOut.length > 0 ? [`A wider terminal or --json shows more: ${leftOut.join(", ")}.`] : [];
  return [paint("bold", head), ...lines, "", ...nextRuns(runs, now), ...more, ""].join("\n");
}

const colourOf: Record<RunStatus, Parameters<Paint>[0]> = {
  running: "cyan",
  succeeded: "green",
  failed: ["red", "bold"],
  stopped: "gray",
  interrupted: "yellow",
};

function columnsOf(runs: readonly RunRecord[], paint: Paint, now: number): Column<RunRecord>[] {
  const severalLanes = new Set(runs.map(({ lane }) => lane)).size > 1;
  const lane: Column<RunRecord> = { title: "lane", cell: ({ lane }) => printable(lane) };
  const parked: Column<RunRecord> = { title: "parked", cell: (run) => count(run.parked), align: "right" };
  const dropped: Column<RunRecord> = { title: "dropped", cell: (run) => count(run.dropped), align: "right" };
  return [
    {
      title: "status",
      cell: ({ status }) => status,
      paint: (text, { status }) => paint(colourOf[status], text),
    },
    { title: "started (UTC)", cell: ({ startedAt }) => moment(startedAt).replace(" UTC", "") },
    ...(severalLanes ? [lane] : []),
    {
      title: "took",
      cell: ({ startedAt, endedAt = now }) => span(Math.max(0, endedAt - startedAt)),
      align: "right",
    },
    { title: "read", cell: ({ read }) => count(read), align: "right" },
    { title: "kept", cell: ({ kept }) => count(kept), align: "right" },
    { title: "delivered", cell: ({ delivered }) => count(delivered), align: "right" },
    ...(runs.some(({ parked }) => parked > 0) ? [parked] : []),
    ...(runs.some(({ dropped }) => dropped > 0) ? [dropped] : []),
    { title: "checkpoint", cell: ({ checkpoint }) => shortened(checkpoint) },
  ];
}

/** A log_id is 56 digits, of which the last tell it from its neighbours. */
function shortened(checkpoint = "-"): string {
  const text = printable(checkpoint);
  return text.length > 16 ? `…${text.slice(-9)}` : text;
}

function errorLines(run: RunRecord | undefined, paint: Paint): string[] {
  if (!run?.error) return [];
  const { code, message, remedy } = run.error;
  const lines = [paint("red", `  ${printable(message)}`)];
  if (remedy) lines.push(`  ${printable(remedy)}`);
  return [...lines, paint("gray", `  ${code}`)];
}

/** The newest run of a lane knows when the schedule starts the next one. */
function nextRuns(runs: readonly RunRecord[], now: number): string[] {
  const newest = new Map(runs.toReversed().map((run) => [run.lane, run]));
  return [...newest.values()].flatMap(({ lane, nextRunAt }) =>
    nextRunAt !== undefined && nextRunAt > now
      ? [`Next run of ${printable(lane)}: ${moment(nextRunAt)}, in ${span(nextRunAt - now)}.`]
      : [],
  );
}
