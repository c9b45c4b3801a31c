import type { ComponentSettings } from "@loghook/pipeline";
import {
  createLaneCheckpoint,
  type LaneCheckpoint,
  loadCheckpoint,
  type StoredCheckpoint,
  saveCheckpoint,
} from "./checkpoint.ts";
import type { Auth0Config } from "./config.ts";
import { findStart, type Start } from "./find-start.ts";
import { checkForGap, type GapMemory } from "./gap.ts";
import type { RetryingReads } from "./retrying-reads.ts";
import type { LogPage, TenantLog } from "./tenant-log.ts";

export interface OpenLaneParts {
  readonly lane: string;
  readonly config: Auth0Config;
  readonly settings: ComponentSettings;
  readonly log: TenantLog;
  readonly gapMemory: GapMemory;
  readonly retrying: RetryingReads;
  readonly signal: AbortSignal;
}

/** A lane that is ready to read on. */
export interface OpenLane {
  readonly checkpoint: LaneCheckpoint;
  readonly start: Start;
}

/** Finds out where the lane stands: at its checkpoint, or where `start_from` says when there is none or it has changed. */
export async function openLane(parts: OpenLaneParts): Promise<OpenLane> {
  const { lane, config, settings, log, gapMemory, retrying, signal } = parts;
  const options = { ...settings, lane, startFrom: config.startFrom.text };
  const search = (first: "oldest" | "newest"): Promise<LogPage> =>
    retrying((budgeted) => log.search(first, budgeted), signal);

  const stored = await loadCheckpoint(options);
  if (stored?.startFrom === config.startFrom.text) {
    settings.logger.info({ lane, logId: stored.logId }, "Reading goes on from the checkpoint.");
    const { retentionMs } = config;
    await checkForGap(stored, () => search("oldest"), { ...options, retentionMs, memory: gapMemory });
    return { checkpoint: createLaneCheckpoint(stored, options), start: { logId: stored.logId } };
  }

  const now = settings.clock.now();
  const start = await findStart(config.startFrom, { search, now, logger: settings.logger });
  logStart(stored, start, { ...options, domain: config.domain });
  if (config.startFrom.kind !== "now") return { checkpoint: createLaneCheckpoint(undefined, options), start };

  // Kept at once: after a crash, "now" would be later, and what came in between would be left out.
  const begun = { logId: start.logId, startFrom: config.startFrom.text, caughtUpAt: now };
  await saveCheckpoint(options, { ...begun, at: now });
  return { checkpoint: createLaneCheckpoint(begun, options), start };
}

interface LogStartOptions {
  readonly lane: string;
  readonly startFrom: string;
  readonly domain: string;
  readonly logger: ComponentSettings["logger"];
}

function logStart(
  stored: StoredCheckpoint | undefined,
  { logId }: Start,
  { lane, startFrom, domain, logger }: LogStartOptions,
): void {
  const fields = { lane, domain, startFrom, logId };
  if (!stored) logger.info(fields, "There is no checkpoint yet; reading begins where start_from says.");
  else {
    const { logId: leftAt, startFrom: formerStartFrom } = stored;
    logger.warn(
      { ...fields, leftAt, formerStartFrom },
      "start_from has changed, so the checkpoint moves to where it says.",
    );
  }
}
