import { otelExporter } from "@loghook/exporter-otel";
import { otlpHttpExporter } from "@loghook/exporter-otlp";
import { webhookExporter } from "@loghook/exporter-webhook";
import type { ComponentFactory } from "@loghook/pipeline";
import { filterProcessor } from "@loghook/processor-filter";
import { redactProcessor } from "@loghook/processor-redact";
import { auth0Receiver } from "@loghook/receiver-auth0";
import { slackReporter } from "@loghook/reporter-slack";
import { sqliteStorage } from "@loghook/storage-sqlite";

/** What a config file can name. */
export const factories: readonly ComponentFactory[] = [
  auth0Receiver,
  filterProcessor,
  redactProcessor,
  webhookExporter,
  otlpHttpExporter,
  otelExporter,
  sqliteStorage,
  slackReporter,
];
