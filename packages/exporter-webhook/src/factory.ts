import { defineExporter } from "@loghook/pipeline";
import { webhookConfig } from "./config.ts";
import { createWebhookExporter } from "./exporter.ts";

/** The exporter that a config names `webhook`. */
export const webhookExporter = defineExporter({
  type: "webhook",
  config: webhookConfig,
  delivery: ({ sendAsBatch, maxBatchSize, concurrency, retry }) => ({
    maxBatchSize: sendAsBatch ? maxBatchSize : 1,
    concurrency,
    retry,
  }),
  create: (config, settings) => createWebhookExporter(config, settings),
});
