import type { LogBatch } from "./component.ts";
import type { LoghookError } from "./errors.ts";
import type { Logger } from "./logger.ts";
import type { RunRecord } from "./storage.ts";

/** Everything that happens and that somebody may want to know. */
export type PipelineEvent = LaneEvent | ExporterEvent;

/** What happens to an exporter, for all lanes that it has. `exporter` is as the config names it. */
export type ExporterEvent =
  /**
   * The destination fails again and again, or refuses everything. Until it takes something it is asked by one call at a
   * time, the next one at `probeAt`. Told once, when it begins. `since`: of the first of these failures.
   */
  | {
      readonly type: "circuit.opened";
      readonly exporter: string;
      readonly error: LoghookError;
      readonly since: number;
      readonly probeAt: number;
    }
  /** It takes what it is sent, again. */
  | { readonly type: "circuit.closed"; readonly exporter: string; readonly since: number };

/** What happens in a lane. `lane` is `pipeline/receiver/exporter`. */
export type LaneEvent =
  | { readonly type: "run.started"; readonly lane: string; readonly run: RunRecord }
  /** A page came in and went through the processors. `position`: time of its last entry, milliseconds since 1970. */
  | {
      readonly type: "records.read";
      readonly lane: string;
      readonly read: number;
      readonly kept: number;
      /** Entries read and not settled, these among them. */
      readonly waiting: number;
      readonly position?: number | undefined;
      readonly caughtUp: boolean;
    }
  | {
      readonly type: "records.delivered";
      readonly lane: string;
      readonly batch: LogBatch;
      readonly durationMs: number;
    }
  /** The destination refused this record, also alone. It is kept in the storage, `parked` of this lane in all. */
  | {
      readonly type: "records.parked";
      readonly lane: string;
      readonly batch: LogBatch;
      readonly error: LoghookError;
      readonly parked: number;
    }
  /** The destination refused this record, also alone, and the config says to give such records up. */
  | {
      readonly type: "records.dropped";
      readonly lane: string;
      readonly batch: LogBatch;
      readonly error: LoghookError;
    }
  /** A call failed and will be made again after `delayMs`. `since`: when this failing began. */
  | {
      readonly type: "retry.scheduled";
      readonly lane: string;
      readonly stage: "receiver" | "exporter";
      readonly error: LoghookError;
      readonly attempt: number;
      readonly delayMs: number;
      readonly since: number;
      /** When no further call will be made. Undefined: not known, or never. */
      readonly givesUpAt?: number | undefined;
    }
  /** What failed has worked again. */
  | { readonly type: "retry.succeeded"; readonly lane: string; readonly stage: "receiver" | "exporter" }
  /** The tenant asked us to slow down. Not a failure. */
  | { readonly type: "receiver.throttled"; readonly lane: string; readonly delayMs: number }
  /** Entries are lost, or will be at `deadline` unless the lane catches up. */
  | {
      readonly type: "receiver.gap";
      readonly lane: string;
      readonly lost: boolean;
      readonly message: string;
      readonly deadline?: number | undefined;
    }
  /** The checkpoint has moved over `count` entries; `waiting` more are read and not settled. */
  | {
      readonly type: "records.settled";
      readonly lane: string;
      readonly count: number;
      readonly waiting: number;
    }
  | { readonly type: "checkpoint.moved"; readonly lane: string; readonly checkpoint: string }
  /**
   * The lane has not got anything through since `since`, and somebody should look. Said once until it recovers, and once
   * more to new reporters when the config has changed.
   */
  | {
      readonly type: "lane.failing";
      readonly lane: string;
      readonly error: LoghookError;
      readonly since: number;
      /** Entries read and not yet settled. The tenant may hold more. */
      readonly waiting: number;
    }
  | { readonly type: "lane.recovered"; readonly lane: string; readonly since: number }
  /** The changed config has no such lane. It has ended, and nothing more is heard of it. Its checkpoint stays. */
  | { readonly type: "lane.removed"; readonly lane: string }
  | {
      readonly type: "run.finished";
      readonly lane: string;
      readonly run: RunRecord;
      readonly waiting: number;
    };

export type EventListener = (event: PipelineEvent) => void;

/** Who listens never disturbs who speaks: a listener that throws is logged and goes on being called. */
export interface EventStream {
  emit(event: PipelineEvent): void;
  /** Returns the way to stop listening. */
  subscribe(listener: EventListener): () => void;
}

export function createEventStream(logger: Logger): EventStream {
  const listeners = new Set<EventListener>();
  return {
    emit(event) {
      for (const listener of listeners) {
        try {
          listener(event);
        } catch (error) {
          logger.error({ error, event: event.type }, "A listener of the event stream failed.");
        }
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
