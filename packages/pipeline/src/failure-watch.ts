import type { Clock } from "./clock.ts";
import { DestinationRefusedError, type LoghookError } from "./errors.ts";
import type { EventStream, PipelineEvent } from "./telemetry.ts";

/** What gets nothing through for this long is announced as failing. */
const patienceMs = 60_000;

interface Streak {
  readonly lane: string;
  /** Calls that failed and have not worked since. Of a receiver there is one at a time. */
  failing: number;
  /** When the failing began: since then nothing got through. */
  since: number;
  announced: boolean;
  /** What failed last. */
  error: LoghookError;
}

/** Disposing ends it. */
export interface FailureWatch extends Disposable {
  /** To be called when a lane has begun anew: what fails from here on is news. */
  forget(lane: string): void;
  /** Says `lane.failing` once more of each lane that is announced as failing, for those who have begun to listen. */
  announceAgain(): void;
}

/**
 * Watches the retries of lanes that follow their source, which never end by themselves, and says `lane.failing` once
 * when somebody should look, `lane.recovered` when it works again. A destination that refuses everything is announced
 * at once, anything else after a minute.
 */
export function watchForFailures(events: EventStream, clock: Clock): FailureWatch {
  const streaks = new Map<string, Streak>();
  const lastSuccessAt = new Map<string, number>();
  const waiting = new Map<string, number>();

  const stopListening = events.subscribe((event) => {
    if (event.type === "records.read" || event.type === "records.settled")
      waiting.set(event.lane, event.waiting);
    // However a run ended, it was told, and what fails from here on is news.
    if (event.type === "run.finished" || event.type === "lane.removed") forget(event.lane);
    if (event.type === "lane.removed") waiting.delete(event.lane);
    if (event.type === "retry.scheduled") noteFailure(event);
    if (event.type === "retry.succeeded") noteSuccess(event);
  });

  function forget(lane: string): void {
    for (const stage of ["receiver", "exporter"]) streaks.delete(`${lane} ${stage}`);
  }

  function noteFailure(event: PipelineEvent & { type: "retry.scheduled" }): void {
    const { lane, stage, error } = event;
    const key = `${lane} ${stage}`;
    const streak = streaks.get(key) ?? {
      lane,
      failing: 0,
      since: Math.max(event.since, lastSuccessAt.get(key) ?? 0),
      announced: false,
      error,
    };
    if (event.attempt === 1) streak.failing += 1;
    streak.error = error;
    streaks.set(key, streak);
    const isDue = error instanceof DestinationRefusedError || clock.now() - streak.since >= patienceMs;
    if (streak.announced || !isDue) return;
    streak.announced = true;
    announce(streak);
  }

  function announce({ lane, error, since }: Streak): void {
    events.emit({ type: "lane.failing", lane, error, since, waiting: waiting.get(lane) ?? 0 });
  }

  function noteSuccess({ lane, stage }: PipelineEvent & { type: "retry.succeeded" }): void {
    const key = `${lane} ${stage}`;
    const streak = streaks.get(key);
    lastSuccessAt.set(key, clock.now());
    if (streak) streak.failing -= 1;
    // One batch may be refused for ever while others get through: that is no recovery, and would be none each time.
    if (stage === "exporter" && streak && streak.failing > 0) {
      if (!streak.announced) streak.since = clock.now();
      return;
    }
    streaks.delete(key);
    if (streak?.announced) events.emit({ type: "lane.recovered", lane, since: streak.since });
  }

  return {
    forget,
    announceAgain() {
      for (const streak of streaks.values()) if (streak.announced) announce(streak);
    },
    [Symbol.dispose]: stopListening,
  };
}
