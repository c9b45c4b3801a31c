import type { ComponentFactory, ExporterFactory, ProcessorFactory, ReceiverFactory } from "./component.ts";
import type { Configured, LoghookConfig } from "./config/config.ts";
import { ConfigError } from "./errors.ts";

/** A lane as the config describes it, before anything of it is made. */
export interface LanePlan {
  /** `pipeline/receiver/exporter`. Its checkpoint is kept under this name. */
  readonly id: string;
  readonly pipeline: string;
  readonly receiver: Configured<ReceiverFactory>;
  readonly processors: readonly Configured<ProcessorFactory>[];
  readonly exporter: Configured<ExporterFactory>;
}

/** One lane for each receiver → exporter path of a pipeline. */
export function planLanes({ pipelines }: Pick<LoghookConfig, "pipelines">): LanePlan[] {
  return pipelines.flatMap(({ name, receivers, processors, exporters }) =>
    receivers.flatMap((receiver) =>
      exporters.map((exporter) => ({
        id: `${name}/${receiver.id}/${exporter.id}`,
        pipeline: name,
        receiver,
        processors,
        exporter,
      })),
    ),
  );
}

/** Names of lanes: `pipeline/receiver/exporter`. */
export function laneIds(config: Pick<LoghookConfig, "pipelines">): string[] {
  return planLanes(config).map(({ id }) => id);
}

/** For who asks for a lane by its name. */
export function noSuchLane(config: Pick<LoghookConfig, "pipelines">, lane: string): ConfigError {
  const remedy = `It has ${laneIds(config).join(", ")}.`;
  return new ConfigError(`The config has no lane ${lane}.`, { remedy });
}

/** Whether a lane can go on as it is when the one plan takes the place of the other. */
export function isSameLane(one: LanePlan, other: LanePlan): boolean {
  return (
    one.id === other.id &&
    isSameComponent(one.receiver, other.receiver) &&
    isSameComponent(one.exporter, other.exporter) &&
    areSameComponents(one.processors, other.processors)
  );
}

export function areSameComponents(
  some: readonly Configured<ComponentFactory>[],
  others: readonly Configured<ComponentFactory>[],
): boolean {
  return (
    some.length === others.length &&
    some.every((component, index) => isSameComponent(component, others[index]))
  );
}

export function isSameComponent(
  one: Configured<ComponentFactory>,
  other: Configured<ComponentFactory> | undefined,
): boolean {
  return one.id === other?.id && one.factory === other.factory && one.fingerprint === other.fingerprint;
}
