export { type CreateExporter, exporterContract } from "./exporter-contract.ts";
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
export { memoryStorage } from "./memory-storage.ts";
export { processorContract } from "./processor-contract.ts";
export { type ProxyVisit, startProxy, type TestProxy } from "./proxy-server.ts";
export { receiverContract, type SourceUnderTest, type StartSource } from "./receiver-contract.ts";
export { testSettings } from "./settings.ts";
export { type CreateStorage, storageContract } from "./storage-contract.ts";
export {
  speaksOldTls,
  startTlsServer,
  type TestTlsServer,
  tlsFile,
  tlsIdentity,
  wantsClientCertificate,
} from "./tls-server.ts";
