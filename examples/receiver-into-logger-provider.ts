// Feeds a tenant's log into the LoggerProvider that a program has already, through one of its loggers. From there the
// entries go where its other logs go: here by OTLP to a collector.
//
//   npm install @loghook/pipeline @loghook/receiver-auth0 @loghook/storage-sqlite \
//     @opentelemetry/sdk-logs @opentelemetry/exporter-logs-otlp-http
//   export AUTH0_DOMAIN=acme.eu.auth0.com AUTH0_CLIENT_ID=… AUTH0_CLIENT_SECRET=…
//   OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 node receiver-into-logger-provider.ts
//
// A logger gives no acknowledgement. `ack()` below means "handed over and flushed", not "arrived": what the collector
// does not take while the exporter tries (ten seconds) is gone. Where every entry has to arrive, run a lane with an
// exporter (`otlp_http` in a config) in place of this.
import { emitTo, parseSettings, standaloneSettings } from "@loghook/pipeline";
import { auth0Config, createAuth0Receiver } from "@loghook/receiver-auth0";
import { openStorage } from "@loghook/storage-sqlite";
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-http";
import { BatchLogRecordProcessor, LoggerProvider } from "@opentelemetry/sdk-logs";

// As your program has it. It takes the endpoint from OTEL_EXPORTER_OTLP_ENDPOINT.
const provider = new LoggerProvider({
  processors: [new BatchLogRecordProcessor({ exporter: new OTLPLogExporter() })],
});

const { AUTH0_DOMAIN, AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET, AUTH0_ENDPOINT } = process.env;
const config = parseSettings(
  auth0Config,
  {
    domain: AUTH0_DOMAIN,
    client_id: AUTH0_CLIENT_ID,
    client_secret: AUTH0_CLIENT_SECRET,
    endpoint: AUTH0_ENDPOINT,
  },
  "The receiver",
);

const stop = new AbortController();
process.once("SIGINT", () => stop.abort()).once("SIGTERM", () => stop.abort());

await using storage = await openStorage({ directory: ".loghook" });
const settings = standaloneSettings({ storage: storage.client("auth0") });
await using receiver = createAuth0Receiver(config, settings);

const emit = emitTo(provider.getLogger("auth0"));
const deliveries = receiver.receive({ lane: "logger", follow: true, signal: stop.signal });
for await (const { batch, ack } of deliveries) {
  emit(batch);
  // Page by page, so that the processor's queue, 2048 records by default, never has to drop one.
  await provider.forceFlush();
  await ack();
}
await provider.shutdown();
