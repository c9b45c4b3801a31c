import type { Cell } from "./cells.ts";
import type { Contender } from "./contenders.ts";
import { type Result, runCell } from "./run-cell.ts";

export interface Run extends Result {
  /** From 1. */
  readonly round: number;
  /** Its number. */
  readonly cell: number;
  readonly contender: Contender["name"];
}

export interface Rounds {
  readonly cells: readonly Cell[];
  readonly contenders: readonly Contender[];
  readonly rounds: number;
  /** Of loghook's Node. */
  readonly nodeOptions: readonly string[];
  /** Contenders that run side by side. More than 1 is quicker, and its times mean nothing. */
  readonly atOnce: number;
  /** Told of each run as it ends. */
  onRun(run: Run): void;
}

/** Every contender in every cell, round after round. @throws Error when one of them has not delivered everything */
export async function runRounds({ atOnce, nodeOptions, onRun, ...order }: Rounds): Promise<Run[]> {
  const turns = listTurns(order);
  const runs: Run[] = [];
  const left = turns.values();
  const work = async (): Promise<void> => {
    for (const { round, cell, contender } of left) {
      const result = await runCell(cell, contender, contender.name === "loghook" ? nodeOptions : []);
      const run = { round, cell: cell.number, contender: contender.name, ...result };
      runs.push(run);
      onRun(run);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return runs;
}

interface Turn {
  readonly round: number;
  readonly cell: Cell;
  readonly contender: Contender;
}

/** A B C, then B C A, then C A B: a machine that becomes slower or faster meanwhile does so to all of them alike. */
function listTurns({ cells, contenders, rounds }: Pick<Rounds, "cells" | "contenders" | "rounds">): Turn[] {
  const turns: Turn[] = [];
  for (let round = 1; round <= rounds; round++)
    for (const [index, cell] of cells.entries()) {
      const first = (round - 1 + index) % contenders.length;
      const order = [...contenders.slice(first), ...contenders.slice(0, first)];
      turns.push(...order.map((contender) => ({ round, cell, contender })));
    }
  return turns;
}
