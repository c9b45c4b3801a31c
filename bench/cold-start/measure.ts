import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { measurePhases, phaseNames } from "./phases.ts";
import { median } from "./statistics.ts";
import { type Cost, timeCommand } from "./timed-command.ts";
import type { World } from "./world.ts";

export interface Contender {
  readonly name: string;
  readonly costs: Cost[];
  /** Of the wall time, to that of `node -e 0` in the same round. */
  readonly ratios: number[];
}

const kinds = [
  { name: "`loghook run --once`, compiled code kept", program: "bundled", cache: "warm" },
  { name: "the same, first start of all", program: "bundled", cache: "cold" },
  { name: "the same, nothing kept", program: "bundled", cache: undefined },
  { name: "the same, compiled code kept, not bundled", program: "unbundled", cache: "warm" },
] as const;

/** All contenders in turn, round by round. */
export async function compareStarts(world: World, rounds: number): Promise<Contender[]> {
  const [bare, ...starts] = ["`node -e 0`", ...kinds.map(({ name }) => name)].map(
    (name): Contender => ({ name, costs: [], ratios: [] }),
  );
  if (!bare) return [];
  for (let round = 0; round < rounds; round++) {
    const least = await timeCommand([process.execPath, "-e", "0"], world.optionsFor(undefined));
    note(bare, least, least);
    for (const [index, { program, cache }] of kinds.entries()) {
      if (cache === "cold") await world.forget(cache);
      note(starts[index], await timeCommand(world.programs[program], world.optionsFor(cache)), least);
    }
  }
  return [bare, ...starts];
}

function note(contender: Contender | undefined, cost: Cost, least: Cost): void {
  contender?.costs.push(cost);
  contender?.ratios.push(cost.wallMs / least.wallMs);
}

export interface Part extends Cost {
  readonly name: string;
}

/** Medians of the parts of a start, compiled code kept. */
export async function splitStart(world: World, rounds: number): Promise<{ parts: Part[]; paths: string[] }> {
  const measured: Awaited<ReturnType<typeof measurePhases>>[] = [];
  for (let round = 0; round < rounds; round++)
    measured.push(await measurePhases(world.programs.bundled, world.optionsFor("warm")));
  const parts = Object.entries(phaseNames).map(([key, name]) => {
    const costs = measured.map((one) => one.costs[key] ?? { wallMs: 0, cpuMs: 0 });
    return { name, ...medianCost(costs) };
  });
  return { parts, paths: [...(measured.at(-1)?.paths ?? [])] };
}

function medianCost(costs: readonly Cost[]): Cost {
  return {
    wallMs: median(costs.map(({ wallMs }) => wallMs)),
    cpuMs: median(costs.map(({ cpuMs }) => cpuMs)),
  };
}

/** What a start loads as modules. */
export interface Loaded {
  readonly files: number;
  readonly bytes: number;
}

export async function countLoaded({
  programs,
  optionsFor,
}: World): Promise<Record<keyof World["programs"], Loaded>> {
  const [bundled, unbundled] = await Promise.all([programs.bundled, programs.unbundled].map(count));
  if (!bundled || !unbundled) throw new Error("Nothing was loaded.");
  return { bundled, unbundled };

  async function count([node = "", ...args]: readonly string[]): Promise<Loaded> {
    const preload = fileURLToPath(new URL("count-modules.mjs", import.meta.url));
    const { stderr } = await promisify(execFile)(node, ["--import", preload, ...args], optionsFor("warm"));
    return JSON.parse(stderr.trimEnd().split("\n").at(-1) ?? "") as Loaded;
  }
}
