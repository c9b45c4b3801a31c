import pLimit from "p-limit";
import type { Exporter } from "./component.ts";
import { untilAborted } from "./until-aborted.ts";

/**
 * Lets so many `export` calls run at once, in the order in which they came; the others wait. Who waits to try again
 * does so outside, and takes nobody's place. A call that is aborted while it waits rejects at once.
 */
export function limiting(exporter: Exporter, concurrency: number): Exporter {
  const limit = pLimit(concurrency);
  return {
    async export(batch, options) {
      const { signal } = options;
      const turn = limit(async () => {
        signal.throwIfAborted();
        await exporter.export(batch, options);
      });
      // An exporter that does not heed the signal keeps its place until it is done.
      await untilAborted(turn, signal);
    },
    [Symbol.asyncDispose]: () => exporter[Symbol.asyncDispose](),
  };
}
