import type { PipelineEvent, RunRecord } from "@loghook/pipeline";
import { type Failing, type Failure, type FailureAlertsOptions, failureAlerts } from "./failure-alerts.ts";
import { gapAlerts } from "./gap-alerts.ts";
import type { LaneStates } from "./lane-states.ts";
import { successMessage } from "./messages.ts";
import { type ParkingAlertsOptions, parkingAlerts } from "./parking-alerts.ts";

export interface LaneAlertsOptions extends FailureAlertsOptions, ParkingAlertsOptions {
  readonly sendSuccess: boolean;
}

/** Disposing says what is due. */
export interface LaneAlerts extends AsyncDisposable {
  readonly failing: LaneStates<Failing>;
  /**
   * Says what is to be said about an event, if anything. Called for one event after the other.
   *
   * @param now when the event happened
   */
  handle(event: PipelineEvent, now: number): Promise<void>;
}

type EventOf<Type extends PipelineEvent["type"]> = Extract<PipelineEvent, { type: Type }>;

const reportedTypes: ReadonlySet<PipelineEvent["type"]> = new Set([
  "lane.failing",
  "lane.recovered",
  "lane.removed",
  "receiver.gap",
  "records.dropped",
  "records.parked",
  "retry.scheduled",
  "run.finished",
  "run.started",
] as const);

/** Whether anything may have to be said about the event. */
export function isReported(event: PipelineEvent): boolean {
  return reportedTypes.has(event.type);
}

/** From the events of the lanes to the messages about them. */
export function laneAlerts(options: LaneAlertsOptions): LaneAlerts {
  const { outbox, sendSuccess, name } = options;
  const { failing, noteFailure, noteRecovery } = failureAlerts(options);
  const noteGap = gapAlerts(options);
  const setAside = parkingAlerts(options);

  async function noteRun({ lane, run, waiting }: EventOf<"run.finished">, now: number): Promise<void> {
    if (run.status === "failed") await noteFailure(lane, failureOfRun(run, waiting), now);
    if (run.status !== "succeeded") return;
    const wasFailing = await noteRecovery(lane, now, run);
    if (sendSuccess && !wasFailing) outbox.send(successMessage(run, { lane, name, now }));
  }

  /** The only sign that a lane which has been announced as failing still does. */
  async function noteRetry(event: EventOf<"retry.scheduled">, now: number): Promise<void> {
    const before = await failing.get(event.lane);
    if (before) await noteFailure(event.lane, failureOfRetries(event, before.waiting), now);
  }

  return {
    failing,
    async handle(event, now) {
      if (event.type === "lane.failing") {
        await noteFailure(event.lane, failureOfRetries(event, event.waiting), now);
      }
      if (event.type === "lane.recovered") await noteRecovery(event.lane, now);
      // Somebody took it out: nothing fails any more, and nothing has recovered either.
      if (event.type === "lane.removed") {
        await failing.set(event.lane, undefined);
        await setAside.forget(event.lane);
      }
      if (event.type === "run.started") await setAside.resume(event.lane);
      if (event.type === "records.parked" || event.type === "records.dropped") {
        await setAside.note(event, now);
      }
      if (event.type === "retry.scheduled") await noteRetry(event, now);
      if (event.type === "run.finished") await noteRun(event, now);
      if (event.type === "receiver.gap") await noteGap(event, now);
    },
    [Symbol.asyncDispose]: () => setAside[Symbol.asyncDispose](),
  };
}

function failureOfRun(run: RunRecord, waiting: number): Failure {
  return {
    problem: run.error?.message ?? "",
    remedy: run.error?.remedy,
    since: run.startedAt,
    waiting,
    nextTry: run.nextRunAt ?? "by hand",
  };
}

function failureOfRetries(
  { error, since }: EventOf<"lane.failing"> | EventOf<"retry.scheduled">,
  waiting: number,
): Failure {
  return { problem: error.message, remedy: error.remedy, since, waiting, nextTry: "by itself" };
}
