import type { ReporterSettings, RunRecord } from "@loghook/pipeline";
import { type LaneStates, laneStates } from "./lane-states.ts";
import { type FailureDetails, failureMessage, recoveryMessage } from "./messages.ts";
import type { Outbox } from "./outbox.ts";

/** What is remembered of a lane while it fails. */
export interface Failing {
  readonly since: number;
  readonly waiting: number;
  /** Undefined: the alert did not get through to Slack. */
  readonly alertedAt?: number | undefined;
}

export type Failure = Omit<FailureDetails, "isReminder" | "checkpoint">;

export interface FailureAlerts {
  readonly failing: LaneStates<Failing>;
  /** Sends an alert, or a reminder when one is due, or nothing. */
  noteFailure(lane: string, failure: Failure, now: number): Promise<void>;
  /** Resolves with whether there was a failure to recover from. */
  noteRecovery(lane: string, now: number, run?: RunRecord): Promise<boolean>;
}

export interface FailureAlertsOptions extends Pick<ReporterSettings, "runs" | "storage" | "logger"> {
  readonly outbox: Outbox;
  readonly reminderIntervalMs: number;
  /** Of this loghook. */
  readonly name: string;
}

/** Runs to look through for the last checkpoint: those that fail from the start have none. */
const checkpointSearch = 1_000;

/** One alert when a lane begins to fail, reminders while it goes on, one message when it is over. */
export function failureAlerts(options: FailureAlertsOptions): FailureAlerts {
  const { outbox, reminderIntervalMs, name, runs, storage, logger } = options;
  const failing = laneStates<Failing>({ storage, prefix: "failing/", logger });

  async function lastCheckpoint(lane: string): Promise<string | undefined> {
    try {
      const newest = await runs.list({ lane, limit: checkpointSearch });
      return newest.find(({ checkpoint }) => checkpoint !== undefined)?.checkpoint;
    } catch (error) {
      logger.warn({ error, lane }, "The lane's checkpoint could not be read for a report.");
      return undefined;
    }
  }

  return {
    failing,
    async noteFailure(lane, failure, now) {
      const { alertedAt, since: began = failure.since } = (await failing.get(lane)) ?? {};
      if (alertedAt !== undefined && now - alertedAt < reminderIntervalMs) return;
      const since = Math.min(began, failure.since);
      await failing.set(lane, { since, waiting: failure.waiting, alertedAt: now });
      const details = {
        ...failure,
        since,
        isReminder: alertedAt !== undefined,
        checkpoint: await lastCheckpoint(lane),
      };
      outbox.send(failureMessage(details, { lane, name, now }), async () => {
        const current = await failing.get(lane);
        if (current?.alertedAt === now) await failing.set(lane, { ...current, alertedAt: undefined });
      });
    },
    async noteRecovery(lane, now, run) {
      const before = await failing.get(lane);
      if (before === undefined) return false;
      await failing.set(lane, undefined);
      outbox.send(recoveryMessage({ since: before.since, run }, { lane, name, now }));
      return true;
    },
  };
}
