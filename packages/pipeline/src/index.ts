export { type PipelineOutcome, type RunPipelinesOptions, runPipelines } from "./assemble.ts";
export { type Clock, systemClock } from "./clock.ts";
export {
  type ComponentFactory,
  type ComponentSettings,
  type Delivery,
  type DeliveryPolicy,
  defineExporter,
  defineProcessor,
  defineReceiver,
  defineReporter,
  defineStorage,
  type Exporter,
  type ExporterFactory,
  type ExportOptions,
  type ExtensionFactory,
  type LogBatch,
  type Processor,
  type ProcessorFactory,
  type ReceiveOptions,
  type Receiver,
  type ReceiverFactory,
  type ReporterFactory,
  type ReporterSettings,
  type StorageFactory,
} from "./component.ts";
export {
  type Configured,
  type ConfiguredPipeline,
  InvalidConfigError,
  type LoadConfigOptions,
  type LoghookConfig,
  loadConfig,
  loadConfigFile,
} from "./config.ts";
export type { ConfigProblem } from "./config-document.ts";
export { duration, httpUrl, integer, must, nameList, positiveDuration, secret } from "./config-values.ts";
export {
  BatchTooLargeError,
  ConfigError,
  DestinationRefusedError,
  LoghookError,
  RecordsRejectedError,
  RetryableError,
  SourceRefusedError,
  StorageError,
} from "./errors.ts";
export type { LaneOutcome } from "./lane.ts";
export { type Logger, silentLogger } from "./logger.ts";
export { parseRetryAfter } from "./retry-after.ts";
export { backoffMs, type RetryPolicy, retryOnFailure } from "./retrying.ts";
export { Secret } from "./secret.ts";
export type { RunHistory, RunRecord, RunStatus, Storage, StorageClient } from "./storage.ts";
export { suggestion } from "./suggestion.ts";
export { createEventStream, type EventListener, type EventStream, type PipelineEvent } from "./telemetry.ts";
