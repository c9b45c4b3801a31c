import { parseSettings, toLogRecordExporter, withUid } from "@loghook/pipeline";
import type { LogRecordExporter } from "@opentelemetry/sdk-logs";
import type { z } from "zod";
import { withWholeRecordAsBody } from "./app-record.ts";
import { webhookConfig } from "./config.ts";
import { createWebhookExporter, type WebhookExporterSettings } from "./exporter.ts";

/** The webhook's settings as a config file has them. */
export type WebhookSettings = z.input<typeof webhookConfig>;

/**
 * The webhook exporter for programs that have a `LoggerProvider`:
 * ```ts
 * const exporter = new WebhookLogRecordExporter({ url: "https://hooks.example.com/logs", signing_secret: "whsec_…" });
 * new LoggerProvider({ processors: [new BatchLogRecordProcessor({ exporter })] });
 * ```
 * A record becomes a JSON object with everything that it says (`AppRecord`); one that holds an Auth0 entry becomes that
 * entry. Batches are cut, split and sent again as a lane would, see `toLogRecordExporter`; `max_elapsed_time` is 30
 * seconds unless set. An export that fails after that is lost, since no OpenTelemetry processor keeps it.
 */
export class WebhookLogRecordExporter implements LogRecordExporter {
  readonly #exporter: LogRecordExporter;

  /** @throws {ConfigError} when a setting, a TLS file or a proxy variable cannot be used */
  constructor(settings: WebhookSettings, host: WebhookExporterSettings = {}) {
    const config = parseSettings(webhookConfig, settings, "WebhookLogRecordExporter");
    const webhook = createWebhookExporter(config, host);
    this.#exporter = toLogRecordExporter(webhook, config.delivery, { clock: host.clock });
  }

  export(...[logs, resultCallback]: Parameters<LogRecordExporter["export"]>): void {
    // The id comes first, so that it is among the attributes that the webhook gets to see.
    const records = logs.map(withUid).map(withWholeRecordAsBody);
    this.#exporter.export(records, resultCallback);
  }

  forceFlush(): Promise<void> {
    return this.#exporter.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }
}
