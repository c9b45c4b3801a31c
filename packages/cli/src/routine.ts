import type { Clock, PipelineEvent } from "@loghook/pipeline";

/** What was heard a moment ago and does not need to be heard again so soon. */
export interface Routine {
  /** Whether an event says nothing new. To be asked once for each. */
  repeats(event: PipelineEvent): boolean;
}

/** A lane that follows a busy tenant catches up with every poll. */
const caughtUpIntervalMs = 60_000;

/** While a destination is down, each request in flight fails for itself, again and again. */
const retryIntervalMs = 30_000;

export function createRoutine(clock: Clock): Routine {
  const toldAt = new Map<string, number>();

  function toldWithin(key: string, intervalMs: number): boolean {
    const lastAt = toldAt.get(key);
    if (lastAt !== undefined && clock.now() - lastAt < intervalMs) return true;
    toldAt.set(key, clock.now());
    return false;
  }

  /** The causes of failure that were told of a lane's stage. */
  function streakOf(event: PipelineEvent & { stage: string }): string[] {
    return [...toldAt.keys()].filter((key) => key.startsWith(`${event.lane} ${event.stage} `));
  }

  return {
    repeats(event) {
      switch (event.type) {
        case "run.finished": {
          const isPoll = event.run.trigger === "poll" && event.run.status === "succeeded";
          return isPoll && toldWithin(`${event.lane} caught up`, caughtUpIntervalMs);
        }
        case "retry.scheduled":
          return toldWithin(`${event.lane} ${event.stage} ${event.error.message}`, retryIntervalMs);
        case "retry.succeeded": {
          const streak = streakOf(event);
          for (const key of streak) toldAt.delete(key);
          return streak.length === 0;
        }
        default:
          return false;
      }
    },
  };
}
