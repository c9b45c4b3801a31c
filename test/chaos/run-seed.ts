import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { auditFindings } from "./audit.ts";
import type { BreakerName } from "./breakers.ts";
import { writeChaosConfig } from "./chaos-config.ts";
import { judgeSeed } from "./judge.ts";
import { live } from "./life.ts";
import { missing } from "./obligations.ts";
import { calmLife, type Plan } from "./plan.ts";
import { describe } from "./seed-report.ts";
import type { Count } from "./seed-run.ts";
import { openStage } from "./stage.ts";

export interface SeedResult {
  readonly seed: number;
  readonly findings: readonly string[];
  /** How often each thing happened. */
  readonly counts: ReadonlyMap<string, number>;
  /** What one needs to find out why. Only where there are findings. */
  readonly report: string;
}

export interface RunSeedOptions {
  /** A fault to put into loghook. */
  readonly breaker?: BreakerName | undefined;
  /** The longest that a seed may take. Default: a minute. */
  readonly timeoutMs?: number;
  /** Leaves the rest of the plan out when something is found. Default: false. */
  readonly stopsAtFinding?: boolean;
}

/** Runs loghook through a plan, lets everything recover, and judges what came of it. Never rejects for what it finds. */
export async function runSeed(plan: Plan, options: RunSeedOptions = {}): Promise<SeedResult> {
  const folder = await mkdtemp(join(tmpdir(), "loghook-chaos-"));
  try {
    return await runIn(folder, plan, options);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function runIn(folder: string, plan: Plan, options: RunSeedOptions): Promise<SeedResult> {
  const { breaker, timeoutMs = 60_000, stopsAtFinding = false } = options;
  const counts = new Map<string, number>();
  const count: Count = (kind, by = 1) => void counts.set(kind, (counts.get(kind) ?? 0) + by);
  const findings: string[] = [];
  await using stage = await openStage(plan, { count, onProblem: (problem) => findings.push(problem) });
  const { run, front, scene } = stage;
  const config = await writeChaosConfig(plan, { folder, ...stage });
  const signal = AbortSignal.timeout(timeoutMs);
  const parts = { run, front, scene, folder, config, breaker, signal, count };
  const hasTime = (): boolean => !signal.aborted && (!stopsAtFinding || findings.length === 0);
  for (const life of plan.lives) if (hasTime()) findings.push(...(await live(life, parts)));
  // A storage that could not be opened for a fault ended the last one before everything was well.
  while (hasTime() && run.lives.at(-1)?.ended === 75) findings.push(...(await live(calmLife, parts)));
  if (hasTime()) findings.push(...judgeSeed(run, count));
  else
    findings.push(
      ...missing(run)
        .slice(0, 5)
        .map((entry) => `Not delivered yet: ${entry}`),
    );
  if (hasTime() && plan.isAudited && breaker === undefined) {
    count("audits");
    findings.push(...(await auditFindings({ folder, config })));
  }
  count("entries", run.tenant.entries.length);
  count("requests", run.webhook.attempts.length);
  return { seed: plan.seed, findings, counts, report: findings.length > 0 ? describe(run) : "" };
}
