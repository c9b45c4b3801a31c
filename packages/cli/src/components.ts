import type { ComponentFactory, LazyFactory } from "@loghook/pipeline";

/** What a config file can name. A package is loaded when one does: a run needs four of these, and each brings others. */
export const factories: readonly LazyFactory[] = [
  lazy("receiver", "auth0", async () => (await import("@loghook/receiver-auth0")).auth0Receiver),
  lazy("processor", "filter", async () => (await import("@loghook/processor-filter")).filterProcessor),
  lazy("processor", "redact", async () => (await import("@loghook/processor-redact")).redactProcessor),
  lazy("exporter", "webhook", async () => (await import("@loghook/exporter-webhook")).webhookExporter),
  lazy("exporter", "otlp_http", async () => (await import("@loghook/exporter-otlp")).otlpHttpExporter),
  lazy("exporter", "otel", async () => (await import("@loghook/exporter-otel")).otelExporter),
  lazy("storage", "sqlite_storage", async () => (await import("@loghook/storage-sqlite")).sqliteStorage),
  lazy("reporter", "slack", async () => (await import("@loghook/reporter-slack")).slackReporter),
];

function lazy(
  kind: ComponentFactory["kind"],
  type: string,
  load: () => Promise<ComponentFactory>,
): LazyFactory {
  return { kind, type, load };
}
