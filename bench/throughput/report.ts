import { type Cell, cells } from "./cells.ts";
import type { Contender } from "./contenders.ts";
import type { Machine } from "./machine.ts";
import type { Run } from "./rounds.ts";

/** What the JSON file holds: every single result, and where and when it was measured. */
export interface Report {
  /** `2026-11-22` */
  readonly date: string;
  readonly machine: Machine;
  /** Of an entry, on the average. */
  readonly entryBytes: number;
  readonly rounds: number;
  /** So few entries that only the counts mean anything. */
  readonly isQuick: boolean;
  readonly runs: readonly Run[];
}

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

type Name = Contender["name"];

/** The rounds of one cell. */
export interface CellSummary {
  readonly cell: Cell;
  /** What this contender has measured in the rounds. */
  of(contender: Name, figure: (run: Run) => number): Spread;
  /** By what loghook's figure exceeds that of another in the same round, as a multiple. */
  ratio(other: Name, figure: (run: Run) => number): Spread;
}

/** The cells that were run. */
export function summarise({ runs }: Report): CellSummary[] {
  return cells
    .filter(({ number }) => runs.some(({ cell }) => cell === number))
    .map((cell) => {
      const runsOf = (contender: Name): Run[] =>
        runs
          .filter((run) => run.cell === cell.number && run.contender === contender)
          .toSorted((a, b) => a.round - b.round);
      return {
        cell,
        of: (contender, figure) => toSpread(runsOf(contender).map(figure)),
        ratio(other, figure) {
          const others = runsOf(other);
          return toSpread(runsOf("loghook").map((run, index) => figure(run) / figure(others[index] as Run)));
        },
      };
    });
}

export const entriesPerSecond = (run: Run): number => run.entriesPerSecond;

function toSpread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return {
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    least: at(0),
    most: at(sorted.length - 1),
  };
}
