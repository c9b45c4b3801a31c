import { createPoster, type Destination } from "@loghook/http-delivery";
import type { Environment } from "@loghook/http-dispatcher";
import {
  type Clock,
  ConfigError,
  type ExportOptions,
  type LogBatch,
  RecordsRejectedError,
} from "@loghook/pipeline";
import { classifyResponse } from "./classify-response.ts";
import type { WebhookConfig } from "./config.ts";
import { type EncodedRequest, encodeRequest } from "./encode-request.ts";
import { fixedHeaders } from "./request-headers.ts";
import { signatures, signingKey, signingSecretRule } from "./signature.ts";
import { webhookId } from "./webhook-id.ts";

/** Makes one request of the records it is given: encode, sign, send, classify the answer. */
export interface Sender extends AsyncDisposable {
  /** Resolves when the webhook has taken the records. Rejects as `Exporter.export` does. */
  send(records: LogBatch, options: ExportOptions): Promise<void>;
}

export interface SenderOptions {
  readonly destination: Destination;
  readonly clock: Clock;
  readonly env: Environment;
}

/** Enough for what goes into a message. */
const maxAnswerBytes = 4096;

/** @throws {ConfigError} when a header, a secret, a TLS file or a proxy variable cannot be used */
export function createSender(config: WebhookConfig, { destination, clock, env }: SenderOptions): Sender {
  const headers = fixedHeaders(config, destination);
  const keys = signingKeys(config, destination);
  const poster = createPoster({
    url: config.url,
    destination,
    tls: config.tls,
    env,
    connections: config.delivery.concurrency,
    compression: config.compression,
    maxAnswerBytes,
    denyPrivateNetworks: config.denyPrivateNetworks,
  });
  return {
    async send(records, { signal }) {
      signal.throwIfAborted();
      const encoded = encode(records, config);
      const answer = await poster.post({
        headers: { ...headers, ...headersOf(encoded, { id: webhookId(records), now: clock.now(), keys }) },
        body: encoded.body,
        signal,
      });
      const error = classifyResponse(answer, { destination, records, clock });
      if (error) throw error;
    },
    [Symbol.asyncDispose]: () => poster[Symbol.asyncDispose](),
  };
}

function encode(records: LogBatch, { format, sendAsBatch }: WebhookConfig): EncodedRequest {
  try {
    return encodeRequest(records, { format, asArray: sendAsBatch });
  } catch (error) {
    // Whichever of the records it is, the caller finds out by sending fewer.
    throw new RecordsRejectedError("A record has a body that cannot be written as JSON.", {
      cause: error,
      records,
    });
  }
}

interface AttemptDetails {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly keys: readonly Buffer[];
}

/** The headers that differ from request to request. */
function headersOf(
  { contentType, body }: EncodedRequest,
  { id, now, keys }: AttemptDetails,
): Record<string, string> {
  const timestamp = Math.floor(now / 1000);
  return {
    "content-type": contentType,
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    ...(keys.length > 0 && { "webhook-signature": signatures({ id, timestamp, body }, keys) }),
  };
}

function signingKeys(config: WebhookConfig, { setting }: Destination): Buffer[] {
  return config.signingSecrets.map((secret) => {
    const key = signingKey(secret.reveal());
    if (!key) throw new ConfigError(`${setting("signing_secret")} must be ${signingSecretRule}.`);
    return key;
  });
}
