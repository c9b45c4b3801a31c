import { Secret } from "@loghook/pipeline";
import { expect, test } from "vitest";
import { z } from "zod";
import { otlpConfig } from "./config.ts";
import { createOtlpExporter } from "./exporter.ts";

const endpoint = "https://otlp.example:4318";

test("only the endpoint is required", () => {
  expect(otlpConfig.parse({ endpoint })).toEqual({
    url: "https://otlp.example:4318/v1/logs",
    addressKey: "endpoint",
    encoding: "proto",
    headers: {},
    compression: "gzip",
    timeoutMs: 10_000,
    tls: { caFile: undefined, certFile: undefined, keyFile: undefined },
    denyPrivateNetworks: false,
    delivery: {
      maxBatchSize: 100,
      concurrency: 5,
      retry: { initialIntervalMs: 1000, maxIntervalMs: 60_000, maxElapsedMs: undefined },
      maxCallsPerSecond: undefined,
      onRejected: "park",
      maxParked: 10_000,
      maxRejectedInRow: 100,
    },
  });
});

test("takes every setting", () => {
  const config = otlpConfig.parse({
    logs_endpoint: "https://otlp.example/in?key=1",
    encoding: "json",
    headers: { authorization: "Bearer abc" },
    compression: "none",
    timeout: "1500ms",
    tls: { ca_file: "ca.pem", cert_file: "me.pem", key_file: "me.key" },
    deny_private_networks: true,
    max_batch_size: 10_000,
    concurrency: 256,
    rate_limit: 2.5,
    on_rejected: "drop",
    max_parked: 7,
    max_rejected_in_row: 9,
    retry_on_failure: { initial_interval: "2s", max_interval: "30s", max_elapsed_time: "5m" },
  });
  expect(config).toEqual({
    url: "https://otlp.example/in?key=1",
    addressKey: "logs_endpoint",
    encoding: "json",
    headers: { authorization: expect.any(Secret) },
    compression: "none",
    timeoutMs: 1500,
    tls: { caFile: "ca.pem", certFile: "me.pem", keyFile: "me.key" },
    denyPrivateNetworks: true,
    delivery: {
      maxBatchSize: 10_000,
      concurrency: 256,
      retry: { initialIntervalMs: 2000, maxIntervalMs: 30_000, maxElapsedMs: 300_000 },
      maxCallsPerSecond: 2.5,
      onRejected: "drop",
      maxParked: 7,
      maxRejectedInRow: 9,
    },
  });
  expect(config.headers.authorization?.reveal()).toBe("Bearer abc");
  expect(JSON.stringify(config)).not.toContain("abc");
});

const notPlain = "must be an absolute http or https URL, without a user name or password in it";

test.for([
  { config: {}, path: ["endpoint"], message: "is required, unless there is logs_endpoint" },
  {
    config: { endpoint, logs_endpoint: endpoint },
    path: ["logs_endpoint"],
    message: "cannot stand beside endpoint; leave one of the two out",
  },
  {
    config: { endpoint: `${endpoint}/v1/logs` },
    path: ["endpoint"],
    message: "must be the base URL, to which /v1/logs is added; use logs_endpoint for a whole URL",
  },
  { config: { endpoint: "otlp.example:4318" }, path: ["endpoint"], message: notPlain },
  { config: { endpoint: "https://me:hunter2@otlp.example" }, path: ["endpoint"], message: notPlain },
  { config: { logs_endpoint: "/v1/logs" }, path: ["logs_endpoint"], message: notPlain },
  {
    config: { endpoint, encoding: "grpc" },
    path: ["encoding"],
    message: 'must be one of proto, json, found "grpc"',
  },
  {
    config: { endpoint, timeout: "0s" },
    path: ["timeout"],
    message: "must be longer than 0s and at most 1h",
  },
  {
    config: { endpoint, max_batch_size: 0 },
    path: ["max_batch_size"],
    message: /^must be a whole number from 1 to 10000/,
  },
  {
    config: { endpoint, tls: { cert_file: "me.pem" } },
    path: ["tls"],
    message: "must have cert_file and key_file together",
  },
  {
    config: { endpoint, headers: { "x-key": "hunter2\n" } },
    path: ["headers", "x-key"],
    message: /line breaks/,
  },
])("$config is refused with $message, and no secret is shown", ({ config, path, message }) => {
  const issues = otlpConfig.safeParse(config).error?.issues ?? [];
  expect(issues.map((issue) => issue.path)).toEqual([path]);
  expect(issues[0]?.message).toMatch(message);
  expect(JSON.stringify(issues)).not.toContain("hunter2");
});

test.for([
  { name: "Content-Type", message: "is set with encoding" },
  { name: "content-encoding", message: "is set with compression" },
  { name: "Accept-Encoding", message: "cannot be set: answers are read as they come" },
  { name: "Host", message: "belongs to the connection and cannot be set" },
])("a header $name is refused, by the schema and at the start", ({ name, message }) => {
  const result = otlpConfig.safeParse({ endpoint, headers: { [name]: "value" } });
  expect(result.error?.issues).toMatchObject([{ path: ["headers", name], message }]);
  const config = { ...otlpConfig.parse({ endpoint }), headers: { [name]: new Secret("value") } };
  expect(() => createOtlpExporter(config, { env: {} })).toThrow(
    expect.objectContaining({
      code: "CONFIG_INVALID",
      message: `exporters.otlp_http.headers.${name} ${message}.`,
    }),
  );
});

test("unknown settings are refused", () => {
  expect(otlpConfig.safeParse({ endpoint, tls: { insecure: true } }).success).toBe(false);
  expect(otlpConfig.safeParse({ endpoint, sending_queue: {} }).success).toBe(false);
});

const schema = z.toJSONSchema(otlpConfig, { io: "input" });

test("every setting is described in the JSON Schema", () => {
  const properties = Object.entries(schema.properties ?? {});
  expect(properties).toHaveLength(16);
  for (const [key, property] of properties)
    expect((property as z.core.JSONSchema.BaseSchema).description, key).toMatch(/\.$/);
});

test("the JSON Schema asks for one of endpoint and logs_endpoint, too", () => {
  expect(schema).toMatchObject({
    type: "object",
    additionalProperties: false,
    oneOf: [{ required: ["endpoint"] }, { required: ["logs_endpoint"] }],
  });
});
