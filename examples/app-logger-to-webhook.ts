// Sends what an app logs to a webhook: signed (standardwebhooks.com), and again when the webhook does not take it. The
// app is a small web shop that logs its orders.
//
//   npm install @loghook/exporter-webhook @opentelemetry/api @opentelemetry/resources @opentelemetry/sdk-logs
//   WEBHOOK_URL=https://hooks.example.com/logs SIGNING_SECRET=whsec_… node app-logger-to-webhook.ts
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { WebhookLogRecordExporter } from "@loghook/exporter-webhook";
import { SeverityNumber } from "@opentelemetry/api";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchLogRecordProcessor, LoggerProvider } from "@opentelemetry/sdk-logs";

const { WEBHOOK_URL = "", SIGNING_SECRET, PORT = "8080" } = process.env;
const exporter = new WebhookLogRecordExporter({
  url: WEBHOOK_URL,
  signing_secret: SIGNING_SECRET,
  // What is not taken after this time is lost: an OpenTelemetry processor keeps nothing.
  retry_on_failure: { initial_interval: "200ms", max_elapsed_time: "20s" },
});
const provider = new LoggerProvider({
  resource: resourceFromAttributes({ "service.name": "shop" }),
  processors: [new BatchLogRecordProcessor({ exporter })],
});
const logger = provider.getLogger("orders");

const shop = createServer((request, response) => {
  logger.emit({
    eventName: "order.placed",
    severityNumber: SeverityNumber.INFO,
    severityText: "info",
    body: "An order was placed.",
    attributes: { "url.path": request.url ?? "" },
  });
  response.end("Thank you.\n");
});
await once(shop.listen(Number(PORT), "127.0.0.1"), "listening");
console.log(`The shop is open at http://127.0.0.1:${(shop.address() as AddressInfo).port}/`);

const stop = new AbortController();
process.once("SIGINT", () => stop.abort()).once("SIGTERM", () => stop.abort());
await once(stop.signal, "abort");

shop.close();
// First, since a shutdown ends the waits between attempts: this one waits for them.
await provider.forceFlush();
await provider.shutdown();
