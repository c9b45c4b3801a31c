import {
  createEventStream,
  type EventStream,
  type Logger,
  type PipelineEvent,
  RetryableError,
  type RunRecord,
  type Storage,
  silentLogger,
} from "@loghook/pipeline";
import { type ManualClock, manualClock, memoryStorage, testSettings } from "@loghook/testkit";
import { slackReporter } from "./factory.ts";

export const lane = "logs/auth0/webhook";
export const path = "/services/T000/B000/very-secret";
export const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;
export const checkpoint = "90020260302091408334120000000000000001223372071234567801";

/** What several processes, one after the other, have in common: time, storage, and the Slack that they report to. */
export interface World {
  readonly clock: ManualClock;
  readonly storage: Storage;
  readonly logger: Logger;
}

export function newWorld(logger: Logger = silentLogger): World {
  return { clock: manualClock(), storage: memoryStorage(), logger };
}

export interface Process extends AsyncDisposable {
  readonly events: EventStream;
}

/** A process with a reporter. Disposing it sends what is waiting. */
export function startProcess(
  slackUrl: string,
  world: World,
  settings: Record<string, unknown> = {},
): Process {
  const { clock, logger, storage } = world;
  const events = createEventStream(silentLogger);
  const config = slackReporter.config.parse({
    webhook_url: slackUrl + path,
    daily_report_at: "off",
    name: "web-1",
    ...settings,
  });
  const reporter = slackReporter.create(config, {
    ...testSettings({ clock, logger, storage: storage.client("reporter/slack") }),
    events,
    runs: storage.runs,
  });
  return { events, [Symbol.asyncDispose]: () => reporter[Symbol.asyncDispose]() };
}

export function run(world: World, change: Partial<RunRecord> = {}): RunRecord {
  const now = world.clock.now();
  return {
    id: String(now),
    lane,
    trigger: "once",
    status: "succeeded",
    startedAt: now - 2_000,
    endedAt: now,
    read: 100,
    kept: 20,
    delivered: 20,
    parked: 0,
    dropped: 0,
    ...change,
  };
}

export function finished(world: World, change: Partial<RunRecord> = {}): PipelineEvent {
  const its = run(world, change);
  return { type: "run.finished", lane: its.lane, run: its, waiting: its.status === "failed" ? 42 : 0 };
}

export const failed: Partial<RunRecord> = {
  status: "failed",
  error: { code: "RETRYABLE", message: "The webhook answered 503.", remedy: "Start the webhook." },
};

export function failing(world: World): PipelineEvent {
  const error = new RetryableError("The webhook answered 503.", { remedy: "Start the webhook." });
  return { type: "lane.failing", lane, error, since: world.clock.now() - minuteMs, waiting: 7 };
}

export function retry(world: World): PipelineEvent {
  const error = new RetryableError("The webhook answered 502.");
  const since = world.clock.now();
  return { type: "retry.scheduled", lane, stage: "exporter", error, attempt: 1, delayMs: 1_000, since };
}
