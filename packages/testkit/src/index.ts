export type { Ability } from "./ability.ts";
export type { DestinationUnderTest, ExporterDestination } from "./destination-under-test.ts";
export { exporterContract } from "./exporter-contract.ts";
export type { CreateExporter } from "./http-destination.ts";
export {
  type ReceivedRequest,
  startServer,
  startWebhook,
  status,
  type TestServer,
  type TestWebhook,
  type WebhookAnswer,
} from "./http-server.ts";
export { testBatch, testRecord } from "./log-record.ts";
export { type ManualClock, manualClock } from "./manual-clock.ts";
export { type MemoryExporter, memoryExporter } from "./memory-exporter.ts";
export { type MemoryReceiver, type MemoryReceiverOptions, memoryReceiver } from "./memory-receiver.ts";
export { type MemoryStorageOptions, memoryStorage } from "./memory-storage.ts";
export { type CreateProcessor, processorContract } from "./processor-contract.ts";
export { type ProxyVisit, startProxy, type TestProxy } from "./proxy-server.ts";
export { receiverContract } from "./receiver-contract.ts";
export { testSettings } from "./settings.ts";
export type { SourceUnderTest, StartSource } from "./source-under-test.ts";
export { storageContract } from "./storage-contract.ts";
export type { CreateStorage, StoragePlace, StoragePlaces } from "./storage-places.ts";
export {
  speaksOldTls,
  startTlsServer,
  type TestTlsServer,
  tlsFile,
  tlsIdentity,
  wantsClientCertificate,
} from "./tls-server.ts";
