import { defineExporter } from "@loghook/pipeline";
import { otelConfig } from "./config.ts";
import { createOtelExporter } from "./exporter.ts";

/** The exporter that a config names `otel`. */
export const otelExporter = defineExporter({
  type: "otel",
  description: "Hands records to any OpenTelemetry log exporter: one from npm, or one of your own.",
  config: otelConfig,
  delivery: ({ delivery }) => delivery,
  create: createOtelExporter,
});
