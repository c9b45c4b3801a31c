import type { Clock } from "./clock.ts";
import type { Logger } from "./logger.ts";
import { TimeUpError, withinTime } from "./otel/within-time.ts";
import { untilAborted } from "./until-aborted.ts";

/** How components begin and end. Nobody waits for ever for one of them; each is named as the config names it. */
export interface ComponentLife {
  /**
   * Resolves with what `create` makes, however long that takes; that it takes long is told. Rejects as `create` does,
   * or with the reason of the stop as soon as that comes: what is made later is disposed of at once.
   */
  make<Component extends Partial<AsyncDisposable>>(
    name: string,
    create: () => Component | Promise<Component>,
  ): Promise<Component>;
  /** Disposes of a component. Never rejects: what goes wrong, or takes longer than the grace time, is told. */
  end(name: string, component: Partial<AsyncDisposable>): Promise<void>;
}

export interface ComponentLifeOptions {
  readonly stop: AbortSignal;
  readonly graceMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How often it is told that a component is still being made. */
const slowIntervalMs = 30_000;

export function createComponentLife({ stop, graceMs, clock, logger }: ComponentLifeOptions): ComponentLife {
  async function tellWhileSlow(component: string, signal: AbortSignal): Promise<never> {
    for (;;) {
      await clock.sleep(slowIntervalMs, { signal });
      logger.warn({ component }, "A component is still being made; what needs it has not begun.");
    }
  }

  async function end(component: string, disposable: Partial<AsyncDisposable>): Promise<void> {
    try {
      const disposed = Promise.try(async () => await disposable[Symbol.asyncDispose]?.());
      await withinTime(disposed, { timeoutMs: graceMs, clock });
    } catch (error) {
      if (error instanceof TimeUpError) {
        logger.error({ component, graceMs }, "A component does not close; it is left to itself.");
      } else logger.error({ component, error }, "A component was not closed properly.");
    }
  }

  return {
    async make(name, create) {
      stop.throwIfAborted();
      const settled = new AbortController();
      const making = Promise.try(create);
      // Its timer also keeps a process alive in which nothing else is under way yet.
      tellWhileSlow(name, settled.signal).catch(() => {});
      try {
        return await untilAborted(making, stop);
      } catch (error) {
        making.then((late) => end(name, late)).catch(() => {});
        throw error;
      } finally {
        settled.abort();
      }
    },
    end,
  };
}
