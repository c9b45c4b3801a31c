import { type Exporter, type ExportOptions, type LogBatch, untilAborted } from "@loghook/pipeline";

/** A destination in memory that remembers what it took and answers as told. Heeds the signal, whatever it is told. */
export interface MemoryExporter extends Exporter {
  /** Every call, with what was in it, taken or not. */
  readonly calls: readonly LogBatch[];
  /** The ids of what was taken, in the order of taking. */
  readonly taken: readonly unknown[];
  /** What happens to a call from now on: resolve to take it, reject to refuse it. */
  behaviour: (batch: LogBatch, options: ExportOptions) => Promise<void> | void;
}

export function memoryExporter(behaviour: MemoryExporter["behaviour"] = () => {}): MemoryExporter {
  const calls: LogBatch[] = [];
  const taken: unknown[] = [];
  const exporter: MemoryExporter = {
    calls,
    taken,
    behaviour,
    async export(batch, options) {
      options.signal.throwIfAborted();
      calls.push(batch);
      await untilAborted(
        Promise.try(() => exporter.behaviour(batch, options)),
        options.signal,
      );
      taken.push(...batch.map((record) => record.attributes["log.record.uid"]));
    },
    async [Symbol.asyncDispose]() {},
  };
  return exporter;
}
