import type { Clock, PipelineEvent } from "@loghook/pipeline";

type EventOf<Type extends PipelineEvent["type"]> = Extract<PipelineEvent, { type: Type }>;

/** A lane is named `pipeline/receiver/exporter`. */
const isLaneOf = (lane: string, exporter: string): boolean => lane.endsWith(`/${exporter}`);

/** What was heard a moment ago and does not need to be heard again so soon. */
export interface Routine {
  /** Whether an event says nothing new. To be asked once for each. */
  repeats(event: PipelineEvent): boolean;
}

/** A lane that follows a busy tenant catches up with every poll. */
const caughtUpIntervalMs = 60_000;

/** While a destination is down, each request in flight fails for itself, again and again. */
const retryIntervalMs = 30_000;

/** Entries that are refused one after the other; `loghook parked` lists them. */
const parkedIntervalMs = 10_000;

export function createRoutine(clock: Clock): Routine {
  const toldAt = new Map<string, number>();
  const openCircuits = new Set<string>();

  function toldWithin(key: string, intervalMs: number): boolean {
    const lastAt = toldAt.get(key);
    if (lastAt !== undefined && clock.now() - lastAt < intervalMs) return true;
    toldAt.set(key, clock.now());
    return false;
  }

  /** The causes of failure that were told of a lane's stage. */
  function streakOf(event: EventOf<"retry.succeeded">): string[] {
    return [...toldAt.keys()].filter((key) => key.startsWith(`${event.lane} ${event.stage} `));
  }

  /** What its lanes have told of it does not have to be told again at once. */
  function inherit({ exporter, error }: EventOf<"circuit.opened">): void {
    const told = [...toldAt].filter(([key]) => {
      const [lane = "", ...stageAndCause] = key.split(" ");
      return isLaneOf(lane, exporter) && stageAndCause.join(" ") === `exporter ${error.message}`;
    });
    if (told.length > 0)
      toldAt.set(`${exporter} circuit ${error.message}`, Math.max(...told.map(([, at]) => at)));
  }

  /** What fails in a stage: a destination that is down is the same for all its lanes. */
  function placeOf({ lane, stage }: EventOf<"retry.scheduled">): string {
    const exporter = stage === "exporter" && [...openCircuits].find((id) => isLaneOf(lane, id));
    return exporter ? `${exporter} circuit` : `${lane} ${stage}`;
  }

  return {
    repeats(event) {
      switch (event.type) {
        case "run.finished": {
          const isPoll = event.run.trigger === "poll" && event.run.status === "succeeded";
          return isPoll && toldWithin(`${event.lane} caught up`, caughtUpIntervalMs);
        }
        case "circuit.opened":
          openCircuits.add(event.exporter);
          inherit(event);
          return false;
        case "circuit.closed":
          openCircuits.delete(event.exporter);
          // It says of all lanes what each would say by itself.
          for (const key of toldAt.keys()) {
            const [place = "", stage] = key.split(" ");
            const isOver =
              place === event.exporter || (stage === "exporter" && isLaneOf(place, event.exporter));
            if (isOver) toldAt.delete(key);
          }
          return false;
        case "records.parked":
          return toldWithin(`${event.lane} parked`, parkedIntervalMs);
        case "retry.scheduled":
          return toldWithin(`${placeOf(event)} ${event.error.message}`, retryIntervalMs);
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
