import type { ComponentSettings } from "@loghook/pipeline";
import type { Checkpoint, LaneCheckpoint } from "./checkpoint.ts";
import type { LaneGapMemory } from "./gap-memory.ts";
import { logIdTime } from "./log-id.ts";
import type { LogPage } from "./tenant-log.ts";
import { entryTime } from "./to-log-record.ts";

// Auth0 deletes entries after the plan's retention, and says nothing to those who had not read them yet.

/** No plan keeps entries for less: https://auth0.com/docs/deploy-monitor/logs/log-data-retention */
const shortestRetentionMs = 86_400_000;

export interface GapOptions extends Pick<ComponentSettings, "clock" | "logger" | "emit"> {
  readonly lane: string;
  readonly domain: string;
  readonly retentionMs: number | undefined;
  readonly memory: LaneGapMemory;
}

/** Until when nothing is missing. Undefined: the id does not say. Milliseconds since 1970. */
function completeUntil({ logId, caughtUpAt }: Checkpoint): number | undefined {
  const times = [logIdTime(logId), caughtUpAt].filter((time) => time !== undefined);
  return times.length === 0 ? undefined : Math.max(...times);
}

/**
 * Says aloud when entries behind a checkpoint are gone. Asks the tenant for its oldest entry only when the checkpoint is
 * old enough for that.
 */
export async function checkForGap(
  checkpoint: Checkpoint,
  findOldest: () => Promise<LogPage>,
  { lane, domain, retentionMs, memory, clock, logger, emit }: GapOptions,
): Promise<void> {
  if (memory.lostBehind === checkpoint.logId) return;
  const since = completeUntil(checkpoint);
  const ageMs = since === undefined ? 0 : clock.now() - since;
  if (since === undefined || ageMs < Math.min(shortestRetentionMs, retentionMs ?? shortestRetentionMs))
    return;

  const oldest = oldestTime(await findOldest());
  const isExpired = retentionMs !== undefined && ageMs > retentionMs;
  const until = oldest ?? (isExpired ? clock.now() - retentionMs : since);
  if (until <= since) return;
  memory.lostBehind = checkpoint.logId;
  const message = `What ${domain} logged between ${iso(since)} and ${iso(until)} is lost: it was not read while the tenant kept it.`;
  logger.debug(
    { lane, since: iso(since), until: iso(until) },
    "Entries are gone that were not read in time.",
  );
  emit({ type: "receiver.gap", lane, lost: true, message });
}

/** When the oldest entries were ingested. Undefined: there are none. */
function oldestTime({ entries }: LogPage): number | undefined {
  const times = entries.flatMap(({ entry, logId }) => logIdTime(logId ?? "") ?? entryTime(entry) ?? []);
  return times.length === 0 ? undefined : Math.min(...times);
}

/** The parts of the retention at which a lane that falls behind is told of, once each. At the last, entries go. */
const warningShares = [0.5, 0.8, 1];
const looksPerRetention = 20;

/** An eye on how far a lane is behind. */
export interface LagWatch {
  /** Looks from time to time, also while the destination takes nothing, and warns. Rejects when the signal aborts. */
  watch(signal: AbortSignal): Promise<void>;
  /** The lane has come further: what it has left behind may be said again another time. Never warns. */
  relax(): void;
  /**
   * The lane has read this far, first of all: as long as nothing is settled, this is what it is behind. What is nearly
   * expired when it is first read is no reason to warn. Undefined: nobody knows when that was.
   */
  begin(time: number | undefined): void;
}

/** Warns when what is not settled yet is about to expire. Does nothing without a known retention. */
export function createLagWatch(checkpoint: LaneCheckpoint, options: GapOptions): LagWatch {
  const { lane, domain, retentionMs, memory, clock, logger, emit } = options;
  if (retentionMs === undefined) return { watch: async () => {}, relax: () => {}, begin: () => {} };

  let begunAt: number | undefined;
  const standsAt = (): number =>
    (checkpoint.settled ? completeUntil(checkpoint.settled) : begunAt) ?? clock.now();
  const levelAt = (since: number): number =>
    warningShares.filter((share) => clock.now() - since >= share * retentionMs).length;

  // What was beyond the retention at the start is for checkForGap, which has looked at what is really gone. Of this nothing
  // is kept: where only the clock is wrong, it must not keep a later warning away.
  let untold = levelAt(standsAt()) === warningShares.length ? warningShares.length : 0;

  function relaxTo(level: number): void {
    untold = Math.min(untold, level);
    memory.lagLevel = Math.min(memory.lagLevel, level);
  }

  return {
    async watch(signal) {
      for (;;) {
        const since = standsAt();
        const level = levelAt(since);
        if (level > Math.max(memory.lagLevel, untold)) {
          warn(since, level);
          memory.lagLevel = level;
        }
        relaxTo(level);
        await clock.sleep(retentionMs / looksPerRetention, { signal });
      }
    },
    relax: () => relaxTo(levelAt(standsAt())),
    begin(time) {
      if (checkpoint.settled || begunAt !== undefined || time === undefined) return;
      begunAt = time;
      untold = levelAt(time);
    },
  };

  function warn(since: number, level: number): void {
    const deadline = since + (retentionMs ?? 0);
    const lost = level === warningShares.length;
    const times = { since: iso(since), deadline: iso(deadline) };
    logger.debug({ lane, ...times }, "The lane is falling behind the tenant's retention.");
    const message = lagMessage({ domain, lost, ...times });
    emit({ type: "receiver.gap", lane, lost, message, ...(!lost && { deadline }) });
  }
}

interface Lag {
  readonly domain: string;
  readonly lost: boolean;
  readonly since: string;
  readonly deadline: string;
}

function lagMessage({ domain, lost, since, deadline }: Lag): string {
  return lost
    ? `The lane stands at ${since}, further back than ${domain} keeps entries: since ${deadline} they are being lost.`
    : `The lane stands at ${since}; unless it catches up by ${deadline}, entries of ${domain} are lost.`;
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
