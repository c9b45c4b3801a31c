import type { PipelineEvent, ReporterSettings } from "@loghook/pipeline";
import { type LaneStates, laneStates } from "./lane-states.ts";
import { type SetAside, setAsideMessage } from "./messages.ts";
import type { Outbox } from "./outbox.ts";

type SetAsideEvent = Extract<PipelineEvent, { type: "records.parked" | "records.dropped" }>;

/** What is remembered of a lane that has set entries aside. */
interface ParkingAlert {
  /** Undefined: the alert did not get through to Slack. */
  readonly alertedAt: number | undefined;
  /** What is not told yet. */
  readonly untold: SetAside | undefined;
}

export interface ParkingAlertsOptions extends Pick<ReporterSettings, "storage" | "logger" | "clock"> {
  readonly outbox: Outbox;
  readonly reminderIntervalMs: number;
  /** Of this loghook. */
  readonly name: string;
  /** Does one thing after the other. */
  enqueue(task: () => Promise<void>): void;
}

/** Disposing tells what is due; the rest is told by the next process. */
export interface ParkingAlerts extends AsyncDisposable {
  note(event: SetAsideEvent, now: number): Promise<void>;
  /** To be called for a lane that begins: an earlier process may have left something to tell. */
  resume(lane: string): Promise<void>;
  forget(lane: string): Promise<void>;
}

/** A batch often holds several of a kind. They are told together. */
const gatheringMs = 10_000;

/** One message when a lane begins to set entries aside, then one per reminder interval, with how many they were. */
export function parkingAlerts(options: ParkingAlertsOptions): ParkingAlerts {
  const { outbox, reminderIntervalMs, name, storage, logger, clock, enqueue } = options;
  const states: LaneStates<ParkingAlert> = laneStates({ storage, prefix: "set-aside/", logger });
  const ended = new AbortController();
  const timers = new Set<string>();

  async function add(lane: string, more: SetAside | undefined): Promise<void> {
    const { alertedAt, untold: before } = (await states.get(lane)) ?? {};
    const untold = together(before, more);
    if (untold === undefined) return;
    if (more) await states.set(lane, { alertedAt, untold });
    tellIn(lane, Math.max(gatheringMs, untilDueMs(alertedAt)));
  }

  function untilDueMs(alertedAt: number | undefined): number {
    if (alertedAt === undefined) return 0;
    // Not more than an interval, also when the clock was set back.
    return Math.min(alertedAt + reminderIntervalMs - clock.now(), reminderIntervalMs);
  }

  function tellIn(lane: string, waitMs: number): void {
    if (timers.has(lane)) return;
    timers.add(lane);
    clock.sleep(waitMs, { signal: ended.signal }).then(
      () => {
        timers.delete(lane);
        enqueue(() => tell(lane));
      },
      () => {}, // disposed
    );
  }

  async function tell(lane: string): Promise<void> {
    const { untold } = (await states.get(lane)) ?? {};
    if (untold === undefined) return;
    const now = clock.now();
    await states.set(lane, { alertedAt: now, untold: undefined });
    outbox.send(setAsideMessage(untold, { lane, name, now }), async () => {
      const current = await states.get(lane);
      await states.set(lane, { alertedAt: undefined, untold: together(untold, current?.untold) });
    });
  }

  return {
    note: (event, now) => add(event.lane, setAsideBy(event, now)),
    resume: (lane) => add(lane, undefined),
    forget: (lane) => states.set(lane, undefined),
    async [Symbol.asyncDispose]() {
      ended.abort();
      for (const [lane, { alertedAt }] of states.known()) if (untilDueMs(alertedAt) <= 0) await tell(lane);
    },
  };
}

function setAsideBy(event: SetAsideEvent, now: number): SetAside {
  const { batch, error } = event;
  const isParked = event.type === "records.parked";
  return {
    since: now,
    parked: isParked ? batch.length : 0,
    dropped: isParked ? 0 : batch.length,
    parkedInAll: isParked ? event.parked : undefined,
    entry: String(batch[0]?.attributes["log.record.uid"]),
    problem: error.message,
    remedy: error.remedy,
  };
}

/** The first one's words, for all. */
function together(first: SetAside | undefined, next: SetAside | undefined): SetAside | undefined {
  if (first === undefined || next === undefined) return first ?? next;
  return {
    ...first,
    parked: first.parked + next.parked,
    dropped: first.dropped + next.dropped,
    parkedInAll: next.parkedInAll ?? first.parkedInAll,
  };
}
