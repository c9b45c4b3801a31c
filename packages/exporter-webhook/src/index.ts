export { type WebhookConfig, type WebhookFormat, webhookConfig } from "./config.ts";
export { createWebhookExporter, type WebhookExporterSettings } from "./exporter.ts";
export { webhookExporter } from "./factory.ts";
