import {
  drawTenantFaults,
  drawWebhookFaults,
  type TenantFault,
  type WebhookFault,
} from "./planned-faults.ts";
import { type Random, seededRandom } from "./random.ts";

/** What is done to loghook in one seed. Everything happens by count, nothing by the clock. */
export interface Plan {
  readonly seed: number;
  /** Entries that are there before the first start, and how many there will be about. */
  readonly initialEntries: number;
  readonly entryBudget: number;
  /** Entries that are written, at the most, before each request of the tenant's log. */
  readonly entriesPerRead: number;
  readonly logsItsOwnTokens: boolean;
  readonly pageSize: number;
  readonly readTimeoutMs: number;
  /** Event codes that the filter leaves out. Undefined: no filter. */
  readonly excludedTypes: readonly string[] | undefined;
  /** Entries that the webhook refuses for good, and how. */
  readonly poisonEntries: number;
  readonly poisonStatus: number;
  /** Entries that appear behind others that could be read already, and how far back they are looked for. */
  readonly lateEntries: number;
  readonly overlapMs: number;
  /** `loghook audit` is asked at the end, too. */
  readonly isAudited: boolean;
  readonly lanes: readonly LanePlan[];
  readonly tenantFaults: readonly TenantFault[];
  /** One start of the process each. The last one ends when everything is settled. */
  readonly lives: readonly LifePlan[];
}

type Format = "json" | "json_lines" | "auth0_log_stream" | "cloudevents";

/** A destination with its own checkpoint. */
export interface LanePlan {
  /** The path of the webhook, and the second part of the exporter's name. */
  readonly name: string;
  readonly sendAsBatch: boolean;
  readonly maxBatchSize: number;
  readonly concurrency: number;
  readonly format: Format;
  readonly compression: "none" | "gzip";
  readonly isSigned: boolean;
  readonly timeoutMs: number;
  readonly faults: readonly WebhookFault[];
}

/** How a life ends, unless it is the last. Counted from the start of the process. */
type LifeEnd =
  | {
      readonly signal: "SIGKILL" | "SIGTERM";
      readonly at: "webhook received" | "webhook answered" | "tenant";
      readonly count: number;
    }
  | StorageKill;

/** SIGKILL at a write to the storage. `during`: `delayMicros` after its begin, from another thread. */
export interface StorageKill {
  readonly signal: "SIGKILL";
  readonly at: "storage";
  readonly count: number;
  readonly when: "before" | "inside" | "during" | "after";
  readonly delayMicros: number;
}

/** From the `at`-th write on, so many writes fail. */
export interface StorageFault {
  readonly kind: "disk full" | "read-only disk";
  readonly at: number;
  readonly writes: number;
}

export interface ClockJump {
  /** The write to the storage before which it happens. */
  readonly at: number;
  readonly byMs: number;
}

export interface LifePlan {
  readonly end: LifeEnd | undefined;
  /** SIGSTOP at this request of the webhook, SIGCONT after a while. */
  readonly pauses: readonly { readonly atRequest: number; readonly forMs: number }[];
  readonly storageFaults: readonly StorageFault[];
  readonly clockJumps: readonly ClockJump[];
}

/** Nothing is done to the process. */
export const calmLife: LifePlan = { end: undefined, pauses: [], storageFaults: [], clockJumps: [] };

/** Common enough that a filter on them matters. */
const filterableTypes = ["s", "seacft", "ssa", "f", "fp", "sapi", "slo"];

export function makePlan(seed: number): Plan {
  const random = seededRandom(seed);
  const isLarge = random.chance(0.4);
  const lanes = Array.from({ length: random.chance(0.3) ? 2 : 1 }, (_, index) =>
    drawLane(random, "ab"[index] ?? ""),
  );
  const isSlow = lanes.some(({ maxBatchSize, sendAsBatch }) => !sendAsBatch || maxBatchSize < 5);
  const tenantFaults = random.chance(0.45) ? drawTenantFaults(random) : [];
  const lateEntries = random.chance(0.25) ? random.between(1, 4) : 0;
  const hasClockJumps = random.chance(0.25);
  return {
    seed,
    initialEntries: random.chance(0.1) ? 0 : random.between(1, isLarge && !isSlow ? 200 : 50),
    entryBudget: random.between(40, isLarge && !isSlow ? 350 : 90),
    entriesPerRead: random.between(1, isSlow ? 6 : 25),
    logsItsOwnTokens: random.chance(0.5),
    pageSize: random.pick([100, 100, 50, 20, 7, 3]),
    readTimeoutMs: tenantFaults.some(({ kind }) => kind === "hang") ? 300 : 20_000,
    excludedTypes: random.chance(0.5)
      ? random.shuffled(filterableTypes).slice(0, random.between(1, 4))
      : undefined,
    poisonEntries: random.chance(0.3) ? random.between(1, 3) : 0,
    poisonStatus: random.pick([400, 415, 422]),
    lateEntries,
    overlapMs: lateEntries > 0 ? 1500 : random.pick([0, 60_000, 60_000, 1500]),
    isAudited: random.chance(0.2),
    lanes,
    tenantFaults,
    lives: drawLives(random, hasClockJumps),
  };
}

function drawLane(random: Random, name: string): LanePlan {
  const sendAsBatch = random.chance(0.75);
  const faults = random.chance(0.85) ? drawWebhookFaults(random) : [];
  const needsTimeout = faults.some(({ kind }) => kind === "hang" || kind === "drip");
  return {
    name,
    sendAsBatch,
    maxBatchSize: random.pick([100, 40, 20, 10, 7, 2]),
    concurrency: random.pick([1, 1, 2, 3, 5, 10]),
    format: random.pick(["json", "json", "json_lines", "auth0_log_stream", "cloudevents"]),
    compression: random.chance(0.2) ? "gzip" : "none",
    isSigned: random.chance(0.8),
    timeoutMs: needsTimeout ? 400 : 20_000,
    faults,
  };
}

function drawLives(random: Random, hasClockJumps: boolean): LifePlan[] {
  const count = random.pick([1, 2, 2, 2, 3, 3, 3, 4]);
  return Array.from({ length: count }, (_, index) =>
    drawLife(random, { isLast: index === count - 1, hasClockJumps }),
  );
}

function drawLife(
  random: Random,
  { isLast, hasClockJumps }: { isLast: boolean; hasClockJumps: boolean },
): LifePlan {
  return {
    end: isLast ? undefined : drawEnd(random),
    pauses: random.chance(0.15) ? [{ atRequest: random.between(1, 15), forMs: random.between(20, 500) }] : [],
    storageFaults: random.chance(0.15)
      ? [
          {
            kind: random.pick(["disk full", "read-only disk"]),
            at: random.chance(0.2) ? random.between(1, 10) : random.between(10, 50),
            writes: random.between(1, 4),
          },
        ]
      : [],
    clockJumps: hasClockJumps ? [drawJump(random), drawJump(random)] : [],
  };
}

function drawEnd(random: Random): LifeEnd {
  if (random.chance(0.4)) {
    return {
      signal: "SIGKILL",
      at: "storage",
      count: random.chance(0.25) ? random.between(1, 12) : random.between(10, 80),
      when: random.pick(["before", "inside", "during", "after"]),
      delayMicros: random.between(0, 400),
    };
  }
  return {
    signal: random.chance(0.25) ? "SIGTERM" : "SIGKILL",
    at: random.pick(["webhook received", "webhook answered", "webhook answered", "tenant"]),
    count: random.between(1, 25),
  };
}

const hourMs = 3_600_000;

function drawJump(random: Random): ClockJump {
  const byMs = random.pick([
    -30 * 24 * hourMs,
    -hourMs,
    -5000,
    -200,
    200,
    5000,
    hourMs,
    25 * hourMs,
    400 * 24 * hourMs,
  ]);
  return { at: random.between(1, 40), byMs };
}
