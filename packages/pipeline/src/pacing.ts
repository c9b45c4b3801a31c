import pLimit from "p-limit";
import type { Clock } from "./clock.ts";
import type { Exporter } from "./component.ts";
import { untilAborted } from "./until-aborted.ts";

export interface PacingOptions {
  /** Undefined: as many as there are. */
  readonly maxCallsPerSecond: number | undefined;
  readonly clock: Clock;
}

/**
 * Begins no more `export` calls than that in a second, evenly spaced, in the order in which they came: time in which
 * nothing was sent is not made up for. A call that is aborted while it waits rejects at once and uses up nothing.
 * A timer is no finer than a millisecond, so that beyond some hundred calls a second there are fewer than asked for.
 */
export function pacing(exporter: Exporter, { maxCallsPerSecond, clock }: PacingOptions): Exporter {
  if (maxCallsPerSecond === undefined) return exporter;
  const intervalMs = 1000 / maxCallsPerSecond;
  const gate = pLimit(1);
  let lastBegunAt = Number.NEGATIVE_INFINITY;

  async function waitForTurn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    // A clock that was set back is no reason to wait longer than an interval.
    const waitMs = Math.min(intervalMs, lastBegunAt + intervalMs - clock.now());
    if (waitMs > 0) await clock.sleep(waitMs, { signal });
    lastBegunAt = clock.now();
  }

  return {
    async export(batch, options) {
      const turn = gate(() => waitForTurn(options.signal));
      await untilAborted(turn, options.signal);
      await exporter.export(batch, options);
    },
    [Symbol.asyncDispose]: () => exporter[Symbol.asyncDispose](),
  };
}
