import { type Clock, systemClock } from "./clock.ts";
import type { ComponentFactory, ComponentSettings, Exporter, Receiver } from "./component.ts";
import type { Configured, LoghookConfig } from "./config.ts";
import { watchForFailures } from "./failure-watch.ts";
import { type LaneOutcome, runLane } from "./lane.ts";
import type { Logger } from "./logger.ts";
import type { Lane } from "./pipeline.ts";
import type { Storage } from "./storage.ts";
import { createEventStream, type EventListener } from "./telemetry.ts";

export interface RunPipelinesOptions {
  /** One run of every lane, then end. Default false: go on until stopped. */
  readonly once?: boolean;
  /** Ends the reading; what is being sent may finish within the grace period. */
  readonly stop: AbortSignal;
  /** Default 30,000. */
  readonly graceMs?: number;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** Hears every event, from before the first component is made. */
  readonly onEvent?: EventListener;
}

/** How each lane ended. A lane that was stopped while it had nothing to do is not among them. */
export type PipelineOutcome = readonly LaneOutcome[];

const defaultGraceMs = 30_000;

/**
 * Makes the components of a config and runs its lanes side by side. A lane that fails does not disturb the others.
 *
 * @throws {ConfigError} when a component cannot be made, {StorageError} when the storage cannot be opened
 */
export async function runPipelines(
  config: LoghookConfig,
  options: RunPipelinesOptions,
): Promise<PipelineOutcome> {
  const { once = false, stop, graceMs = defaultGraceMs, logger, clock = systemClock } = options;
  const events = createEventStream(logger);
  if (options.onEvent) events.subscribe(options.onEvent);

  await using storage = await openStorage(config, { logger, clock });
  // Disposed in the reverse order: receivers, exporters, then the reporters, who tell how it ended.
  await using open = new AsyncDisposableStack();
  const settingsFor = (kind: ComponentFactory["kind"], id: string): ComponentSettings => ({
    id,
    logger,
    clock,
    storage: storage.client(`${kind}/${id}`),
    emit: events.emit,
  });
  for (const { id, factory, config: own } of config.reporters) {
    open.use(factory.create(own, { ...settingsFor("reporter", id), events, runs: storage.runs }));
  }
  open.defer(watchForFailures(events, clock));
  const lanes = assembleLanes(config, { storage, settingsFor, open });

  const finished = new AbortController();
  const abort = abortAfterGrace({ stop, graceMs, clock, finished: finished.signal });
  const laneOptions = { once, stop, abort, events, runs: storage.runs, clock, logger };
  const outcomes = await Promise.all(lanes.map((lane) => runLane(lane, laneOptions)));
  finished.abort();
  return outcomes.filter((outcome) => outcome !== undefined);
}

async function openStorage(config: LoghookConfig, host: { logger: Logger; clock: Clock }): Promise<Storage> {
  const { id, factory, config: own } = config.storage;
  return await factory.create(own, { id, ...host });
}

interface AssembleOptions {
  readonly storage: Storage;
  readonly settingsFor: (kind: ComponentFactory["kind"], id: string) => ComponentSettings;
  readonly open: AsyncDisposableStack;
}

/** A component that several pipelines name is made once. */
function assembleLanes(config: LoghookConfig, { storage, settingsFor, open }: AssembleOptions): Lane[] {
  const receivers = new Map<string, Receiver>();
  const exporters = new Map<string, Exporter>();
  const lanes: Lane[] = [];
  for (const { factory, id, config: own } of unique(
    config.pipelines.flatMap((pipeline) => pipeline.exporters),
  )) {
    exporters.set(id, open.use(factory.create(own, settingsFor("exporter", id))));
  }
  for (const { factory, id, config: own } of unique(
    config.pipelines.flatMap((pipeline) => pipeline.receivers),
  )) {
    receivers.set(id, open.use(factory.create(own, settingsFor("receiver", id))));
  }
  for (const pipeline of config.pipelines) {
    for (const receiver of pipeline.receivers) {
      for (const exporter of pipeline.exporters) {
        const id = `${pipeline.name}/${receiver.id}/${exporter.id}`;
        lanes.push({
          id,
          receiver: receivers.get(receiver.id) as Receiver,
          // Each lane has its own, since a processor may remember what it has seen.
          processors: pipeline.processors.map(({ factory, id: processor, config: own }) =>
            factory.create(own, { ...settingsFor("processor", `${id}/${processor}`), id: processor }),
          ),
          exporter: exporters.get(exporter.id) as Exporter,
          delivery: exporter.factory.delivery(exporter.config),
          schedule: receiver.factory.schedule?.(receiver.config),
          storage: storage.client(`lane/${id}`),
        });
      }
    }
  }
  return lanes;
}

function unique<Factory extends ComponentFactory>(
  components: readonly Configured<Factory>[],
): Configured<Factory>[] {
  return [...new Map(components.map((component) => [component.id, component])).values()];
}

interface GraceOptions {
  readonly stop: AbortSignal;
  readonly graceMs: number;
  readonly clock: Clock;
  readonly finished: AbortSignal;
}

function abortAfterGrace({ stop, graceMs, clock, finished }: GraceOptions): AbortSignal {
  const abort = new AbortController();
  const begin = (): void => {
    clock.sleep(graceMs, { signal: finished }).then(
      () => abort.abort(new Error("The grace period after the stop is over.")),
      () => {},
    );
  };
  if (stop.aborted) begin();
  else stop.addEventListener("abort", begin, { once: true, signal: finished });
  return abort.signal;
}
