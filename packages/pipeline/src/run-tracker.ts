import { randomUUID } from "node:crypto";
import type { Clock } from "./clock.ts";
import { LoghookError } from "./errors.ts";
import type { Logger } from "./logger.ts";
import type { RunHistory, RunRecord, RunStatus } from "./storage.ts";
import type { EventStream, PipelineEvent } from "./telemetry.ts";

export interface RunTrackerOptions {
  readonly lane: string;
  readonly events: EventStream;
  readonly runs: RunHistory;
  readonly clock: Clock;
  readonly logger: Logger;
  /**
   * A lane that follows its source has no runs of its own. True: one begins with the first entries after a quiet time
   * and ends when the lane is caught up and everything is settled.
   */
  readonly cutWhenQuiet: boolean;
}

interface RunOutcome {
  readonly status: Exclude<RunStatus, "running" | "interrupted">;
  readonly error?: unknown;
  readonly nextRunAt?: number | undefined;
}

/** Counts what a run does and keeps its record in the history. */
export interface RunTracker {
  start(trigger: RunRecord["trigger"]): void;
  /** Resolves with the finished run; undefined when none was under way and nothing failed. */
  finish(outcome: RunOutcome): Promise<RunRecord | undefined>;
  stopTracking(): void;
}

/** A run that goes on for long is brought up to date in the history this often. */
const saveIntervalMs = 1000;

export function trackRuns(options: RunTrackerOptions): RunTracker {
  const { lane, events, runs, clock, logger, cutWhenQuiet } = options;
  let run: RunRecord | undefined;
  let waiting = 0;
  let caughtUp = false;
  let savedAt = 0;
  // One write after the other, so that an older state never overwrites a newer one.
  let lastSave = Promise.resolve();

  const stopTracking = events.subscribe((event) => {
    if (!("lane" in event) || event.lane !== lane) return;
    if (event.type === "records.read") {
      waiting = event.waiting;
      caughtUp = event.caughtUp;
      if (cutWhenQuiet && event.read > 0) run ??= begin("poll");
    }
    if (event.type === "records.settled") waiting = event.waiting;
    if (!run) return;
    run = counted(run, event);
    if (event.type === "checkpoint.moved" && clock.now() - savedAt >= saveIntervalMs) void save(run);
    if (cutWhenQuiet && caughtUp && event.type === "records.settled" && waiting === 0) {
      void finish({ status: "succeeded" });
    }
  });

  function begin(trigger: RunRecord["trigger"]): RunRecord {
    const startedAt = clock.now();
    const begun: RunRecord = {
      id: randomUUID(),
      lane,
      trigger,
      status: "running",
      startedAt,
      read: 0,
      kept: 0,
      delivered: 0,
      parked: 0,
      dropped: 0,
    };
    events.emit({ type: "run.started", lane, run: begun });
    void save(begun);
    return begun;
  }

  // History is for people; when it cannot be written the entries go on all the same.
  function save(record: RunRecord): Promise<void> {
    savedAt = clock.now();
    lastSave = lastSave
      .then(() => runs.save(record))
      .catch((error: unknown) => logger.error({ error, lane }, "The history of runs could not be written."));
    return lastSave;
  }

  async function finish({ status, error, nextRunAt }: RunOutcome): Promise<RunRecord | undefined> {
    if (!run && status !== "failed") return undefined;
    const begun = run ?? begin("poll");
    const finished: RunRecord = {
      ...begun,
      status,
      // The clock may have been set back.
      endedAt: Math.max(clock.now(), begun.startedAt),
      nextRunAt,
      error: error === undefined ? undefined : describeError(error),
    };
    run = undefined;
    await save(finished);
    events.emit({ type: "run.finished", lane, run: finished, waiting });
    return finished;
  }

  return {
    start(trigger) {
      waiting = 0;
      run = begin(trigger);
    },
    finish,
    stopTracking,
  };
}

function counted(run: RunRecord, event: PipelineEvent): RunRecord {
  switch (event.type) {
    case "records.read":
      return { ...run, read: run.read + event.read, kept: run.kept + event.kept };
    case "records.delivered":
      return { ...run, delivered: run.delivered + event.batch.length };
    case "records.parked":
      return { ...run, parked: run.parked + event.batch.length };
    case "records.dropped":
      return { ...run, dropped: run.dropped + event.batch.length };
    case "checkpoint.moved":
      return { ...run, checkpoint: event.checkpoint };
    default:
      return run;
  }
}

function describeError(error: unknown): NonNullable<RunRecord["error"]> {
  if (error instanceof LoghookError)
    return { code: error.code, message: error.message, remedy: error.remedy };
  return { code: "INTERNAL", message: error instanceof Error ? error.message : String(error) };
}
