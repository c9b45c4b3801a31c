import { exactText, exactValue } from "./exact-text.ts";
import { judgeRepeats } from "./judge-repeats.ts";
import { isFiltered, obligations, takenOf } from "./obligations.ts";
import type { LanePlan } from "./plan.ts";
import type { Count, Life, SeedRun } from "./seed-run.ts";

/** What must hold whenever a life has ended: its exit, and a checkpoint that has passed nothing that is not settled. */
export function judgeLife(run: SeedRun, index: number): string[] {
  const life = run.lives[index] as Life;
  const where = `life ${index + 1}`;
  const findings = wrongEnd(life).map((finding) => `${where}: ${finding}`);
  for (const lane of run.plan.lanes) {
    const { checkpoint = "" } = life.states.get(lane.name) ?? {};
    const passed = obligations(run).filter(({ logId }) => logId <= checkpoint && !run.writer.isLate(logId));
    const settled = settledOf(run, lane, life);
    for (const { logId } of passed) {
      if (!settled.has(logId))
        findings.push(
          `LOST? ${where}: the checkpoint of ${lane.name} has passed ${logId}, which is not settled.`,
        );
    }
  }
  return findings;
}

function wrongEnd({ plan, ended, notes }: Life): string[] {
  if (ended === "impatience") return [];
  const isHurt = notes.some(({ kind }) => kind === "disk full" || kind === "read-only disk");
  const expected = plan.end?.signal === "SIGKILL" ? "SIGKILL" : 0;
  // A storage that cannot be written when it is opened is told, and that is the end; `75` asks to be started again.
  if (ended === expected || (isHurt && ended === 75)) return [];
  return [`it ended with ${ended} in place of ${expected}.`];
}

function settledOf(run: SeedRun, lane: LanePlan, life: Life): ReadonlySet<string> {
  const settled = new Set(life.states.get(lane.name)?.parked.map(({ uid }) => uid));
  return settled.union(takenOf(run, lane.name));
}

/** What must hold when everything has recovered and come to its end. */
export function judgeSeed(run: SeedRun, count: Count): string[] {
  return run.plan.lanes.flatMap((lane) => [
    ...judgeDelivered(run, lane),
    ...judgeContents(run, lane),
    ...judgeParked(run, lane, count),
    ...judgeRepeats(run, lane, count),
  ]);
}

function judgeDelivered(run: SeedRun, lane: LanePlan): string[] {
  const taken = takenOf(run, lane.name);
  return obligations(run)
    .filter(({ logId }) => !taken.has(logId) && !run.writer.isPoison(logId))
    .map(({ logId }) => `LOST: ${logId} was never delivered to ${lane.name}.`);
}

/** Everything that was sent was issued, is what was issued, and was to be sent. */
function judgeContents(run: SeedRun, lane: LanePlan): string[] {
  const book = new Map(run.tenant.entries.map((entry) => [entry.logId, entry]));
  const texts = new Map(run.tenant.entries.map(({ logId, json }) => [logId, exactText(json)]));
  const findings = new Set<string>();
  for (const attempt of run.webhook.attempts.filter((one) => one.lane === lane.name)) {
    for (const { logId, text } of attempt.entries) {
      const entry = book.get(logId);
      if (!entry) findings.add(`CORRUPTED: ${lane.name} was sent ${logId}, which was never issued.`);
      else if (texts.get(logId) !== text)
        findings.add(`CORRUPTED: ${logId} came to ${lane.name} as ${text.slice(0, 300)}`);
      else if (isFiltered(run.plan, entry.json))
        findings.add(`${lane.name} was sent ${logId}, which the filter leaves out.`);
    }
  }
  return [...findings];
}

function judgeParked(run: SeedRun, lane: LanePlan, count: Count): string[] {
  const parked = run.lives.at(-1)?.states.get(lane.name)?.parked ?? [];
  const texts = new Map(run.tenant.entries.map(({ logId, json }) => [logId, exactText(json)]));
  const poison = obligations(run).filter(({ logId }) => run.writer.isPoison(logId));
  count("parked", parked.length);
  const missing = poison
    .filter(({ logId }) => !parked.some(({ uid }) => uid === logId))
    .map(({ logId }) => `LOST: ${logId} was refused by ${lane.name} and is not parked.`);
  const wrong = parked.flatMap(({ uid, reason, attempts, record }) => {
    if (!run.writer.isPoison(uid))
      return [`${uid} of ${lane.name} is parked, and was never refused: ${reason}`];
    const found: string[] = [];
    if (bodyText(record) !== texts.get(uid))
      found.push(`CORRUPTED: ${uid} is parked as ${record.slice(0, 300)}`);
    if (!reason.includes(String(run.plan.poisonStatus)) || attempts < 1) {
      found.push(`${uid} is parked without its reason: ${reason}, ${attempts} attempts`);
    }
    return found;
  });
  return [...missing, ...wrong];
}

/** The entry in a parked record, as `exactText` writes it. */
const bodyText = (record: string): string => JSON.stringify((exactValue(record) as { body: unknown }).body);
