import { existsSync, readFileSync } from "node:fs";
import type { ClockJump, StorageFault, StorageKill } from "./plan.ts";

/** What the preload module is told, as JSON in the environment. */
export interface ChildOrders {
  /** The file to note in what was done. */
  readonly notes: string;
  readonly kill: StorageKill | undefined;
  readonly storageFaults: readonly StorageFault[];
  readonly clockJumps: readonly ClockJump[];
}

/** Something that was done to the process from inside. */
export interface ChildNote {
  readonly kind: string;
  readonly at: number;
  /** Of a stall: when it began. */
  readonly from?: number;
}

/** The same clock in all processes of this machine, and nobody sets it. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;

export function readNotes(file: string): ChildNote[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
  return lines.map((line) => JSON.parse(line) as ChildNote);
}
