import { Secret } from "@loghook/pipeline";
import { expect, test } from "vitest";
import { z } from "zod";
import { webhookConfig } from "./config.ts";
import { createWebhookExporter } from "./exporter.ts";

const url = "https://hooks.example/auth0";
const secret = `whsec_${Buffer.alloc(24, 7).toString("base64")}`;
const otherSecret = `whsec_${Buffer.alloc(64, 8).toString("base64")}`;

test("only the URL is required, and the defaults are those of the extension", () => {
  expect(webhookConfig.parse({ url })).toEqual({
    url,
    authorization: undefined,
    sendAsBatch: true,
    format: "json",
    headers: {},
    signingSecrets: [],
    compression: "none",
    timeoutMs: 20_000,
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
  const config = webhookConfig.parse({
    url,
    authorization: "Bearer abc",
    send_as_batch: false,
    max_batch_size: 1000,
    concurrency: 256,
    rate_limit: 0.5,
    on_rejected: "block",
    max_parked: 7,
    max_rejected_in_row: 9,
    format: "cloudevents",
    headers: { "X-Team": "identity" },
    signing_secret: [secret, otherSecret],
    compression: "gzip",
    timeout: "1500ms",
    tls: { ca_file: "ca.pem", cert_file: "me.pem", key_file: "me.key" },
    deny_private_networks: true,
    retry_on_failure: { initial_interval: "2s", max_interval: "10s", max_elapsed_time: "1h" },
  });
  expect(config).toEqual({
    url,
    authorization: expect.any(Secret),
    sendAsBatch: false,
    format: "cloudevents",
    headers: { "X-Team": expect.any(Secret) },
    signingSecrets: [expect.any(Secret), expect.any(Secret)],
    compression: "gzip",
    timeoutMs: 1500,
    tls: { caFile: "ca.pem", certFile: "me.pem", keyFile: "me.key" },
    denyPrivateNetworks: true,
    delivery: {
      // One at a time, because of send_as_batch.
      maxBatchSize: 1,
      concurrency: 256,
      retry: { initialIntervalMs: 2000, maxIntervalMs: 10_000, maxElapsedMs: 3_600_000 },
      maxCallsPerSecond: 0.5,
      onRejected: "block",
      maxParked: 7,
      maxRejectedInRow: 9,
    },
  });
  expect(config.authorization?.reveal()).toBe("Bearer abc");
  expect(config.headers["X-Team"]?.reveal()).toBe("identity");
  expect(config.signingSecrets.map((one) => one.reveal())).toEqual([secret, otherSecret]);
});

test("parts of a millisecond are rounded up, so that no timeout is 0", () => {
  expect(webhookConfig.parse({ url, timeout: "0.2ms" }).timeoutMs).toBe(1);
});

const badSecret = "must be whsec_ followed by the base64 text of 24 to 64 bytes, or a list of such secrets";
const httpOnly = /^must be an absolute http or https URL/;

test.for([
  { path: "url", value: "hooks.example", message: httpOnly },
  { path: "url", value: "ftp://hooks.example", message: httpOnly },
  { path: "url", value: "https://ada:hunter2@hooks.example", message: httpOnly },
  { path: "authorization", value: "Bearer hunter2\n", message: "must not contain line breaks" },
  { path: "authorization", value: "Bearer hunter2\r\nX-Evil: 1", message: "must not contain line breaks" },
  { path: "authorization", value: " hunter2", message: "must not begin or end with a space" },
  {
    path: "authorization",
    value: "hunter2\u0000",
    message: "must not contain characters that a header cannot carry",
  },
  {
    path: "authorization",
    value: "hunter2 €",
    message: "must not contain characters that a header cannot carry",
  },
  { path: "authorization", value: 12345, message: "must be a text" },
  { path: "max_batch_size", value: 0, message: /^must be a whole number from 1 to 1000/ },
  { path: "max_batch_size", value: 1001, message: /^must be a whole number from 1 to 1000/ },
  { path: "concurrency", value: 0, message: /^must be a whole number from 1 to 256/ },
  { path: "concurrency", value: 257, message: /^must be a whole number from 1 to 256/ },
  { path: "timeout", value: "0s", message: "must be longer than 0s and at most 1h" },
  { path: "timeout", value: "61m", message: "must be longer than 0s and at most 1h" },
  { path: "timeout", value: 20, message: /^must be a duration/ },
  { path: "signing_secret", value: "hunter2", message: badSecret },
  { path: "signing_secret", value: [secret, "hunter2"], message: badSecret },
  { path: "signing_secret", value: `${secret} hunter2`, message: badSecret },
  { path: "signing_secret", value: [], message: badSecret },
  { path: "signing_secret", value: " , ", message: badSecret },
  { path: "signing_secret", value: 5, message: badSecret },
  { path: "tls", value: { cert_file: "me.pem" }, message: "must have cert_file and key_file together" },
  { path: "tls", value: { key_file: "me.key" }, message: "must have cert_file and key_file together" },
  { path: "headers", value: "X-A: b", message: "must be a map of header names and values" },
])("$path: $value is refused with $message, and no secret is shown", ({ path, value, message }) => {
  const issues = webhookConfig.safeParse({ url, [path]: value }).error?.issues ?? [];
  expect(issues.map((issue) => issue.path)).toEqual([[path]]);
  expect(issues[0]?.message).toMatch(message);
  expect(JSON.stringify(issues)).not.toContain("hunter2");
});

test.for([
  { name: "Content-Type", message: "is set with format" },
  { name: "authorization", message: "is set with authorization" },
  { name: "Content-Encoding", message: "is set with compression" },
  { name: "Webhook-Id", message: "cannot be set: webhook- headers hold the id and the signature" },
  { name: "webhook-signature", message: "cannot be set: webhook- headers hold the id and the signature" },
  { name: "Content-Length", message: "belongs to the connection and cannot be set" },
  { name: "Transfer-Encoding", message: "belongs to the connection and cannot be set" },
  { name: "Host", message: "belongs to the connection and cannot be set" },
  { name: "X Team", message: "must be a header name: letters, digits and hyphens" },
  { name: "X-Team\r\nX-Evil", message: "must be a header name: letters, digits and hyphens" },
  { name: "X-Tëam", message: "must be a header name: letters, digits and hyphens" },
])("a header $name is refused, by the schema and at the start", ({ name, message }) => {
  const result = webhookConfig.safeParse({ url, headers: { [name]: "value" } });
  expect(result.error?.issues).toMatchObject([{ path: ["headers", name], message }]);
  const config = { ...webhookConfig.parse({ url }), headers: { [name]: new Secret("value") } };
  expect(() => createWebhookExporter(config, { env: {} })).toThrow(
    expect.objectContaining({
      code: "CONFIG_INVALID",
      message: `exporters.webhook.headers.${name} ${message}.`,
    }),
  );
});

test("a header that is given twice is refused, however it is written", () => {
  const result = webhookConfig.safeParse({ url, headers: { "X-Team": "a", "x-team": "b" } });
  expect(result.error?.issues.map(({ message }) => message)).toEqual(["is given twice", "is given twice"]);
});

test("a header's value is checked like authorization", () => {
  const result = webhookConfig.safeParse({ url, headers: { "X-Team": "a\r\nX-Evil: b" } });
  expect(result.error?.issues).toMatchObject([
    { path: ["headers", "X-Team"], message: "must not contain line breaks" },
  ]);
});

test.for([
  {
    made: { authorization: new Secret("hidden\n") },
    message: "exporters.webhook.authorization must not contain line breaks.",
  },
  {
    made: { headers: { "x-key": new Secret("hidden\u0007") } },
    message: /^exporters\.webhook\.headers\.x-key must not/,
  },
  {
    made: { signingSecrets: [new Secret("hidden")] },
    message: /^exporters\.webhook\.signing_secret must be whsec_/,
  },
])("a config that was made in code is checked at the start, too ($message)", ({ made, message }) => {
  const config = { ...webhookConfig.parse({ url }), ...made };
  expect(() => createWebhookExporter(config, { env: {} })).toThrow(
    expect.objectContaining({ code: "CONFIG_INVALID", message: expect.stringMatching(message) }),
  );
  expect(() => createWebhookExporter(config, { env: {} })).not.toThrow(/hidden/);
});

test("unknown settings are refused", () => {
  expect(webhookConfig.safeParse({ url, tls: { insecure: true } }).success).toBe(false);
  expect(webhookConfig.safeParse({ url, retries: 5 }).success).toBe(false);
});

test("every setting is described in the JSON Schema", () => {
  const schema = z.toJSONSchema(webhookConfig, { io: "input" });
  const properties = Object.entries(schema.properties ?? {});
  expect(properties).toHaveLength(18);
  for (const [key, property] of properties)
    expect((property as z.core.JSONSchema.BaseSchema).description, key).toMatch(/\.$/);
});
