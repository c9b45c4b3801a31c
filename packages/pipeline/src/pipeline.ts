// START HERE. The way of a record: receive → process → export → ack.
import { loadBatchCuts } from "./batch-cuts.ts";
import type { Clock } from "./clock.ts";
import type { DeliveryPolicy, Exporter, LogBatch, Processor, Receiver } from "./component.ts";
import { createInFlight, type InFlight } from "./in-flight.ts";
import { checkProcessed } from "./processed.ts";
import { divide, retrying } from "./retrying.ts";
import { splitting } from "./splitting.ts";
import type { StorageClient } from "./storage.ts";
import type { PipelineEvent } from "./telemetry.ts";
import { untilAborted } from "./until-aborted.ts";

/** One receiver → processors → exporter path with its own checkpoint. */
export interface Lane {
  /** `pipeline/receiver/exporter`. */
  readonly id: string;
  readonly receiver: Receiver;
  readonly processors: readonly Processor[];
  readonly exporter: Exporter;
  readonly delivery: DeliveryPolicy;
  /** Cron expression: a run at each tick. Undefined: follow the source. */
  readonly schedule: string | undefined;
  /** Keys of this lane alone. */
  readonly storage: StorageClient;
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
  const inFlight = await openInFlight(lane, { ...options, stop, failure });

  try {
    for await (const delivery of lane.receiver.receive({ signal: stop, lane: lane.id, follow })) {
      const kept = await process(lane.processors, delivery.batch, stop);
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

type InFlightSettings = PassOptions & { readonly failure: AbortController };

async function openInFlight(lane: Lane, options: InFlightSettings): Promise<InFlight> {
  const { clock, stop, abort, follow, failure, emit } = options;
  const { maxBatchSize, concurrency, retry } = lane.delivery;
  const exporter = splitting(
    retrying(lane.exporter, {
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
    clock,
    async send(batch) {
      const startedAt = clock.now();
      const delivered = (taken: LogBatch): void =>
        emit({ type: "records.delivered", lane: lane.id, batch: taken, durationMs: clock.now() - startedAt });
      try {
        await exporter.export(batch, { signal: abort });
      } catch (error) {
        // The neighbours of what was refused are not sent again: they count now or never.
        const { taken } = divide(batch, error);
        if (taken.length > 0) delivered(taken);
        throw error;
      }
      delivered(batch);
    },
    onSettled: (count, waiting) => emit({ type: "records.settled", lane: lane.id, count, waiting }),
    onFailure: (error) => failure.abort(asReason(error)),
  });
}

async function process(
  processors: readonly Processor[],
  batch: LogBatch,
  stop: AbortSignal,
): Promise<LogBatch> {
  let kept = batch;
  for (const [index, processor] of processors.entries()) {
    // A list of its own: one that is emptied or sorted in place is nobody else's.
    const returned: unknown = await untilAborted(
      Promise.try(() => processor.process([...kept])),
      stop,
    );
    kept = checkProcessed(returned, { given: kept, owner: `Processor ${index + 1} of the pipeline` });
  }
  return kept;
}

/** Without a reason the signal would say that somebody had aborted something. */
function asReason(thrown: unknown): unknown {
  return thrown ?? new Error(`A component threw ${thrown}, which says nothing.`);
}

function lastTimeMs(batch: LogBatch): number | undefined {
  const time = batch.at(-1)?.hrTime;
  return time && time[0] * 1000 + time[1] / 1e6;
}
