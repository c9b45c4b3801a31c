import { type Compression, denyPrivateNetworks, headerMap, requestTimeout } from "@loghook/http-delivery";
import { type TlsFiles, tlsFiles } from "@loghook/http-dispatcher";
import {
  checkDeliverySettings,
  type DeliveryPolicy,
  deliverySettings,
  httpUrl,
  must,
  type Secret,
  toDeliveryPolicy,
} from "@loghook/pipeline";
import { z } from "zod";
import { reservedHeader } from "./request-headers.ts";

/** How requests are written: protobuf, or its JSON form. */
export type OtlpEncoding = "proto" | "json";

/** Where to deliver, and how. Made by parsing `otlpConfig`. */
export interface OtlpConfig {
  /** Where requests go, with the path for logs: absolute, http or https. */
  readonly url: string;
  /** The setting that it comes from. */
  readonly addressKey: "endpoint" | "logs_endpoint";
  readonly encoding: OtlpEncoding;
  /** Sent with every request, by name. */
  readonly headers: Readonly<Record<string, Secret>>;
  readonly compression: Compression;
  /** From the connecting to the end of the answer. */
  readonly timeoutMs: number;
  readonly tls: TlsFiles;
  /** True: requests go to public addresses only. */
  readonly denyPrivateNetworks: boolean;
  readonly delivery: DeliveryPolicy;
}

/** Used where a setting is left out. Written as a user writes them. */
const defaults = {
  encoding: "proto",
  headers: {},
  compression: "gzip",
  // https://opentelemetry.io/docs/specs/otel/protocol/exporter/#configuration-options
  timeout: "10s",
  tls: {},
} as const;

const logsPath = "/v1/logs";

function baseUrl() {
  return httpUrl().refine((text) => !new URL(text).pathname.endsWith(logsPath), {
    abort: true,
    error: `must be the base URL, to which ${logsPath} is added; use logs_endpoint for a whole URL`,
  });
}

/** The settings as a user writes them. Parsed to an `OtlpConfig`. */
export const otlpConfig = z
  .strictObject({
    endpoint: baseUrl()
      .optional()
      .describe(
        "The server's base URL, absolute, http or https; `/v1/logs` is added. Either this or `logs_endpoint` is required.",
      ),
    logs_endpoint: httpUrl().optional().describe("The whole URL for logs, in place of `endpoint`."),
    encoding: z
      .enum(["proto", "json"], { error: must("be one of proto, json") })
      .default(defaults.encoding)
      .describe("`proto`: requests are binary protobuf. `json`: they are its JSON form."),
    headers: headerMap(reservedHeader)
      .prefault(defaults.headers)
      .describe("Headers to send, by name, such as `authorization`. The values are secrets."),
    compression: z
      .enum(["gzip", "none"])
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
  })
  // For JSON Schema, which knows nothing of the rule below.
  .meta({ oneOf: [{ required: ["endpoint"] }, { required: ["logs_endpoint"] }] })
  .superRefine(({ endpoint, logs_endpoint }, context) => {
    if (endpoint === undefined && logs_endpoint === undefined) {
      const message = "is required, unless there is logs_endpoint";
      context.addIssue({ code: "custom", path: ["endpoint"], message });
    }
    if (endpoint !== undefined && logs_endpoint !== undefined) {
      const message = "cannot stand beside endpoint; leave one of the two out";
      context.addIssue({ code: "custom", path: ["logs_endpoint"], message });
    }
  })
  .superRefine(checkDeliverySettings)
  .transform(
    (config): OtlpConfig => ({
      ...addressOf(config),
      encoding: config.encoding,
      headers: config.headers,
      compression: config.compression,
      timeoutMs: config.timeout,
      tls: config.tls,
      denyPrivateNetworks: config.deny_private_networks,
      delivery: toDeliveryPolicy(config),
    }),
  );

interface Address {
  readonly endpoint?: string | undefined;
  readonly logs_endpoint?: string | undefined;
}

function addressOf({ endpoint, logs_endpoint = "" }: Address): Pick<OtlpConfig, "url" | "addressKey"> {
  if (endpoint === undefined) return { url: logs_endpoint, addressKey: "logs_endpoint" };
  const url = new URL(endpoint);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}${logsPath}`;
  return { url: url.href, addressKey: "endpoint" };
}
