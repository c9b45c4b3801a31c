import { Cron } from "croner";
import type { Clock } from "./clock.ts";
import { RecordsRejectedError, StorageError } from "./errors.ts";
import type { Logger } from "./logger.ts";
import { type Lane, runPass } from "./pipeline.ts";
import { type RunTracker, trackRuns } from "./run-tracker.ts";
import type { RunHistory, RunRecord } from "./storage.ts";
import type { EventStream, PipelineEvent } from "./telemetry.ts";

export interface RunLaneOptions {
  /** One run, then end. False: a run at each tick of the lane's schedule, or follow the source for ever. */
  readonly once: boolean;
  readonly stop: AbortSignal;
  readonly abort: AbortSignal;
  readonly events: EventStream;
  readonly runs: RunHistory;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A run and what made it fail, where it did. */
export interface LaneOutcome {
  readonly run: RunRecord;
  readonly error?: unknown;
}

/**
 * Runs a lane until it is stopped, or once. Never rejects: a failed run is part of the outcome, and unless `once`, the
 * next one begins at the same checkpoint.
 */
export async function runLane(lane: Lane, options: RunLaneOptions): Promise<LaneOutcome | undefined> {
  const tracker = trackRuns({
    ...options,
    lane: lane.id,
    cutWhenQuiet: !options.once && lane.schedule === undefined,
  });
  try {
    if (options.once) return await runOnce(lane, tracker, { ...options, trigger: "once" });
    if (lane.schedule === undefined) return await follow(lane, tracker, options);
    return await runOnSchedule(lane, tracker, { ...options, schedule: lane.schedule });
  } catch (error) {
    // Nothing that may happen to entries: a component's schedule that is none, or a bug.
    const run = await tracker.finish({ status: "failed", error });
    return run && { run, error };
  } finally {
    tracker.stopTracking();
  }
}

type RunOnceOptions = RunLaneOptions & {
  readonly trigger: RunRecord["trigger"];
  readonly nextRunAt?: () => number | undefined;
};

async function runOnce(
  lane: Lane,
  tracker: RunTracker,
  options: RunOnceOptions,
): Promise<LaneOutcome | undefined> {
  const { stop, trigger } = options;
  tracker.start(trigger);
  try {
    await runPass(lane, passOptions(options, { follow: false }));
    const status = stop.aborted ? "stopped" : "succeeded";
    const run = await tracker.finish({ status, nextRunAt: options.nextRunAt?.() });
    return run && { run };
  } catch (error) {
    const run = await tracker.finish({ status: "failed", error, nextRunAt: options.nextRunAt?.() });
    return run && { run, error };
  }
}

type ScheduleOptions = RunLaneOptions & { readonly schedule: string };

/** The first run is at once, so that a restart catches up; then one at each tick. A tick during a run is left out. */
async function runOnSchedule(
  lane: Lane,
  tracker: RunTracker,
  options: ScheduleOptions,
): Promise<LaneOutcome | undefined> {
  const { clock, stop, schedule } = options;
  const cron = new Cron(schedule, { paused: true });
  const nextRunAt = (): number | undefined => cron.nextRun(new Date(clock.now()))?.getTime();
  let outcome: LaneOutcome | undefined;
  while (!stop.aborted) {
    outcome = await runOnce(lane, tracker, { ...options, trigger: "schedule", nextRunAt });
    const next = nextRunAt();
    // The config refuses a schedule that never comes; one that has come for the last time ends the lane.
    if (next === undefined) break;
    await sleepUntilStop(next - clock.now(), options);
  }
  return outcome;
}

/** A lane that cannot go on begins again after this long at the most. */
const longestRestartMs = 900_000;

/** Begins again after a failure that retries cannot mend: soon at first, then more and more slowly, until it moves. */
async function follow(
  lane: Lane,
  tracker: RunTracker,
  options: RunLaneOptions,
): Promise<LaneOutcome | undefined> {
  const { stop, clock, events } = options;
  let failures = 0;
  const stopWatching = events.subscribe((event) => {
    const hasMoved = event.type === "records.settled" && event.count > 0;
    if (hasMoved && event.lane === lane.id) failures = 0;
  });
  while (!stop.aborted) {
    const error = await followOnce(lane, options);
    if (stop.aborted) break;
    const delayMs = Math.min(lane.delivery.retry.maxIntervalMs * 2 ** failures, longestRestartMs);
    // A person makes room on the disk, mends the webhook, empties what is parked, and looks whether it goes on.
    if (!(error instanceof StorageError || error instanceof RecordsRejectedError)) failures += 1;
    await tracker.finish({ status: "failed", error, nextRunAt: clock.now() + delayMs });
    await sleepUntilStop(delayMs, options);
  }
  stopWatching();
  const run = await tracker.finish({ status: "stopped" });
  return run && { run };
}

/** Follows until it is stopped or fails, and resolves with what made it fail. */
async function followOnce(lane: Lane, options: RunLaneOptions): Promise<unknown> {
  try {
    await runPass(lane, passOptions(options, { follow: true }));
    return new Error(`The receiver of ${lane.id} has ended, although it was told to follow its source.`);
  } catch (error) {
    return error;
  }
}

function passOptions({ stop, abort, clock, events }: RunLaneOptions, { follow }: { follow: boolean }) {
  return { follow, stop, abort, clock, emit: (event: PipelineEvent) => events.emit(event) };
}

function sleepUntilStop(ms: number, { clock, stop }: RunLaneOptions): Promise<void> {
  return clock.sleep(Math.max(ms, 0), { signal: stop }).catch(() => {});
}
