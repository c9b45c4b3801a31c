import { type Engine, loghookEngine, originalEngine } from "./engines.ts";
import type { Scenario } from "./scenarios.ts";
import { openWorld, type Size, type World } from "./world.ts";

/** What became of the entries that an engine should have delivered. */
export interface Outcome {
  readonly entries: number;
  /** Never answered with 2xx, and not kept aside. */
  readonly lost: number;
  /** Never answered with 2xx, but kept with the reason, for a person to look at. */
  readonly keptAside: number;
  /** Answered with 2xx more than once. */
  readonly repeated: number;
  /** Answered with 2xx in a later run than the first in which it was possible. */
  readonly late: number;
  /** By how many runs, at the most. */
  readonly lateByRuns: number;
}

export interface Comparison {
  readonly scenario: string;
  readonly original: Outcome;
  readonly loghook: Outcome;
}

export async function compare(scenario: Scenario, size: Size): Promise<Comparison> {
  const original = await runAll(scenario, originalEngine, size);
  return { scenario: scenario.name, original, loghook: await runAll(scenario, loghookEngine, size) };
}

async function runAll(scenario: Scenario, engine: Engine, size: Size): Promise<Outcome> {
  await using world = await openWorld(size, scenario.types);
  const writtenIn = new Map<string, number>();
  for (let run = 1; run <= scenario.runs; run++) {
    await oneRun(scenario, engine, Object.assign(world, { run }));
    for (const { logId } of world.tenant.entries) if (!writtenIn.has(logId)) writtenIn.set(logId, run);
  }
  return judge({
    world,
    writtenIn,
    possibleFrom: scenario.possibleFrom,
    aside: await engine.keptAside(world),
  });
}

async function oneRun(scenario: Scenario, engine: Engine, world: World): Promise<void> {
  const { promise: killed, resolve: kill } = Promise.withResolvers<void>();
  world.requests = 0;
  world.answer = () => ({ status: 200 });
  const faults = scenario.prepare(world, { kill });
  const child = await engine.start(world, scenario.settings ?? {}, faults ?? {});
  void killed.then(() => child.kill());
  const { code, output } = await child.ended;
  // 75: a run that failed, and may be tried again. All else says that the comparison itself is broken.
  if (![0, 75, "SIGKILL"].includes(code))
    throw new Error(`${engine.name} ended with ${code} in "${scenario.name}":\n${output}`);
  world.tenant.clearFaults();
}

interface Evidence {
  readonly world: World;
  /** The run before which an entry was written. */
  readonly writtenIn: ReadonlyMap<string, number>;
  readonly possibleFrom: number;
  readonly aside: ReadonlySet<string>;
}

function judge({ world, writtenIn, possibleFrom, aside }: Evidence): Outcome {
  const ids = world.tenant.entries.map(({ logId }) => logId);
  const takenIn = (id: string): readonly number[] => world.taken.get(id) ?? [];
  const delays = ids
    .filter((id) => takenIn(id).length > 0)
    .map((id) => Math.min(...takenIn(id)) - Math.max(writtenIn.get(id) ?? 1, possibleFrom));
  const never = ids.filter((id) => takenIn(id).length === 0);
  return {
    entries: ids.length,
    lost: never.filter((id) => !aside.has(id)).length,
    keptAside: never.filter((id) => aside.has(id)).length,
    repeated: ids.filter((id) => takenIn(id).length > 1).length,
    late: delays.filter((delay) => delay > 0).length,
    lateByRuns: Math.max(0, ...delays),
  };
}
