import type { Delivery, LogBatch, Receiver } from "@loghook/pipeline";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";

/** A source in memory that pages, waits for more, and keeps a checkpoint for each lane. */
export interface MemoryReceiver extends Receiver {
  /** Records that appear from now on. Wakes who waits for them. */
  append(records: LogBatch): void;
  /** How many records from the beginning are settled in a lane. */
  checkpoint(lane: string): number;
  /** How many records have been given out, over all lanes and passes. */
  readonly given: number;
}

export interface MemoryReceiverOptions {
  readonly records?: LogBatch;
  /** Default 100. */
  readonly pageSize?: number;
  /** Where checkpoints are kept, so that they outlive this receiver. */
  readonly checkpoints?: Map<string, number>;
}

export function memoryReceiver(options: MemoryReceiverOptions = {}): MemoryReceiver {
  const { pageSize = 100, checkpoints = new Map<string, number>() } = options;
  const records: ReadableLogRecord[] = [...(options.records ?? [])];
  let given = 0;
  let appended = Promise.withResolvers<void>();

  return {
    get given() {
      return given;
    },
    checkpoint: (lane) => checkpoints.get(lane) ?? 0,
    append(more) {
      records.push(...more);
      appended.resolve();
      appended = Promise.withResolvers();
    },
    async *receive({ lane, signal, follow }): AsyncGenerator<Delivery> {
      let position = checkpoints.get(lane) ?? 0;
      const stopped = new Promise<void>((resolve) =>
        signal.addEventListener("abort", () => resolve(), { once: true }),
      );
      while (!signal.aborted) {
        const start = position;
        // Taken before looking: what is appended while this page is being dealt with wakes us, too.
        const more = appended.promise;
        const batch = records.slice(start, start + pageSize);
        position += batch.length;
        given += batch.length;
        const caughtUp = position === records.length;
        const ack = async (count = batch.length): Promise<void> => {
          checkpoints.set(lane, Math.max(checkpoints.get(lane) ?? 0, start + count));
        };
        yield { batch, caughtUp, ack };
        if (!caughtUp) continue;
        if (!follow) return;
        await Promise.race([more, stopped]);
      }
    },
    async [Symbol.asyncDispose]() {},
  };
}
