import type { Clock, PipelineEvent } from "@loghook/pipeline";

/** How far a lane has come in its current run. Times are milliseconds since 1970. */
export interface RunProgress {
  readonly lane: string;
  readonly read: number;
  readonly kept: number;
  readonly delivered: number;
  readonly parked: number;
  readonly dropped: number;
  /** Entries read in a second, over the last moments. */
  readonly rate: number;
  /** Time of the last entry that was read. */
  readonly position: number | undefined;
  /** How long until the position has caught up with now, at the present speed; undefined when that cannot be said. */
  readonly leftMs: number | undefined;
}

interface Sample {
  readonly at: number;
  readonly read: number;
  readonly position: number | undefined;
}

/** The speed is measured over this long. */
const windowMs = 10_000;

/** Counts along with a lane's events. */
export function followProgress(lane: string, clock: Clock) {
  let read = 0;
  let kept = 0;
  let delivered = 0;
  let parked = 0;
  let dropped = 0;
  let position: number | undefined;
  let isCaughtUp = false;
  const samples: Sample[] = [{ at: clock.now(), read: 0, position: undefined }];

  return {
    /** The last page was the end of the log. */
    get isCaughtUp() {
      return isCaughtUp;
    },
    note(event: PipelineEvent): void {
      if (event.type === "records.delivered") delivered += event.batch.length;
      if (event.type === "records.parked") parked += event.batch.length;
      if (event.type === "records.dropped") dropped += event.batch.length;
      if (event.type !== "records.read") return;
      read += event.read;
      kept += event.kept;
      isCaughtUp = event.caughtUp;
      position = event.position ?? position;
      const now = clock.now();
      samples.push({ at: now, read, position });
      while (samples.length > 2 && (samples[0]?.at ?? now) < now - windowMs) samples.shift();
    },
    now(): RunProgress {
      const [first] = samples.filter((sample) => sample.position !== undefined);
      const elapsedMs = clock.now() - (samples[0]?.at ?? 0);
      const rate = elapsedMs > 0 ? ((read - (samples[0]?.read ?? 0)) * 1000) / elapsedMs : 0;
      return {
        lane,
        read,
        kept,
        delivered,
        parked,
        dropped,
        rate,
        position,
        leftMs: first && timeLeftMs(first, position, clock.now()),
      };
    },
  };
}

function timeLeftMs(from: Sample, position: number | undefined, now: number): number | undefined {
  if (position === undefined || from.position === undefined || now <= from.at) return undefined;
  const speed = (position - from.position) / (now - from.at);
  // Slower than time itself: it would never catch up.
  return speed > 1 ? (now - position) / (speed - 1) : undefined;
}
