import { setTimeout as delay } from "node:timers/promises";
import type { Tenant } from "@loghook/auth0-simulator";
import type { RunFaults, UserSettings } from "./engines.ts";
import type { Answer, World } from "./world.ts";

/** What goes wrong, run by run. Runs that are not named are in order. */
export interface Scenario {
  readonly name: string;
  readonly runs: number;
  readonly settings?: UserSettings;
  /** Event codes of the entries. Default: all known ones. */
  readonly types?: readonly string[];
  /** Called before each run, with what was written so far; sets up the world, which is in order otherwise. */
  prepare(world: World, act: RunActs): RunFaults | undefined;
  /** The first run in which an entry that was there at the beginning could have been delivered. */
  readonly possibleFrom: number;
}

interface RunActs {
  /** Kills the process of the run. */
  kill(): void;
}

const dayMs = 86_400_000;
const isNewer = "fnew_2027";

/** The entry that is poison, or is refused: in the middle of the second batch. */
function poisonOf({ tenant, size }: World): string {
  return tenant.entries[size.batch + Math.floor(size.batch / 3)]?.logId ?? "";
}

const refusing =
  (isRefused: (ids: readonly string[]) => boolean, status: number): Answer =>
  (ids) => ({ status: isRefused(ids) ? status : 200 });

const inRuns =
  (
    first: number,
    last: number,
    act: (world: World, acts: RunActs) => RunFaults | undefined,
  ): Scenario["prepare"] =>
  (world, acts) =>
    world.run >= first && world.run <= last ? act(world, acts) : undefined;

/** From the first request on, which is told when to come back. */
async function limitForASecond(tenant: Tenant): Promise<void> {
  tenant.fault({ on: "logs", status: 429, times: Number.POSITIVE_INFINITY, headers: { "retry-after": "1" } });
  while (!tenant.requests.some(({ status }) => status === 429)) await delay(10);
  await delay(900);
  tenant.clearFaults();
}

export const scenarios: readonly Scenario[] = [
  {
    name: "the webhook is down for longer than five tries",
    runs: 3,
    possibleFrom: 3,
    prepare: inRuns(1, 2, (world) => {
      world.answer = refusing(() => true, 503);
      return undefined;
    }),
  },
  {
    name: "the webhook redirects (302)",
    runs: 2,
    possibleFrom: 2,
    prepare: inRuns(1, 1, (world) => {
      world.answer = () => ({ status: 302, location: "/login" });
      return undefined;
    }),
  },
  {
    name: "the webhook takes half a batch at most (413)",
    runs: 3,
    possibleFrom: 1,
    prepare: inRuns(1, 2, (world) => {
      world.answer = refusing((ids) => ids.length > world.size.batch / 2, 413);
      return undefined;
    }),
  },
  {
    name: "one poison event (422)",
    runs: 2,
    possibleFrom: 1,
    prepare: inRuns(1, 1, (world) => {
      world.answer = refusing((ids) => ids.includes(poisonOf(world)), 422);
      return undefined;
    }),
  },
  {
    name: "one poison event (422), one request per entry",
    runs: 2,
    possibleFrom: 1,
    settings: { sendAsBatch: false },
    prepare: inRuns(1, 1, (world) => {
      world.answer = refusing((ids) => ids.includes(poisonOf(world)), 422);
      return undefined;
    }),
  },
  {
    name: "the tenant answers 429 for a second",
    runs: 2,
    possibleFrom: 1,
    prepare: inRuns(1, 1, ({ tenant }) => {
      void limitForASecond(tenant);
      return undefined;
    }),
  },
  {
    name: "killed while a request is open",
    runs: 2,
    possibleFrom: 2,
    prepare: inRuns(1, 1, (world, { kill }) => {
      world.answer = () => {
        if (world.requests < 3) return { status: 200 };
        // What the two before have settled is written down by then, or never would be.
        void delay(1000).then(kill);
        return undefined;
      };
      return undefined;
    }),
  },
  {
    name: "killed within the write of a checkpoint",
    runs: 2,
    possibleFrom: 2,
    prepare: inRuns(1, 1, (world) => {
      // So slowly that each checkpoint is written before the next is due, and not with it.
      world.answer = async () => await delay(1000, { status: 200 });
      return { dieInCheckpointWrite: 2 };
    }),
  },
  {
    name: "an event type newer than the table, with a level set",
    runs: 1,
    possibleFrom: 1,
    settings: { minLevel: 3 },
    types: ["f", "fp", "fu", "limit_wc"],
    prepare: inRuns(1, 1, ({ tenant, size }) => {
      for (let n = 0; n < size.batch / 2; n++)
        tenant.append({ type: isNewer, description: "An attack of a new kind" });
      return undefined;
    }),
  },
  {
    // Runs lie a day apart, so that few are needed. The token that the first one gets lives for a day.
    name: "the clock was two days ahead, and is set right",
    runs: 4,
    possibleFrom: 1,
    prepare(world) {
      world.tenantOffsetMs = (world.run - 1) * (dayMs + 60_000);
      if (world.run === 2) world.tenant.generate(world.size.batch);
      return { clockOffsetMs: world.tenantOffsetMs + (world.run === 1 ? 2 * dayMs : 0) };
    },
  },
];
