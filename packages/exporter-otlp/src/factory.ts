import { defineExporter } from "@loghook/pipeline";
import { otlpConfig } from "./config.ts";
import { createOtlpExporter } from "./exporter.ts";

/** The exporter that a config names `otlp_http`. */
export const otlpHttpExporter = defineExporter({
  type: "otlp_http",
  description: "Sends records to an OpenTelemetry endpoint: OTLP over HTTP, in protobuf or JSON.",
  config: otlpConfig,
  delivery: ({ delivery }) => delivery,
  create: (config, settings) => createOtlpExporter(config, settings),
});
