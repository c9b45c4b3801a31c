import type { Environment } from "@loghook/http-dispatcher";
import { type Clock, type Exporter, RetryableError, systemClock } from "@loghook/pipeline";
import type { WebhookConfig } from "./config.ts";
import { deliverEach } from "./deliver-each.ts";
import { describeDestination } from "./destination.ts";
import { createSender } from "./sender.ts";
import { createTurns } from "./turns.ts";
import { untilAborted } from "./until-aborted.ts";

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
 * where `sendAsBatch` is false. It never tries again by itself.
 *
 * Disposing it lets the requests in flight come to their end (at most `timeoutMs`) and rejects those that wait.
 *
 * @throws {ConfigError} when a header, a secret, a TLS file or a proxy variable cannot be used
 */
export function createWebhookExporter(
  config: WebhookConfig,
  settings: WebhookExporterSettings = {},
): Exporter {
  const { id = "webhook", clock = systemClock, env = process.env } = settings;
  const destination = describeDestination(config, id);
  const sender = createSender(config, { destination, clock, env });
  const turns = createTurns(
    config.concurrency,
    () => new RetryableError(`${destination.request} was not sent, because the exporter is closed.`),
  );
  let closed: Promise<void> | undefined;

  async function close(): Promise<void> {
    await turns.close();
    await sender[Symbol.asyncDispose]();
  }

  return {
    async export(batch, { signal }) {
      signal.throwIfAborted();
      if (batch.length === 0) return;
      const delivery = config.sendAsBatch
        ? turns.take(() => sender.send(batch, { signal }))
        : deliverEach(batch, turns, (record) => sender.send([record], { signal }));
      await untilAborted(delivery, signal);
    },
    [Symbol.asyncDispose]: () => (closed ??= close()),
  };
}
