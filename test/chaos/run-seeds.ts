import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { makePlan } from "./plan.ts";
import { runSeed, type SeedResult } from "./run-seed.ts";

export interface RunSeedsOptions {
  /** Seeds that run side by side. */
  readonly jobs: number;
  onResult?(result: SeedResult): void;
}

/** Runs many seeds. The results are in the order of the seeds. */
export async function runSeeds(
  seeds: readonly number[],
  { jobs, onResult }: RunSeedsOptions,
): Promise<SeedResult[]> {
  await using _cache = await compileOnce();
  const results: SeedResult[] = [];
  let next = 0;
  async function work(): Promise<void> {
    for (let index = next++; index < seeds.length; index = next++) {
      const result = await runSeed(makePlan(seeds[index] as number));
      results[index] = result;
      onResult?.(result);
    }
  }
  await Promise.all(Array.from({ length: jobs }, work));
  return results;
}

const main = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url));

/** A process that is killed leaves no compiled code to the next one, so one that is not makes it for all. */
async function compileOnce(): Promise<AsyncDisposable> {
  const before = process.env.NODE_COMPILE_CACHE;
  const folder = await mkdtemp(join(tmpdir(), "loghook-compiled-"));
  process.env.NODE_COMPILE_CACHE = folder;
  await promisify(execFile)(process.execPath, ["--conditions=source", main, "components"]);
  return {
    async [Symbol.asyncDispose]() {
      if (before === undefined) delete process.env.NODE_COMPILE_CACHE;
      else process.env.NODE_COMPILE_CACHE = before;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Sums up what happened, by kind. */
export function totals(results: readonly SeedResult[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { counts } of results) {
    for (const [kind, count] of counts) sums.set(kind, (sums.get(kind) ?? 0) + count);
  }
  return sums;
}
