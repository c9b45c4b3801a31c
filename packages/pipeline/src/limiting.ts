import type { Exporter, ExportOptions, LogBatch } from "./component.ts";
import { whenAborted } from "./when-aborted.ts";

/** How many calls may be under way at once. May change at any time. */
export interface ConcurrencyLimit {
  readonly current: number;
}

/** A call that waits or is under way. Settled once: what comes later is not looked at any more. */
interface Call {
  readonly batch: LogBatch;
  readonly options: ExportOptions;
  resolve(): void;
  reject(reason: unknown): void;
  /** Its signal is of no interest any more. */
  forget(): void;
}

/**
 * Lets so many `export` calls run at once, in the order in which they came; the others wait. Who waits to try again
 * does so outside, and takes nobody's place. A call that is aborted rejects at once; one that waited is never made, and
 * an exporter that does not heed the signal keeps its place until it is done.
 *
 * Where every record is a call of its own, this is in the way of each: a call that finds a place costs a promise and no
 * listener of its own.
 *
 * @param limit looked at when a call comes and when one has ended
 */
export function limiting(exporter: Exporter, limit: number | ConcurrencyLimit): Exporter {
  const allowed: ConcurrencyLimit = typeof limit === "number" ? { current: limit } : limit;
  // Not a set: see when-aborted.ts.
  const waiting: Call[] = [];
  let underWay = 0;

  async function make(call: Call): Promise<void> {
    underWay += 1;
    try {
      await exporter.export(call.batch, call.options);
      call.resolve();
    } catch (error) {
      call.reject(error);
    }
    call.forget();
    underWay -= 1;
    makeNext();
  }

  function makeNext(): void {
    while (underWay < allowed.current) {
      const call = waiting.shift();
      if (call === undefined) return;
      void make(call);
    }
  }

  return {
    export(batch, options) {
      return new Promise((resolve, reject) => {
        const call: Call = { batch, options, resolve, reject, forget: () => {} };
        options.signal.throwIfAborted();
        call.forget = whenAborted(options.signal, (reason) => {
          const place = waiting.indexOf(call);
          if (place !== -1) waiting.splice(place, 1);
          reject(reason);
        });
        if (waiting.length === 0 && underWay < allowed.current) void make(call);
        else waiting.push(call);
      });
    },
    [Symbol.asyncDispose]: () => exporter[Symbol.asyncDispose](),
  };
}
