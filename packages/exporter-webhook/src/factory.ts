import { defineExporter } from "@loghook/pipeline";
import { webhookConfig } from "./config.ts";
import { createWebhookExporter } from "./exporter.ts";

/** The exporter that a config names `webhook`. */
export const webhookExporter = defineExporter({
  type: "webhook",
  description: "POSTs records to a URL, as they are, in batches or one by one, signed if you like.",
  config: webhookConfig,
  delivery: ({ delivery }) => delivery,
  create: (config, settings) => createWebhookExporter(config, settings),
});
