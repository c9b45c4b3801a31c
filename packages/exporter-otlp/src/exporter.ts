import { createPoster } from "@loghook/http-delivery";
import type { Environment } from "@loghook/http-dispatcher";
import { type Clock, type Exporter, type Logger, silentLogger, systemClock } from "@loghook/pipeline";
import { classifyAnswer } from "./classify-answer.ts";
import type { OtlpConfig } from "./config.ts";
import { describeDestination } from "./destination.ts";
import { encodeRequest } from "./encode-request.ts";
import { requestHeaders } from "./request-headers.ts";

/** What the host gives. A `ComponentSettings` fits. */
export interface OtlpExporterSettings {
  /** For messages: `exporters.<id>.endpoint`. Default `otlp_http`. */
  readonly id?: string | undefined;
  /** For `Retry-After` dates. Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Gets what the server says beside taking the records. Default: nobody. */
  readonly logger?: Logger | undefined;
  /** Where to find HTTP_PROXY, HTTPS_PROXY and NO_PROXY. Default: `process.env`. */
  readonly env?: Environment | undefined;
}

/** As much as the Collector reads. A partial success is far smaller. */
const maxAnswerBytes = 64 * 1024;

/**
 * An exporter that sends OTLP over HTTP. A call makes one request of the batch, however large; it never tries again by
 * itself.
 *
 * Disposing it lets the requests in flight come to their end (at most `timeoutMs`) and rejects further ones.
 *
 * @throws {ConfigError} when a header, a TLS file or a proxy variable cannot be used
 */
export function createOtlpExporter(config: OtlpConfig, settings: OtlpExporterSettings = {}): Exporter {
  const { id = "otlp_http", clock = systemClock, logger = silentLogger, env = process.env } = settings;
  const { url, tls, compression, encoding, denyPrivateNetworks } = config;
  const destination = describeDestination(config, id, env);
  const headers = requestHeaders(config, destination);
  const connections = config.delivery.concurrency;
  const poster = createPoster({
    url,
    destination,
    tls,
    env,
    connections,
    compression,
    maxAnswerBytes,
    denyPrivateNetworks,
  });
  const onWarning = once((warning) => {
    logger.warn({ exporter: id, warning }, "The OTLP server took the records and has a warning.");
  });
  return {
    async export(batch, { signal }) {
      signal.throwIfAborted();
      if (batch.length === 0) return;
      const answer = await poster.post({ headers, body: encodeRequest(batch, encoding), signal });
      const context = { destination, records: batch, clock, onWarning };
      const error = classifyAnswer(answer, context);
      if (error) throw error;
    },
    [Symbol.asyncDispose]: () => poster[Symbol.asyncDispose](),
  };
}

/** A server whose warnings are never the same would fill the log, and the memory of what was said. */
const maxWarnings = 100;

/** Passes every message on once, and no more than `maxWarnings` of them. */
function once(tell: (message: string) => void): (message: string) => void {
  const told = new Set<string>();
  return (message) => {
    if (told.has(message) || told.size >= maxWarnings) return;
    told.add(message);
    tell(message);
  };
}
