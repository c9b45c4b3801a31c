export { type OtelExporterConfig, otelConfig } from "./config.ts";
export { createOtelExporter } from "./exporter.ts";
export { otelExporter } from "./factory.ts";
