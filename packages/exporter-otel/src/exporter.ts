import { type ComponentSettings, type Exporter, fromLogRecordExporter } from "@loghook/pipeline";
import type { OtelExporterConfig } from "./config.ts";
import { makeLogRecordExporter } from "./make-log-record-exporter.ts";

/**
 * An exporter that hands records to an OpenTelemetry log exporter of another package; see `fromLogRecordExporter` for
 * what that means for retries, time-outs and errors.
 *
 * @throws {ConfigError} when the settings do not lead to such an exporter
 */
export async function createOtelExporter(
  config: OtelExporterConfig,
  { id, directory, clock, logger }: ComponentSettings,
): Promise<Exporter> {
  const setting = (key: string) => `exporters.${id}.${key}`;
  const exporter = await makeLogRecordExporter(config, { directory, setting });
  return fromLogRecordExporter(exporter, { name: id, timeoutMs: config.timeoutMs, clock, logger });
}
