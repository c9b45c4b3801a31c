import {
  ComponentError,
  ConfigError,
  type LaneOutcome,
  LoghookError,
  loadConfigFile,
  type PipelineOutcome,
  SourceRefusedError,
  startPipelines,
} from "@loghook/pipeline";
import { Option } from "commander";
import { factories } from "./components.ts";
import { configWarnings } from "./config-warnings.ts";
import { describePipelines } from "./describe-pipelines.ts";
import { type ExitCode, exitCodes } from "./io.ts";
import { createOutput, type LogLevel, type OutputFormat } from "./output.ts";
import type { AddCommand } from "./program.ts";
import { reloadOnDemand } from "./reload.ts";
import { keepHeapSmall } from "./small-heap.ts";

interface RunOptions {
  readonly config: string;
  readonly once: boolean;
  readonly watch: boolean;
  readonly output?: OutputFormat;
  readonly logLevel: LogLevel;
}

export const addRunCommand: AddCommand = (program, io, end) => {
  program
    .command("run")
    .description("read the tenant log, deliver it, and go on until stopped")
    .option("-c, --config <file>", "the config file", "loghook.yaml")
    .option("--once", "one run: until caught up, then end", false)
    .addOption(
      new Option("--watch", "go over to a changed config file without a pause, as on SIGHUP")
        .default(false)
        .conflicts("once"),
    )
    .addOption(
      new Option(
        "--output <format>",
        "text for people, or one JSON line per event; default: text on a terminal",
      ).choices(["text", "json"]),
    )
    .addOption(
      new Option("--log-level <level>", "what to tell")
        .choices(["debug", "info", "warn", "error"])
        .default("info"),
    )
    .addHelpText(
      "after",
      `
A first SIGINT or SIGTERM stops orderly: reading ends, what is being sent may finish for 30 s, the checkpoint is kept.
A second one ends at once, and loses nothing either.

SIGHUP reads the config file again, and so does --watch when it changes, or a file that it names. It is checked first:
one with problems changes nothing, and they are told. Lanes that stay the same go on without a pause; the others end what
they are sending and go on from their checkpoints. Variables keep the values of the start; the storage cannot be changed.

Exit codes: 0 done, 75 a lane failed (try again later), 78 the config or the credentials are wrong, 1 a bug.

Examples:
  $ loghook run --config collector-config/auth0-webhooks.yaml
  $ loghook run --once --config loghook.yaml      # from cron`,
    )
    .action(async (options: RunOptions) => {
      keepHeapSmall();
      const config = await loadConfigFile({ file: options.config, factories, env: io.env });
      const output = createOutput(io, { format: options.output, level: options.logLevel });
      const { once } = options;
      output.logger.info({ config: options.config, pipelines: describePipelines(config) }, "Starting.");
      for (const warning of configWarnings(config)) output.logger.warn({}, warning);
      io.stop.addEventListener("abort", () => {
        output.logger.info(
          {},
          "Stopping: what is being sent may finish for 30 s. A second signal ends at once.",
        );
      });
      try {
        const { logger, onEvent } = output;
        const running = startPipelines(config, { once, stop: io.stop, logger, onEvent });
        using _reloading = once ? undefined : reloadOnDemand({ ...options, io, config, running, logger });
        const outcome = await (await running).outcome;
        if (io.stop.aborted) output.logger.info({}, "Stopped.");
        // A stop is what was asked for, whatever state it found the lanes in.
        end(io.stop.aborted || !once ? exitCodes.done : exitCodeOf(outcome));
      } catch (error) {
        // For people the program says it in sentences.
        if (output.format === "text" || !(error instanceof LoghookError)) throw error;
        const { code, message, remedy } = error;
        output.logger.error({ code, error: message, remedy }, "Nothing was started.");
        end(error instanceof ConfigError ? exitCodes.config : exitCodes.tryAgainLater);
      } finally {
        output.end();
      }
    });
};

/** 75 as soon as trying again may help; 78 when every failure needs a person. */
export function exitCodeOf(outcome: PipelineOutcome): ExitCode {
  const failed = outcome.filter(({ error }) => error !== undefined);
  if (failed.length === 0) return exitCodes.done;
  if (failed.some(isBug)) return exitCodes.bug;
  return failed.every(({ error }) => error instanceof SourceRefusedError || error instanceof ComponentError)
    ? exitCodes.config
    : exitCodes.tryAgainLater;
}

const isBug = ({ error }: LaneOutcome): boolean => !(error instanceof LoghookError);
