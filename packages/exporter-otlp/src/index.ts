export { type OtlpConfig, type OtlpEncoding, otlpConfig } from "./config.ts";
export { createOtlpExporter, type OtlpExporterSettings } from "./exporter.ts";
export { otlpHttpExporter } from "./factory.ts";
