import { dirname, resolve } from "node:path";
import { type Clock, systemClock } from "./clock.ts";
import type { ComponentFactory, ComponentSettings } from "./component.ts";
import { createComponentLife } from "./component-life.ts";
import type { LoghookConfig } from "./config/config.ts";
import { ConfigError } from "./errors.ts";
import { watchForFailures } from "./failure-watch.ts";
import { isSameComponent, planLanes } from "./lane-plan.ts";
import type { Logger } from "./logger.ts";
import { createRunningLanes, type LaneChanges, type PipelineOutcome } from "./running-lanes.ts";
import { createRunningReporters } from "./running-reporters.ts";
import { createEventStream, type EventListener } from "./telemetry.ts";

export interface RunPipelinesOptions {
  /** One run of every lane, then end. Default false: go on until stopped. */
  readonly once?: boolean;
  /** Ends the reading; what is being sent may finish within the grace period. What is not made yet is not waited for. */
  readonly stop: AbortSignal;
  /** For what is being sent after a stop, and after that for each component to close. Default 30,000. */
  readonly graceMs?: number;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** Hears every event, from before the first component is made. */
  readonly onEvent?: EventListener;
}

/** Pipelines at work. */
export interface RunningPipelines {
  /**
   * Goes over to another config without a pause for the lanes that it leaves as they are. Resolves when the lanes that
   * it changes have ended and begun again from their checkpoints. One call waits for the other.
   *
   * @throws {ConfigError} when a component cannot be made, or when the storage is another; everything then goes on as
   * before. Other errors: what a component throws, and the reason of a stop that comes before everything is made.
   */
  reload(config: LoghookConfig): Promise<LaneChanges>;
  /** Resolves with how each lane ended, when all have and everything is closed. */
  readonly outcome: Promise<PipelineOutcome>;
}

const defaultGraceMs = 30_000;

/** `startPipelines` for those who only wait for the end. */
export async function runPipelines(
  config: LoghookConfig,
  options: RunPipelinesOptions,
): Promise<PipelineOutcome> {
  const { outcome } = await startPipelines(config, options);
  return await outcome;
}

/**
 * Makes the components of a config and runs its lanes side by side. A lane that fails does not disturb the others. A
 * stop that comes before everything is made leaves no lane, and an empty outcome.
 *
 * @throws {ConfigError} when a component cannot be made, {StorageError} when the storage cannot be opened
 */
export async function startPipelines(
  config: LoghookConfig,
  options: RunPipelinesOptions,
): Promise<RunningPipelines> {
  try {
    return await start(config, options);
  } catch (error) {
    if (!options.stop.aborted || error !== options.stop.reason) throw error;
    return { reload: () => Promise.reject(error), outcome: Promise.resolve([]) };
  }
}

async function start(config: LoghookConfig, options: RunPipelinesOptions): Promise<RunningPipelines> {
  const { once = false, stop, graceMs = defaultGraceMs, logger, clock = systemClock } = options;
  const events = createEventStream(logger);
  if (options.onEvent) events.subscribe(options.onEvent);
  const life = createComponentLife({ stop, graceMs, clock, logger });

  // Disposed in the reverse order: the reporters, who tell how it ended, and then the storage.
  await using opening = new AsyncDisposableStack();
  const { id, factory, config: own } = config.storage;
  const storage = await life.make(`extensions.${id}`, () => factory.create(own, { id, logger, clock }));
  opening.defer(() => life.end(`extensions.${id}`, storage));
  const settingsFor = (kind: ComponentFactory["kind"], id: string): ComponentSettings => ({
    id,
    directory: dirname(resolve(config.file)),
    logger,
    clock,
    storage: storage.client(`${kind}/${id}`),
    emit: events.emit,
  });
  const failures = opening.use(watchForFailures(events, clock));
  const reporters = opening.use(
    createRunningReporters({
      make: ({ id, factory, config: own }) =>
        factory.create(own, { ...settingsFor("reporter", id), events, runs: storage.runs }),
      life,
      logger,
    }),
  );
  await reporters.changeTo(config.reporters);
  const lanes = createRunningLanes({ once, stop, graceMs, events, clock, logger, storage, settingsFor });
  await lanes.changeTo(planLanes(config));
  const open = opening.move();

  async function reload(next: LoghookConfig): Promise<LaneChanges> {
    refuseOtherStorage(config, next);
    const before = reporters.generation;
    try {
      const changes = await lanes.changeTo(planLanes(next), () => reporters.changeTo(next.reporters));
      for (const lane of changes.restarted) failures.forget(lane);
      return changes;
    } finally {
      // They know nothing of what was told before they began.
      if (reporters.generation > before) failures.announceAgain();
    }
  }

  let lastReload: Promise<unknown> = Promise.resolve();
  return {
    reload(next) {
      const reloaded = lastReload.then(() => reload(next));
      lastReload = reloaded.catch(() => {});
      return reloaded;
    },
    outcome: lanes.outcome.finally(async () => {
      await lastReload;
      await open.disposeAsync();
    }),
  };
}

function refuseOtherStorage(running: LoghookConfig, next: LoghookConfig): void {
  if (isSameComponent(running.storage, next.storage)) return;
  throw new ConfigError(`extensions.${next.storage.id} cannot be changed while loghook runs.`, {
    remedy: "Stop it and start it again: the checkpoints are in the storage.",
  });
}
