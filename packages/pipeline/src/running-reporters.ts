import type { ReporterFactory } from "./component.ts";
import type { Configured } from "./config/config.ts";
import { areSameComponents } from "./lane-plan.ts";

type ConfiguredReporters = readonly Configured<ReporterFactory>[];

/** The reporters of a config, and the way to those of another. Disposing sends what they still have to send. */
export interface RunningReporters extends AsyncDisposable {
  /** Where anything is different all of them begin anew: two at once would report everything twice. */
  changeTo(reporters: ConfiguredReporters): Promise<void>;
}

export function createRunningReporters(
  make: (reporter: Configured<ReporterFactory>) => AsyncDisposable,
): RunningReporters {
  let current: ConfiguredReporters = [];
  let running = new AsyncDisposableStack();
  return {
    async changeTo(reporters) {
      if (areSameComponents(current, reporters)) return;
      await running.disposeAsync();
      running = new AsyncDisposableStack();
      for (const reporter of reporters) running.use(make(reporter));
      current = reporters;
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
