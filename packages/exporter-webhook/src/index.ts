export type { AppRecord } from "./app-record.ts";
export { type WebhookConfig, type WebhookFormat, webhookConfig } from "./config.ts";
export { createWebhookExporter, type WebhookExporterSettings } from "./exporter.ts";
export { webhookExporter } from "./factory.ts";
export { WebhookLogRecordExporter, type WebhookSettings } from "./log-record-exporter.ts";
