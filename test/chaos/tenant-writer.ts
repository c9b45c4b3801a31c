import type { Tenant } from "@loghook/auth0-simulator";
import type { Plan } from "./plan.ts";
import type { Random } from "./random.ts";

/** Writes entries while loghook runs, strange ones among them. */
export interface TenantWriter {
  /** Before each request for the log. */
  write(): void;
  /** Another entry, which no filter leaves out. */
  writeFresh(): string;
  /** No entries any more. */
  stop(): void;
  isPoison(logId: string): boolean;
  /** Appeared behind others that could be read already. */
  isLate(logId: string): boolean;
}

/** A late entry shows up this much later than its id says, at the most. Far less than `overlapMs`. */
const latestMs = 500;

/** An id begins with `900` and the time to the microsecond. */
function ingestedAtMs(logId: string): number {
  const [, ...parts] = /^900(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3})/.exec(logId) ?? [];
  const [year = 0, month = 0, ...rest] = parts.map(Number);
  return Date.UTC(year, month - 1, ...rest);
}

/** A type that no catalogue knows: it passes every filter. */
const unknownType = "chaos";

const strangeEntries: readonly (string | Record<string, unknown>)[] = [
  `{"date":"{{date}}","type":"${unknownType}","log_id":"{{log_id}}","details":{"exact":12345678901234567890123,"__proto__":{"polluted":true}}}`,
  {
    type: unknownType,
    description: '\u0000\u2028 \ud83d\ude80 "quoted" \\ \r\nx-injected: yes',
    details: { empty: {}, list: [null, [], ""] },
  },
  { type: unknownType, user_name: "\ud800 alone", constructor: { prototype: null } },
  { type: unknownType, details: { long: "äß€".repeat(5000) } },
];

export function createTenantWriter(tenant: Tenant, plan: Plan, random: Random): TenantWriter {
  const poison = new Set<string>();
  const late = new Set<string>();
  let isOver = false;

  function writeSome(): void {
    if (random.chance(0.05)) tenant.append(random.pick(strangeEntries));
    if (poison.size < plan.poisonEntries && random.chance(0.15)) {
      poison.add(tenant.append({ type: unknownType, description: "poison" }).logId);
    }
    if (late.size < plan.lateEntries && random.chance(0.3)) writeLate();
    // While loghook is to be hurt there is always something to do, but no more than it can do.
    const isEnough = tenant.entries.length >= plan.entryBudget;
    tenant.generate(isEnough ? random.between(0, 1) : random.between(0, plan.entriesPerRead));
  }

  /** Behind a young entry: what is shown later than the setting `overlap` says is not promised. */
  function writeLate(): void {
    const { entries } = tenant;
    const behind = entries[entries.length - random.between(2, 12)];
    if (behind && Date.now() - ingestedAtMs(behind.logId) < latestMs)
      late.add(tenant.appendLate({ type: unknownType, description: "late" }, behind.logId).logId);
  }

  return {
    write() {
      if (!isOver) writeSome();
    },
    writeFresh: () => tenant.append({ type: unknownType, description: "fresh" }).logId,
    stop() {
      isOver = true;
    },
    isPoison: (logId) => poison.has(logId),
    isLate: (logId) => late.has(logId),
  };
}
