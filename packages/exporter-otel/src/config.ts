import {
  checkDeliverySettings,
  type DeliveryPolicy,
  deliverySettings,
  positiveDuration,
  toDeliveryPolicy,
} from "@loghook/pipeline";
import { z } from "zod";

/** Which OpenTelemetry log exporter to make, and how to feed it. Made by parsing `otelConfig`. */
export interface OtelExporterConfig {
  /** The package or the file that has the exporter. */
  readonly module: string;
  /** What it exports the exporter's class, or a function that makes one, as. */
  readonly exportName: string;
  /** What the class or the function is called with. */
  readonly options: unknown;
  /** The longest that an export may take. */
  readonly timeoutMs: number;
  readonly delivery: DeliveryPolicy;
}

/** Used where a setting is left out. Written as a user writes them. */
const defaults = { export: "default", timeout: "30s" } as const;

/** The settings as a user writes them. Parsed to an `OtelExporterConfig`. */
export const otelConfig = z
  .strictObject({
    module: z
      .string()
      .min(1)
      .describe(
        "The package that has the exporter (`@opentelemetry/exporter-logs-otlp-grpc`), or a file (`./mine.ts`). " +
          "Looked for from the folder of the config file.",
      ),
    export: z
      .string()
      .min(1)
      .default(defaults.export)
      .describe("The name that the module exports it as: a class, or a function that makes an exporter."),
    options: z
      .unknown()
      .optional()
      .describe("What the class or the function is called with, passed on as it is written here."),
    timeout: positiveDuration()
      .prefault(defaults.timeout)
      .describe(
        "How long an export may take, with the exporter's own retries. Longer than the exporter's own time-out.",
      ),
    ...deliverySettings,
  })
  .superRefine(checkDeliverySettings)
  .transform(
    (config): OtelExporterConfig => ({
      module: config.module,
      exportName: config.export,
      options: config.options,
      timeoutMs: config.timeout,
      delivery: toDeliveryPolicy(config),
    }),
  );
