import type { Attempt } from "./checking-webhook.ts";
import type { LanePlan } from "./plan.ts";
import type { Count, Life, SeedRun } from "./seed-run.ts";

/**
 * What may come again, after it was answered with a whole 2xx:
 *
 * 1. after a crash (SIGKILL), or a write that failed: what lies behind the checkpoint that is then in the storage, and late
 *    entries. Of that, what had nothing unsettled before it must just have been answered: only its checkpoint was still
 *    to be written, perhaps together with others, or that of something before it. Where the tenant mixed up the order nobody can tell what was before what.
 * 2. after an orderly stop: parts of a batch that had to be split.
 * 3. what was answered when the process, or the webhook, got no time for longer than the timeout lets it wait.
 * 4. what the tenant gave out twice.
 *
 * Anything else that comes again is a finding. So is a batch that comes again after a crash, and was grouped in another way.
 */
export function judgeRepeats(run: SeedRun, lane: LanePlan, count: Count): string[] {
  const attempts = run.webhook.attempts.filter((attempt) => attempt.lane === lane.name);
  const findings: string[] = [];
  const last = new Map<string, Attempt>();
  for (const attempt of attempts) {
    for (const { logId } of attempt.entries) {
      const before = last.get(logId);
      last.set(logId, attempt);
      if (before?.outcome !== "taken") continue;
      count("repeats");
      if (isExcused(logId, { run, lane, attempts, before, again: attempt })) continue;
      findings.push(
        `REPEATED: ${logId} was taken by ${lane.name} in life ${before.life + 1}, and came again in life ${attempt.life + 1} without a reason.`,
      );
    }
  }
  return [...findings, ...judgeIds(attempts), ...judgeGrouping(run, attempts, count)];
}

interface Repeat {
  readonly run: SeedRun;
  readonly lane: LanePlan;
  readonly attempts: readonly Attempt[];
  readonly before: Attempt;
  readonly again: Attempt;
}

function isExcused(logId: string, repeat: Repeat): boolean {
  const { run } = repeat;
  return (
    run.servedAgain.has(logId) ||
    isBehindCheckpoint(logId, repeat) ||
    isWriteFailed(repeat) ||
    isPartOfSplit(logId, repeat) ||
    isStalled(repeat)
  );
}

function isBehindCheckpoint(logId: string, { run, lane, attempts, before, again }: Repeat): boolean {
  for (let index = before.life; index < again.life; index++) {
    const life = run.lives[index] as Life;
    const { checkpoint = "" } = life.states.get(lane.name) ?? {};
    const isLate = run.writer.isLate(logId);
    if ((logId <= checkpoint && !isLate) || (life.ended === 0 && !isHurt(life))) continue;
    if (index > before.life || isHurt(life) || run.shuffled.has(logId)) return true;
    const own = attempts.filter((attempt) => attempt.life === index);
    const isOlder = (other: string): boolean => other < logId || isLate;
    // Answered so late that the checkpoint had no time to follow.
    const recent = mostRecent(own, lane, stallsIn(run, index));
    const justTaken = new Set(
      recent.flatMap(({ outcome, entries }) =>
        outcome === "taken" ? entries.map((entry) => entry.logId) : [],
      ),
    );
    const isUnsettled = (other: string): boolean =>
      other > checkpoint || justTaken.has(other) || run.writer.isLate(other);
    return (
      recent.includes(before) || unsettled(own, recent).some((other) => isUnsettled(other) && isOlder(other))
    );
  }
  return false;
}

/** Checkpoints that come due within this time may share a write, and that write takes its time here. */
const groupedMs = 500;

/** The requests whose checkpoint may not have been written when the process ended. */
function mostRecent(own: readonly Attempt[], { concurrency }: LanePlan, stalls: readonly Stall[]) {
  const endedAt = ({ receivedAt, answeredAt = receivedAt }: Attempt): number => answeredAt;
  const lastAt = Math.max(...own.map(endedAt));
  const lostMs = lostBetween(lastAt - 4 * groupedMs, lastAt, stalls);
  const inFlight = own.slice(-2 * (concurrency + 1));
  return own.filter(
    (attempt) => inFlight.includes(attempt) || endedAt(attempt) >= lastAt - groupedMs - lostMs,
  );
}

interface Stall {
  readonly from: number;
  readonly to: number;
}

/** When the process of a life, or the webhook, got no time. */
function stallsIn(run: SeedRun, life: number): Stall[] {
  const notes = run.lives[life]?.notes ?? [];
  const own = notes.flatMap((note) =>
    note.kind === "stall" ? [{ from: note.from ?? note.at, to: note.at }] : [],
  );
  return [...own, ...run.stalls];
}

function lostBetween(from: number, to: number, stalls: readonly Stall[]): number {
  return stalls
    .filter((stall) => stall.to >= from && stall.from <= to)
    .reduce((sum, stall) => sum + stall.to - stall.from, 0);
}

/** What was sent, and not taken, or only by one of the last requests. */
function unsettled(attempts: readonly Attempt[], last: readonly Attempt[]): string[] {
  const taken = new Set<string>();
  const sent = new Set<string>();
  for (const attempt of attempts) {
    const isSettled = attempt.outcome === "taken" && !last.includes(attempt);
    for (const { logId } of attempt.entries) (isSettled ? taken : sent).add(logId);
  }
  return [...sent.difference(taken)];
}

const isHurt = ({ notes }: Life): boolean => notes.some(isWriteFailure);
const isWriteFailure = ({ kind }: Life["notes"][number]): boolean =>
  kind === "disk full" || kind === "read-only disk";

function isWriteFailed({ run, before, again }: Repeat): boolean {
  const lives = run.lives.slice(before.life, again.life + 1);
  return lives.some(({ notes }) =>
    notes.some((note) => isWriteFailure(note) && note.at >= before.receivedAt && note.at <= again.receivedAt),
  );
}

/** The rest of its batch was broken off, and the whole comes again. Where a size was too much, it is not tried any more. */
function isPartOfSplit(logId: string, { attempts, before, again }: Repeat): boolean {
  if (again.life === before.life || again.entries.length <= before.entries.length) return false;
  return attempts.some(
    ({ life, outcome, entries }) =>
      life === before.life &&
      (outcome === "too large" || (outcome === "poison" && entries.some((entry) => entry.logId === logId))),
  );
}

function isStalled({ run, lane, before }: Repeat): boolean {
  const from = before.receivedAt - lane.timeoutMs;
  const to = (before.answeredAt ?? before.receivedAt) + lane.timeoutMs;
  const lostMs = lostBetween(from, to, stallsIn(run, before.life));
  const tookMs = (before.answeredAt ?? before.receivedAt) - before.receivedAt;
  return lostMs + tookMs > lane.timeoutMs / 2;
}

/** The same entries come under the same id, others under another. */
function judgeIds(attempts: readonly Attempt[]): string[] {
  const idOf = new Map<string, string>();
  const entriesOf = new Map<string, string>();
  const findings: string[] = [];
  for (const { id, entries } of attempts) {
    const key = entries.map(({ logId }) => logId).join();
    if ((idOf.get(key) ?? id) !== id || (entriesOf.get(id) ?? key) !== key) {
      findings.push(
        `The webhook-id ${id} does not belong to its ${entries.length} entries from ${entries[0]?.logId} on.`,
      );
    }
    idOf.set(key, id);
    entriesOf.set(id, key);
  }
  return findings;
}

/** After a crash the same batches come again, so that who sorts out repeats by their id can. */
function judgeGrouping({ plan, lives }: SeedRun, attempts: readonly Attempt[], count: Count): string[] {
  const isReordered = plan.tenantFaults.some(({ kind }) => kind === "duplicates" || kind === "out of order");
  // A crash alone: what an orderly stop, a failed write or a late entry changes is no promise.
  if (isReordered || plan.lateEntries > 0) return [];
  let isTooMuch = false;
  const ids = new Set<string>();
  const firstLife = new Map<string, number>();
  const split = new Set<string>();
  const findings: string[] = [];
  for (const { id, life, lane, entries, outcome } of attempts) {
    const earlier = entries
      .map(({ logId }) => firstLife.get(logId))
      .find((one) => one !== undefined && one < life);
    // A size that was too much is forgotten with the process, and then tried again.
    const isSplit = isTooMuch || entries.some(({ logId }) => split.has(logId));
    const isAfterStop = lives.slice(earlier, life).some(({ ended }) => ended === 0);
    const isAfterFault = lives.slice(earlier, life + 1).some(isHurt);
    if (earlier !== undefined && ids.has(id)) count("batches again under their id");
    if (earlier !== undefined && !ids.has(id) && !isSplit && !isAfterStop && !isAfterFault) {
      findings.push(
        `REGROUPED: ${lane} got entries of life ${earlier + 1} in life ${life + 1} in another batch, from ${entries[0]?.logId} on.`,
      );
    }
    ids.add(id);
    isTooMuch ||= outcome === "too large";
    for (const { logId } of entries) {
      if (!firstLife.has(logId)) firstLife.set(logId, life);
      if (outcome === "poison") split.add(logId);
    }
  }
  return findings;
}
