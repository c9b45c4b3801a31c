// START HERE. The way of a record: receive → process → export → ack.
import { loadBatchCuts } from "./batch-cuts.ts";
import type { Clock } from "./clock.ts";
import type { DeliveryPolicy, Exporter, LogBatch, Processor, ReceiveOptions, Receiver } from "./component.ts";
import { createInFlight, type InFlight } from "./in-flight.ts";
import { parking } from "./parking.ts";
import { checkProcessed } from "./processed.ts";
import { recordUid, withoutSource } from "./record-source.ts";
import { loadRefusalStreak } from "./refusal-streak.ts";
import { divide, retrying } from "./retrying.ts";
import { type LeftOut, type Settlements, trackSettlements } from "./settlements.ts";
import { splitting } from "./splitting.ts";
import type { Ledger, ParkedRecords, StorageClient } from "./storage.ts";
import type { PipelineEvent } from "./telemetry.ts";
import { untilAborted } from "./until-aborted.ts";

/** One receiver → processors → exporter path with its own checkpoint. */
export interface Lane {
  /** `pipeline/receiver/exporter`. */
  readonly id: string;
  readonly receiver: Receiver;
  readonly processors: readonly LaneProcessor[];
  readonly exporter: Exporter;
  readonly delivery: DeliveryPolicy;
  /** Cron expression: a run at each tick. Undefined: follow the source. */
  readonly schedule: string | undefined;
  /** Keys of this lane alone. */
  readonly storage: StorageClient;
  readonly parked: ParkedRecords;
  /** Undefined: none is kept. */
  readonly ledger: Ledger | undefined;
}

interface LaneProcessor {
  /** As the config names it. */
  readonly id: string;
  readonly processor: Processor;
}

export interface PassOptions {
  /** True: wait for new entries and go on. False: end when caught up. */
  readonly follow: boolean;
  /** Ends the reading; what is being sent may finish. */
  readonly stop: AbortSignal;
  /** Breaks off what is being sent. */
  readonly abort: AbortSignal;
  readonly clock: Clock;
  emit(event: PipelineEvent): void;
}

/** How long a run goes on trying where the config does not say. Following goes on for ever. */
const defaultRunElapsedMs = 300_000;

/**
 * Takes a lane through its source: until caught up, or for ever. Resolves when everything that was read is settled, or
 * after a stop. Rejects with what could not be delivered, read or stored; the checkpoint then stands before it.
 */
export async function runPass(lane: Lane, options: PassOptions): Promise<void> {
  const { follow, emit } = options;
  const failure = new AbortController();
  const stop = AbortSignal.any([options.stop, failure.signal]);
  // Where nothing can be stored the checkpoint could not move, and what is delivered would be delivered again.
  await lane.storage.set("last-pass", new Date(options.clock.now()).toISOString());
  const settlements = trackSettlements({ lane: lane.id, ledger: lane.ledger });
  const inFlight = await openInFlight(lane, { ...options, stop, failure, settlements });

  try {
    const settledAmong = lookUp(lane);
    for await (const delivery of lane.receiver.receive({
      signal: stop,
      lane: lane.id,
      follow,
      ...settledAmong,
    })) {
      const { kept, leftOut } = await process(lane.processors, delivery.batch, stop);
      // What was read but not begun is left to the next start.
      if (stop.aborted) break;
      emit({
        type: "records.read",
        lane: lane.id,
        read: delivery.batch.length,
        kept: kept.length,
        waiting: inFlight.waiting + delivery.batch.length,
        position: lastTimeMs(delivery.batch),
        caughtUp: delivery.caughtUp,
      });
      settlements.read(delivery.batch, leftOut);
      inFlight.add(delivery, kept);
      if (delivery.caughtUp) inFlight.flush();
      await inFlight.room();
    }
    if (!stop.aborted) inFlight.flush();
  } catch (error) {
    // Also wakes who waits to send again, perhaps for ever: the lane cannot go on, and this is to be told.
    failure.abort(asReason(error));
  }
  await inFlight.idle();
  // A stop makes waiting deliveries give up; they are not failures but what the next start begins with.
  if (failure.signal.aborted && !options.stop.aborted) throw failure.signal.reason;
}

type InFlightSettings = PassOptions & {
  readonly failure: AbortController;
  readonly settlements: Settlements;
};

async function openInFlight(lane: Lane, options: InFlightSettings): Promise<InFlight> {
  const { clock, stop, abort, follow, failure, settlements, emit } = options;
  const { maxBatchSize, concurrency, retry } = lane.delivery;
  const patient = parking(lane.exporter, {
    ...lane.delivery,
    lane: lane.id,
    store: lane.parked,
    streak: await loadRefusalStreak(lane.storage),
    clock,
    emit,
    onSetAside: settlements.setAside,
  });
  const exporter = splitting(
    retrying(patient, {
      policy: { ...retry, maxElapsedMs: retry.maxElapsedMs ?? (follow ? 0 : defaultRunElapsedMs) },
      clock,
      stop,
      onRetry: (notice) => emit({ type: "retry.scheduled", lane: lane.id, stage: "exporter", ...notice }),
      onRecovered: () => emit({ type: "retry.succeeded", lane: lane.id, stage: "exporter" }),
    }),
  );
  return createInFlight({
    maxBatchSize,
    // One batch more than can be under way, so that the next one is ready when a place becomes free.
    maxPendingRecords: (concurrency + 1) * maxBatchSize,
    cuts: await loadBatchCuts(lane.storage),
    settlements,
    clock,
    async send(batch) {
      const startedAt = clock.now();
      const delivered = (settled: LogBatch): void => {
        const taken = settled.filter((record) => settlements.asideOf(record) === undefined);
        if (taken.length === 0) return;
        emit({ type: "records.delivered", lane: lane.id, batch: taken, durationMs: clock.now() - startedAt });
      };
      try {
        await exporter.export(batch, { signal: abort });
      } catch (error) {
        // The neighbours of what was refused are not sent again: they count now or never.
        delivered(divide(batch, error).taken);
        throw error;
      }
      delivered(batch);
    },
    onSettled: (count, waiting) => emit({ type: "records.settled", lane: lane.id, count, waiting }),
    onFailure: (error) => failure.abort(asReason(error)),
  });
}

async function process(
  processors: readonly LaneProcessor[],
  batch: LogBatch,
  stop: AbortSignal,
): Promise<{ kept: LogBatch; leftOut: LeftOut }> {
  const leftOut = new Map<string, string>();
  let kept = batch;
  for (const { id, processor } of processors) {
    // A list of its own: one that is emptied or sorted in place is nobody else's.
    const returned: unknown = await untilAborted(
      Promise.try(() => processor.process([...kept])),
      stop,
    );
    const given = kept;
    kept = checkProcessed(returned, { given, owner: `The processor ${id}` });
    // It may have changed a record in place, against its contract: what was taken out of it must not go out all the same.
    if (!processor.onlySelects) kept = withoutSource(kept);
    if (kept.length < given.length) for (const uid of missing(given, kept)) leftOut.set(uid, id);
  }
  return { kept, leftOut };
}

/** The uids of the records that are no longer there. */
function missing(given: LogBatch, kept: LogBatch): ReadonlySet<string> {
  return new Set(given.map(recordUid)).difference(new Set(kept.map(recordUid)));
}

/** A look into what the lane has settled before, where somebody writes it down. */
function lookUp({ id, ledger }: Lane): Pick<ReceiveOptions, "settledAmong"> {
  if (ledger === undefined) return {};
  return {
    async settledAmong(batch) {
      const known = await ledger.read(id, { since: Math.min(...batch.map(timeMs)) });
      return new Set(batch.map(recordUid).filter((uid) => known.get(uid) !== undefined));
    },
  };
}

/** Without a reason the signal would say that somebody had aborted something. */
function asReason(thrown: unknown): unknown {
  return thrown ?? new Error(`A component threw ${thrown}, which says nothing.`);
}

function timeMs({ hrTime: [seconds, nanoseconds] }: LogBatch[number]): number {
  return seconds * 1000 + nanoseconds / 1e6;
}

function lastTimeMs(batch: LogBatch): number | undefined {
  const last = batch.at(-1);
  return last && timeMs(last);
}
