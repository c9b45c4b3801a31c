import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Cost, TimedOptions } from "./timed-command.ts";

const preload = fileURLToPath(new URL("phase-marks.mjs", import.meta.url));

/** The parts of a start, in their order, and what happens in each. */
export const phaseNames: Readonly<Record<string, string>> = {
  node: "Node.js itself, until the program's first line",
  imports: "the program: its verb, the pipeline, the libraries of both",
  config: "the config: read, checked; the packages that it names loaded",
  storage: "the storage opened; components made; token and checkpoint read",
  requests: "the request for what is new",
  closing: "the run noted; everything closed",
};

export interface Phases {
  readonly costs: Readonly<Record<string, Cost>>;
  /** What was asked of the tenant. */
  readonly paths: readonly string[];
}

interface Mark extends Cost {
  readonly name: string;
}

/** Runs a program of ours once, and tells what each part of its start took. */
export async function measurePhases(
  [node = "", ...args]: readonly string[],
  options: TimedOptions,
): Promise<Phases> {
  const { stderr } = await promisify(execFile)(node, ["--import", preload, ...args], {
    ...options,
    env: { PATH: process.env.PATH, ...options.env },
    timeout: 60_000,
  });
  const { marks, paths } = JSON.parse(stderr.trimEnd().split("\n").at(-1) ?? "") as {
    marks: Mark[];
    paths: string[];
  };
  const begins: Mark[] = [{ name: "node", wallMs: 0, cpuMs: 0 }, ...marks];
  const costs = begins.slice(0, -1).map((begin, index) => {
    const end = begins[index + 1] ?? begin;
    return [begin.name, { wallMs: end.wallMs - begin.wallMs, cpuMs: end.cpuMs - begin.cpuMs }] as const;
  });
  return { costs: Object.fromEntries(costs), paths };
}
