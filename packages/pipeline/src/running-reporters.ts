import type { ReporterFactory } from "./component.ts";
import type { ComponentLife } from "./component-life.ts";
import type { Configured } from "./config/config.ts";
import { areSameComponents } from "./lane-plan.ts";
import type { Logger } from "./logger.ts";

type Reporter = Configured<ReporterFactory>;

/** The reporters of a config, and the way to those of another. Disposing sends what they still have to send. */
export interface RunningReporters extends AsyncDisposable {
  /**
   * Where anything is different all of them begin anew: two at once would report everything twice, and a reporter may
   * hold what only one can have, such as a port. Rejects when one cannot be made; the former ones have begun again then.
   */
  changeTo(reporters: readonly Reporter[]): Promise<void>;
  /** Goes up whenever reporters have begun. */
  readonly generation: number;
}

export interface RunningReportersOptions {
  make(reporter: Reporter): AsyncDisposable;
  readonly life: Pick<ComponentLife, "end">;
  readonly logger: Logger;
}

export function createRunningReporters({ make, life, logger }: RunningReportersOptions): RunningReporters {
  let generation = 0;
  let current: Reporter[] = [];
  let running = new AsyncDisposableStack();

  async function endAll(): Promise<void> {
    const ending = running;
    running = new AsyncDisposableStack();
    current = [];
    await ending.disposeAsync();
  }

  function begin(reporter: Reporter): void {
    const made = make(reporter);
    generation += 1;
    running.defer(() => life.end(`extensions.${reporter.id}`, made));
    current.push(reporter);
  }

  /** They have worked before. One that does not any more is left out, so that the next change tries it again. */
  function beginAgain(reporters: readonly Reporter[]): void {
    for (const reporter of reporters) {
      try {
        begin(reporter);
      } catch (error) {
        logger.error(
          { error, component: `extensions.${reporter.id}` },
          "A reporter has ended and reports no more.",
        );
      }
    }
  }

  return {
    async changeTo(reporters) {
      if (areSameComponents(current, reporters)) return;
      const former = current;
      await endAll();
      try {
        for (const reporter of reporters) begin(reporter);
      } catch (error) {
        await endAll();
        beginAgain(former);
        throw error;
      }
    },
    get generation() {
      return generation;
    },
    [Symbol.asyncDispose]: endAll,
  };
}
