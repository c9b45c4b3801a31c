import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loghookSource } from "../published-loghook.ts";
import { cells } from "./cells.ts";
import { contendersWith } from "./contenders.ts";
import { runCell } from "./run-cell.ts";

/** What loghook does for one entry, in counts that a slow or busy machine does not change. */
export interface Work {
  /** Calls of functions in loghook's own files. */
  readonly ownCalls: number;
  /** In the npm packages that it uses. */
  readonly packageCalls: number;
  /** In the part of Node.js that is written in JavaScript. */
  readonly nodeCalls: number;
  readonly promises: number;
  /** Allocated on V8's heap by code that is not optimised, so that it does not matter when V8 optimises it. */
  readonly heapBytes: number;
  /** Allocated in ArrayBuffers, where bodies are received, copied and encoded. */
  readonly bufferBytes: number;
  readonly sentBytes: number;
  /** To the tenant and to the webhook. */
  readonly requests: number;
  /** Transactions of the storage, each a sync of the disk. Depends on time a little: some are grouped by it. */
  readonly commits: number;
}

/** How entries are sent. */
export type Mode = "array" | "single";

const few = 1000;
const many = 4000;
/** A young generation that no run here fills: what is allocated stays until it is counted. */
const withoutCollections = [
  "--min-semi-space-size=256",
  "--max-semi-space-size=256",
  "--no-opt",
  "--no-maglev",
];

/** Counts two whole runs of different lengths. Their difference is free of what the start and the end of a run take. */
export async function measureWork(mode: Mode): Promise<Work> {
  const calls = await perEntry<Calls>(mode, "calls");
  const heap = await perEntry<Heap>(mode, "heap", withoutCollections);
  return { ...calls, ...heap };
}

type Heap = Pick<Work, "heapBytes" | "bufferBytes">;
type Calls = Omit<Work, keyof Heap>;

async function perEntry<Counts extends object>(
  mode: Mode,
  kind: "calls" | "heap",
  nodeOptions: readonly string[] = [],
): Promise<Counts> {
  const less = await countRun({ mode, kind, nodeOptions, entries: few });
  const more = await countRun({ mode, kind, nodeOptions, entries: many });
  const rates = Object.entries(more).map(([name, count]) => [
    name,
    (count - (less[name] ?? 0)) / (many - few),
  ]);
  return Object.fromEntries(rates) as Counts;
}

interface CountedRun {
  readonly mode: Mode;
  readonly kind: "calls" | "heap";
  readonly nodeOptions: readonly string[];
  readonly entries: number;
}

async function countRun({ mode, kind, nodeOptions, entries }: CountedRun): Promise<Record<string, number>> {
  const folder = await mkdtemp(join(tmpdir(), "loghook-work-"));
  try {
    const to = join(folder, "counts.json");
    const counter = new URL("work-counter.mjs", import.meta.url);
    counter.search = new URLSearchParams({ kind, to }).toString();
    const cell = cells.find(({ sendAsBatch }) => sendAsBatch === (mode === "array"));
    const loghook = contendersWith(loghookSource).find(({ name }) => name === "loghook");
    if (!cell || !loghook) throw new Error("There is no such cell, or no such contender.");
    await runCell({ ...cell, entries }, loghook, [...nodeOptions, `--import=${counter}`]);
    return JSON.parse(await readFile(to, "utf8")) as Record<string, number>;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
