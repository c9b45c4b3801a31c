import {
  InvalidConfigError,
  type LaneChanges,
  type Logger,
  type LoghookConfig,
  LoghookError,
  loadConfigFile,
  type RunningPipelines,
} from "@loghook/pipeline";
import { factories } from "./components.ts";
import { configWarnings } from "./config-warnings.ts";
import type { Io } from "./io.ts";
import { watchFiles } from "./watch-files.ts";

export interface ReloadOptions {
  readonly io: Io;
  /** The one that is running. */
  readonly config: LoghookConfig;
  readonly running: Promise<RunningPipelines>;
  readonly logger: Logger;
  /** True: read again also when the file has changed, or one that it takes in or names in a setting. */
  readonly watch: boolean;
}

/**
 * Reads the config file again on SIGHUP. A new one is checked first: where it cannot be used its problems are told, and
 * everything goes on as before. Disposing ends it.
 */
export function reloadOnDemand({ io, config, running, logger, watch }: ReloadOptions): Disposable {
  const { file } = config;
  const listening = new DisposableStack();
  const files = watch ? listening.use(watchFiles({ onChange: request })) : undefined;
  listening.use(io.onHangup(request));
  files?.watch(config.files);
  // One after the other, so that the last one has read the newest file.
  let work = Promise.resolve();

  function request(): void {
    work = work.then(reload);
  }

  async function reload(): Promise<void> {
    if (listening.disposed || io.stop.aborted) return;
    try {
      const next = await loadConfigFile({ file, factories, env: io.env });
      files?.watch(next.files);
      tellChanges(await (await running).reload(next));
      for (const warning of configWarnings(next)) logger.warn({}, warning);
    } catch (error) {
      if (io.stop.aborted) return;
      // What mends it may be another file than the one with the fault.
      if (error instanceof InvalidConfigError) files?.watch(error.files);
      tellRefusal(error);
    }
  }

  function tellChanges({ untouched, ...changes }: LaneChanges): void {
    const touched = Object.entries(changes).filter(([, lanes]) => lanes.length > 0);
    logger.info(
      { ...Object.fromEntries(touched), untouched },
      touched.length > 0 ? "The config was reloaded." : "The config was read again: no lane has changed.",
    );
    if (changes.started.length === 0 || changes.stopped.length === 0) return;
    logger.warn(
      { started: changes.started },
      "A lane under another name is a new one: without a checkpoint of its own it begins where start_from says.",
    );
  }

  function tellRefusal(error: unknown): void {
    for (const problem of problemsOf(error)) logger.error({}, problem);
    logger.error({ config: file }, "The changed config is not used; everything goes on as before.");
  }

  return listening;
}

function problemsOf(error: unknown): string[] {
  if (error instanceof InvalidConfigError) return error.message.split("\n");
  if (error instanceof LoghookError) return [[error.message, error.remedy].filter(Boolean).join(" ")];
  return [String(error)];
}
