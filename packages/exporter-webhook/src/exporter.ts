import type { Environment } from "@loghook/http-dispatcher";
import { type Clock, type Exporter, systemClock } from "@loghook/pipeline";
import type { WebhookConfig } from "./config.ts";
import { deliverEach } from "./deliver-each.ts";
import { describeDestination } from "./destination.ts";
import { createSender } from "./sender.ts";

/** What the host gives. A `ComponentSettings` fits. */
export interface WebhookExporterSettings {
  /** For messages: `exporters.<id>.url`. Default `webhook`. */
  readonly id?: string | undefined;
  /** For `webhook-timestamp` and `Retry-After` dates. Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Where to find HTTP_PROXY, HTTPS_PROXY and NO_PROXY. Default: `process.env`. */
  readonly env?: Environment | undefined;
}

/**
 * An exporter that POSTs to a webhook. A call makes one request of the batch, however large, or one for each record
 * where `sendAsBatch` is false. It never tries again by itself, and sends whenever it is called: who calls it keeps to
 * `config.delivery`.
 *
 * Disposing it lets the requests in flight come to their end (at most `timeoutMs`) and begins no further ones.
 *
 * @throws {ConfigError} when a header, a secret, a TLS file or a proxy variable cannot be used
 */
export function createWebhookExporter(
  config: WebhookConfig,
  settings: WebhookExporterSettings = {},
): Exporter {
  const { id = "webhook", clock = systemClock, env = process.env } = settings;
  const sender = createSender(config, { destination: describeDestination(config, id, env), clock, env });
  return {
    async export(batch, { signal }) {
      signal.throwIfAborted();
      if (batch.length === 0) return;
      if (config.sendAsBatch || batch.length === 1) await sender.send(batch, { signal });
      else await deliverEach(batch, (single) => sender.send(single, { signal }));
    },
    [Symbol.asyncDispose]: () => sender[Symbol.asyncDispose](),
  };
}
