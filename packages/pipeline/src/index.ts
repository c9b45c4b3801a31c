export { checkDeliverySettings } from "./adaptive-settings.ts";
export {
  type RunningPipelines,
  type RunPipelinesOptions,
  runPipelines,
  startPipelines,
} from "./assemble.ts";
export { type AuditOptions, type AuditProgress, type AuditRetry, auditPipelines } from "./audit.ts";
export type {
  AuditError,
  AuditedEntry,
  AuditKind,
  AuditReport,
  AuditVerdict,
  FilteredCount,
  LaneAudit,
} from "./audit-report.ts";
export { openStorageBeside, type StorageBesideOptions } from "./beside-owner.ts";
export { type Clock, systemClock } from "./clock.ts";
export {
  type AdaptiveConcurrency,
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
  type ListOptions,
  type LogBatch,
  type OnRejected,
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
  type LoadConfigOptions,
  type LoghookConfig,
  loadConfig,
  loadConfigFile,
} from "./config/config.ts";
export type { ConfigPath, ConfigProblem } from "./config/config-document.ts";
export { type Section, sections } from "./config/config-frame.ts";
export { configJsonSchema } from "./config/config-json-schema.ts";
export {
  duration,
  httpUrl,
  integer,
  must,
  nameList,
  neverPrinted,
  positiveDuration,
  secret,
} from "./config/config-values.ts";
export { type DataFile, loadDataFile } from "./config/data-file.ts";
export { InvalidConfigError } from "./config/invalid-config.ts";
export { loadFactories } from "./config/known-factories.ts";
export { type LazyFactory, loadEvery } from "./config/lazy-factories.ts";
export { loadModule } from "./config/load-module.ts";
export { parseSettings } from "./config/parse-settings.ts";
export { printableConfig } from "./config/printable-config.ts";
export {
  loadProcessorChains,
  type ProcessorChain,
  type ReceiverSettings,
} from "./config/processor-chains.ts";
export { publicUrl } from "./config/public-url.ts";
export { type SettingSchema, settingSchema } from "./config/setting-schema.ts";
export { suggestion } from "./config/suggestion.ts";
export {
  defaultDelivery,
  deliverySettings,
  toDeliveryPolicy,
} from "./delivery-settings.ts";
export {
  BatchTooLargeError,
  ComponentError,
  ConfigError,
  DestinationRefusedError,
  LoghookError,
  RecordsRejectedError,
  RetryableError,
  SourceRefusedError,
  StorageError,
} from "./errors.ts";
export { type ExactJson, exactDigits, parseExactJson, readExactJson } from "./exact-json.ts";
export type { LaneOutcome } from "./lane.ts";
export { laneIds } from "./lane-plan.ts";
export { type Logger, silentLogger } from "./logger.ts";
export { changedRecord } from "./otel/changed-record.ts";
export { emitTo } from "./otel/emit-to.ts";
export { type FromLogRecordExporterOptions, fromLogRecordExporter } from "./otel/from-log-record-exporter.ts";
export { resourceFromAttributes } from "./otel/on-demand.ts";
export { withPlainNumbers } from "./otel/plain-numbers.ts";
export { withUid } from "./otel/record-uid.ts";
export { toLogRecordExporter } from "./otel/to-log-record-exporter.ts";
export { type RecordSource, recordAttribute, recordUid, sourceJson, withSource } from "./record-source.ts";
export { recordFromText, recordToText } from "./record-text.ts";
export { parseRetryAfter } from "./retry-after.ts";
export { backoffMs, type RetryNotice, type RetryPolicy, retryOnFailure } from "./retrying.ts";
export type { LaneChanges, PipelineOutcome } from "./running-lanes.ts";
export { Secret } from "./secret.ts";
export { type ParkedLaneOutcome, type SendParkedOptions, sendParked } from "./send-parked.ts";
export { asSentence } from "./sentence.ts";
export { standaloneSettings } from "./standalone-settings.ts";
export type {
  Ledger,
  LedgerPart,
  ParkedRecord,
  ParkedRecords,
  RunHistory,
  RunRecord,
  RunStatus,
  Settlement,
  Storage,
  StorageClient,
} from "./storage.ts";
export {
  createEventStream,
  type EventListener,
  type EventStream,
  type ExporterEvent,
  type LaneEvent,
  type PipelineEvent,
} from "./telemetry.ts";
export { untilAborted } from "./until-aborted.ts";
export { whenAborted } from "./when-aborted.ts";
