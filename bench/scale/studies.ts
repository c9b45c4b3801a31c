import type { Runner } from "./loghook-process.ts";
import { runStock, type StockResult } from "./run-stock.ts";
import { runTenants, type TenantsResult } from "./run-tenants.ts";
import { count, megabytes, milliseconds, ratio, table } from "./table.ts";

export interface StudyOptions {
  readonly runner: Runner;
  readonly quick: boolean;
}

/** What is printed, and what it was made from. */
export interface StudyOutcome {
  readonly lines: readonly string[];
  readonly result: unknown;
}

export const studies: Readonly<Record<string, (options: StudyOptions) => Promise<StudyOutcome>>> = {
  lanes: studyLanes,
  tenants: studyTenants,
  million: studyMillion,
};

const manyLanes = 10;

/** One tenant's log to one webhook, then to ten. */
async function studyLanes({ runner, quick }: StudyOptions): Promise<StudyOutcome> {
  const entries = quick ? 1000 : 100_000;
  const result = [];
  for (const sendAsBatch of quick ? [true] : [true, false]) {
    const exporter = { send_as_batch: sendAsBatch };
    const one = await runStock({ lanes: 1, entries, exporter, runner });
    const many = await runStock({ lanes: manyLanes, entries, exporter, runner });
    const mode = sendAsBatch ? "arrays of 100" : "one by one";
    result.push({ mode, one, many });
  }
  return {
    result,
    lines: [
      `**Ten lanes on one tenant**, each catching up with the same ${count(entries)} entries.`,
      "",
      ...table(
        ["requests", "lanes", "CPU per entry and lane", "API calls", ...stockColumns],
        result.flatMap(({ mode, one, many }) => [
          [mode, "1", micros(one), count(one.apiCalls), ...stockCells(one)],
          [
            mode,
            count(many.lanes),
            `${micros(many)} (× ${ratio(many.cpuMicrosPerEntry, one.cpuMicrosPerEntry)})`,
            `${count(many.apiCalls)} (× ${ratio(many.apiCalls, one.apiCalls)})`,
            ...stockCells(many),
          ],
        ]),
      ),
    ],
  };
}

async function studyTenants({ runner, quick }: StudyOptions): Promise<StudyOutcome> {
  const common = quick
    ? { tenants: 10, warmUpSeconds: 3, seconds: 3 }
    : // Entries are looked at again after half of the overlap of a minute, and once more after all of it.
      { tenants: 100, warmUpSeconds: 90, seconds: 90 };
  const result: TenantsResult[] = [];
  for (const pollIntervalSeconds of quick ? [1] : [15, 5])
    result.push(await runTenants({ ...common, entriesPerSecond: 10, pollIntervalSeconds, runner }));
  return {
    result,
    lines: [
      `**${common.tenants} tenants in one process**, each with 10 new entries per second; ${common.seconds} s each.`,
      "",
      ...table(
        [
          "poll_interval",
          "CPU, of one core",
          "delivered after, p50",
          "p99",
          "max",
          "API calls per tenant and minute",
          "entries/s",
          "peak RSS",
          "heap",
          "loop delay p99",
          "max",
        ],
        result.map((of) => [
          `${of.pollIntervalSeconds} s`,
          `${(of.cpuShare * 100).toFixed(1)} %`,
          seconds(of.latencyMs.p50),
          seconds(of.latencyMs.p99),
          seconds(of.latencyMs.max),
          of.apiCallsPerTenantMinute.toFixed(1),
          count(of.entriesPerSecond),
          megabytes(of.peakRssBytes),
          megabytes(of.memoryBytes.heapTotal),
          milliseconds(of.loopDelayMs.p99),
          milliseconds(of.loopDelayMs.max),
        ]),
      ),
      ...strays(result),
    ],
  };
}

async function studyMillion({ runner, quick }: StudyOptions): Promise<StudyOutcome> {
  const result: StockResult[] = [];
  for (const entries of quick ? [500, 2000] : [100_000, 1_000_000])
    result.push(await runStock({ lanes: 1, entries, runner }));
  const [first, last] = result as [StockResult, StockResult];
  return {
    result,
    lines: [
      `**${count(last.entries)} entries in one run**, ${ratio(last.peakRssBytes, first.peakRssBytes)} × the peak RSS of ${count(first.entries)}.`,
      "",
      ...table(
        ["entries", "CPU per entry", "entries/s", "API calls", ...stockColumns, "external"],
        result.map((of) => [
          count(of.entries),
          micros(of),
          count(of.entriesPerSecond),
          count(of.apiCalls),
          ...stockCells(of),
          megabytes(of.memoryBytes.external),
        ]),
      ),
      ...strays(result),
    ],
  };
}

const stockColumns = ["peak RSS", "heap", "loop delay p99", "max"];

function stockCells({ peakRssBytes, memoryBytes, loopDelayMs }: StockResult): string[] {
  return [
    megabytes(peakRssBytes),
    megabytes(memoryBytes.heapTotal),
    milliseconds(loopDelayMs.p99),
    milliseconds(loopDelayMs.max),
  ];
}

const micros = ({ cpuMicrosPerEntry }: StockResult): string => `${cpuMicrosPerEntry.toFixed(1)} µs`;
const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;

/** Nothing, where each entry has come once. */
function strays(results: readonly { readonly repeated: number; readonly missing: number }[]): string[] {
  const sum = (key: "repeated" | "missing"): number => results.reduce((total, of) => total + of[key], 0);
  const [repeated, missing] = [sum("repeated"), sum("missing")];
  return repeated + missing === 0
    ? ["", "Each entry was delivered once."]
    : ["", `Repeated: ${repeated}. Missing behind later ones, when it was counted: ${missing}.`];
}
