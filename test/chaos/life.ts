import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { BreakerName } from "./breakers.ts";
import { type Child, startChild } from "./child.ts";
import { monotonicMs } from "./child-notes.ts";
import { judgeLife } from "./judge.ts";
import { missing } from "./obligations.ts";
import { peek, peekAfterDeath } from "./peek.ts";
import type { LifePlan } from "./plan.ts";
import type { Scene } from "./scene.ts";
import type { Count, Life, SeedRun } from "./seed-run.ts";
import type { TenantFront } from "./tenant-front.ts";

export interface LiveParts {
  readonly run: SeedRun;
  readonly folder: string;
  readonly config: string;
  readonly scene: Scene;
  readonly front: TenantFront;
  readonly signal: AbortSignal;
  readonly breaker: BreakerName | undefined;
  readonly count: Count;
}

/** One start of the process, to the end that is planned for it, or to the good end. */
export async function live(plan: LifePlan, parts: LiveParts): Promise<string[]> {
  const { run, folder, config, scene, count, signal, breaker } = parts;
  const { lives } = run;
  const life: Life = {
    plan,
    ended: undefined,
    notes: [],
    states: new Map(),
    output: "",
  };
  lives.push(life);
  const { storageFaults, clockJumps } = plan;
  const kill = plan.end?.at === "storage" ? plan.end : undefined;
  const notes = join(folder, `notes-${lives.length}.jsonl`);
  await using child = startChild({
    folder,
    config,
    breaker,
    orders: { notes, kill, storageFaults, clockJumps },
  });
  follow(child, { plan, scene, life, count });
  void child.ended.then(() => scene.tell("tenant"));
  const late: string[] = [];
  try {
    if (plan.end) await scene.until(() => child.hasEnded, signal);
    else await recover(child, parts);
  } catch (error) {
    late.push(`It did not come to its end: ${String(error)}`);
    child.kill("SIGKILL");
  }
  const ended = await child.ended;
  life.ended = late.length > 0 ? "impatience" : ended;
  life.output = child.output;
  life.notes.push(...child.notes());
  for (const { kind } of life.notes) if (kind !== "stall") count(kind);
  count(`ended by ${life.ended}`);
  life.states = await peekAfterDeath(folder, run.plan.lanes);
  return [...judgeLife(run, lives.length - 1), ...late];
}

interface FollowParts extends Pick<LiveParts, "scene" | "count"> {
  readonly plan: LifePlan;
  readonly life: Life;
}

/** Sends the signals that are planned, at the requests that they are planned for. */
function follow(child: Child, { plan, scene, life, count }: FollowParts): void {
  const counts = { tenant: 0, "webhook received": 0, "webhook answered": 0 };
  const { end } = plan;
  scene.listen((event) => {
    counts[event] += 1;
    if (end && end.at === event && counts[event] === end.count) {
      count(`${end.signal} sent`);
      child.kill(end.signal);
    }
    for (const { atRequest, forMs } of plan.pauses) {
      if (event === "webhook received" && counts[event] === atRequest)
        void pause(child, forMs, { life, count });
    }
  });
}

async function pause(
  child: Child,
  forMs: number,
  { life, count }: Pick<FollowParts, "life" | "count">,
): Promise<void> {
  if (child.hasEnded) return;
  const from = monotonicMs();
  child.kill("SIGSTOP");
  // True time, since it is what the process loses.
  await delay(forMs);
  child.kill("SIGCONT");
  life.notes.push({ kind: "stall", from, at: monotonicMs() });
  count("SIGSTOP and SIGCONT");
}

/** What this life has been through before everything gets well: its own faults, and those of the others. */
const faultyReads = 40;

/** Faults go on for a while, and stop; then everything has to arrive. Then one more entry, and an orderly end. */
async function recover(child: Child, parts: LiveParts): Promise<void> {
  const { run, scene, front, signal } = parts;
  const { tenant, webhook, writer } = run;
  const begin = tenant.requests.length;
  const isDead = (): boolean => child.hasEnded;
  await scene.until(() => isDead() || tenant.requests.length - begin >= faultyReads, signal);
  webhook.recover();
  front.recover();
  writer.stop();
  await scene.until(() => isDead() || missing(run).length === 0, signal);
  writer.writeFresh();
  await scene.until(
    async () => isDead() || (missing(run).length === 0 && (await isAllSettled(parts))),
    signal,
  );
  if (isDead()) return;
  child.kill("SIGTERM");
  await scene.until(isDead, signal);
}

async function isAllSettled({ run, folder }: LiveParts): Promise<boolean> {
  const states = await peek(folder, run.plan.lanes);
  const last = run.tenant.entries.findLast(({ logId }) => !run.writer.isLate(logId))?.logId ?? "";
  return [...states.values()].every(({ checkpoint = "" }) => checkpoint >= last);
}
