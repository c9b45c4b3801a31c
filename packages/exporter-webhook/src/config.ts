import { denyPrivateNetworks, headerMap, headerSecret, requestTimeout } from "@loghook/http-delivery";
import { type TlsFiles, tlsFiles } from "@loghook/http-dispatcher";
import {
  checkDeliverySettings,
  type DeliveryPolicy,
  defaultDelivery,
  deliverySettings,
  httpUrl,
  integer,
  neverPrinted,
  Secret,
  toDeliveryPolicy,
} from "@loghook/pipeline";
import { z } from "zod";
import { reservedHeader } from "./request-headers.ts";
import { signingKey, signingSecretRule } from "./signature.ts";

/** What a body looks like. */
export type WebhookFormat = "json" | "json_lines" | "auth0_log_stream" | "cloudevents";

/** Where to deliver, and how. Made by parsing `webhookConfig`. */
export interface WebhookConfig {
  /** Absolute, http or https. */
  readonly url: string;
  /** The whole value of the Authorization header. */
  readonly authorization: Secret | undefined;
  /** True: a request carries a batch. False: a request carries one record. */
  readonly sendAsBatch: boolean;
  readonly format: WebhookFormat;
  /** Sent with every request, by name. */
  readonly headers: Readonly<Record<string, Secret>>;
  /** `whsec_…`, one for each signature. Empty: requests are not signed. */
  readonly signingSecrets: readonly Secret[];
  readonly compression: "none" | "gzip";
  /** From the first byte sent, or the connecting, to the end of the answer. */
  readonly timeoutMs: number;
  readonly tls: TlsFiles;
  /** True: requests go to public addresses only. */
  readonly denyPrivateNetworks: boolean;
  /** Where `sendAsBatch` is false: one record at a time, whatever `max_batch_size` says. */
  readonly delivery: DeliveryPolicy;
}

/** Used where a setting is left out. Written as a user writes them. */
const defaults = {
  send_as_batch: true,
  format: "json",
  headers: {},
  compression: "none",
  timeout: "20s",
  tls: {},
} as const;

function signingSecrets() {
  const error = `must be ${signingSecretRule}, or a list of such secrets`;
  return z
    .union([z.string(), z.array(z.string())], { error })
    .meta(neverPrinted)
    .transform((value) => (typeof value === "string" ? value.split(/[\s,]+/).filter(Boolean) : value))
    .refine((secrets) => secrets.length > 0 && secrets.every((secret) => signingKey(secret)), { error })
    .transform((secrets) => secrets.map((secret) => new Secret(secret)));
}

/** The settings as a user writes them. Parsed to a `WebhookConfig`. */
export const webhookConfig = z
  .strictObject({
    url: httpUrl().describe("Where to POST to: an absolute http or https URL. Redirects are not followed."),
    authorization: headerSecret()
      .optional()
      .describe("The whole value of the `Authorization` header. A secret."),
    send_as_batch: z
      .boolean()
      .default(defaults.send_as_batch)
      .describe("`true`: a request carries an array of records. `false`: a request carries one record."),
    format: z
      .enum(["json", "json_lines", "auth0_log_stream", "cloudevents"])
      .default(defaults.format)
      .describe(
        "`json`: the entries as the source wrote them. `json_lines`: the same, one on each line. " +
          "`auth0_log_stream`: each as `{log_id, data}`, as Auth0's own log streams send them. " +
          "`cloudevents`: CloudEvents 1.0 in JSON.",
      ),
    headers: headerMap(reservedHeader)
      .prefault(defaults.headers)
      .describe("More headers to send, by name. The values are secrets."),
    signing_secret: signingSecrets()
      .optional()
      .describe(
        "Signs every request by Standard Webhooks: `whsec_…`, base64 of 24 to 64 bytes. Several, as a list or one " +
          "text with spaces or commas, give a signature each, so that a secret can be replaced.",
      ),
    compression: z
      .enum(["none", "gzip"])
      .default(defaults.compression)
      .describe("`gzip`: bodies are compressed, with `Content-Encoding: gzip`."),
    timeout: requestTimeout()
      .prefault(defaults.timeout)
      .describe("How long a request may take, from the connecting to the end of the answer. At most `1h`."),
    tls: tlsFiles
      .prefault(defaults.tls)
      .describe("Private authorities and client certificates. Verification stays on."),
    deny_private_networks: denyPrivateNetworks(),
    ...deliverySettings,
    max_batch_size: integer(1, 1000)
      .default(defaultDelivery.maxBatchSize)
      .describe("The most records of a request, 1 to 1000. Counts with `send_as_batch` only."),
  })
  .superRefine(checkDeliverySettings)
  .transform(
    (config): WebhookConfig => ({
      url: config.url,
      authorization: config.authorization,
      sendAsBatch: config.send_as_batch,
      format: config.format,
      headers: config.headers,
      signingSecrets: config.signing_secret ?? [],
      compression: config.compression,
      timeoutMs: config.timeout,
      tls: config.tls,
      denyPrivateNetworks: config.deny_private_networks,
      delivery: toDeliveryPolicy({
        ...config,
        max_batch_size: config.send_as_batch ? config.max_batch_size : 1,
      }),
    }),
  );
