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
import { checkForGap } from "./gap.ts";
import type { LaneGapMemory } from "./gap-memory.ts";
import type { LaneReads } from "./lane-reads.ts";
import type { LogSpan } from "./log-spans.ts";
import type { SharedReads } from "./shared-reads.ts";
import type { LogPage } from "./tenant-log.ts";

/** Lanes that begin together share what they search for. */
export type LogSearches = SharedReads<"oldest" | "newest", LogPage>;

export interface OpenLaneParts {
  readonly lane: string;
  readonly config: Auth0Config;
  readonly settings: ComponentSettings;
  readonly searches: LogSearches;
  readonly gapMemory: LaneGapMemory;
  readonly reading: LaneReads;
  readonly signal: AbortSignal;
}

/** A lane that is ready to read on. */
export interface OpenLane {
  readonly checkpoint: LaneCheckpoint;
  readonly start: Start;
  /** What the last pass has left to be looked at again. */
  readonly lookAgain: readonly LogSpan[];
  /** Says aloud what expired while nobody read. It may have to wait for the tenant. */
  checkForGap(): Promise<void>;
}

/** Finds out where the lane stands: at its checkpoint, or where `start_from` says when there is none or it has changed. */
export async function openLane(parts: OpenLaneParts): Promise<OpenLane> {
  const { lane, config, settings, searches, gapMemory, reading, signal } = parts;
  const { domain, startFrom } = config;
  const options = { ...settings, lane, domain, startFrom: startFrom.text };
  // What was searched for before this lane has begun may have changed since.
  const newerThan = searches.latestSerial;
  const search = (first: "oldest" | "newest"): Promise<LogPage> =>
    reading((patient) => searches.read(first, { ...patient, newerThan }), signal);

  const stored = await loadCheckpoint(options);
  if (stored?.startFrom === startFrom.text) {
    settings.logger.info({ lane, logId: stored.logId }, "Reading goes on from the checkpoint.");
    const { retentionMs } = config;
    const { logId, lookAgain = [] } = stored;
    return {
      checkpoint: createLaneCheckpoint(stored, options),
      start: { logId },
      lookAgain,
      checkForGap: () =>
        checkForGap(stored, () => search("oldest"), { ...options, retentionMs, memory: gapMemory }),
    };
  }

  const now = settings.clock.now();
  const start = await findStart(startFrom, { search, now, logger: settings.logger });
  logStart(stored, start, options);
  if (startFrom.kind !== "now")
    return {
      checkpoint: createLaneCheckpoint(undefined, options),
      start,
      lookAgain: [],
      checkForGap: async () => {},
    };

  // Kept at once: after a crash, "now" would be later, and what came in between would be left out.
  const begun = { logId: start.logId, startFrom: startFrom.text, caughtUpAt: now };
  await saveCheckpoint(options, { ...begun, at: now });
  return {
    checkpoint: createLaneCheckpoint(begun, options),
    start,
    lookAgain: [],
    checkForGap: async () => {},
  };
}

interface LogStartOptions {
  readonly lane: string;
  readonly startFrom: string;
  readonly logger: ComponentSettings["logger"];
}

function logStart(
  stored: StoredCheckpoint | undefined,
  { logId }: Start,
  { lane, startFrom, logger }: LogStartOptions,
): void {
  const fields = { lane, startFrom, logId };
  if (!stored) logger.info(fields, "There is no checkpoint yet; reading begins where start_from says.");
  else {
    const { logId: leftAt, startFrom: formerStartFrom } = stored;
    logger.warn(
      { ...fields, leftAt, formerStartFrom },
      "start_from has changed, so the checkpoint moves to where it says.",
    );
  }
}
