import { randomBytes } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { manualClock, startWebhook, testBatch, testRecord } from "@loghook/testkit";
import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { webhookConfig } from "./config.ts";
import { createWebhookExporter } from "./exporter.ts";
import { signatures, signingKey } from "./signature.ts";

function newSecret(bytes = 32): string {
  return `whsec_${randomBytes(bytes).toString("base64")}`;
}

/** Delivers to a webhook and returns what a verifier there has at hand. */
async function deliver(config: object, batch = testBatch(3)) {
  await using webhook = await startWebhook();
  await using exporter = createWebhookExporter(webhookConfig.parse({ url: webhook.url, ...config }), {
    clock: manualClock(Date.now()),
    env: {},
  });
  await exporter.export(batch, { signal: new AbortController().signal });
  const [request] = webhook.requests;
  return { body: request?.body ?? Buffer.of(), headers: request?.headers as Record<string, string> };
}

test.for(["json", "auth0_log_stream", "cloudevents"])(
  "a verifier that nobody here wrote accepts the signature (%s)",
  async (format) => {
    const secret = newSecret();
    const { body, headers } = await deliver({ signing_secret: secret, format });
    expect(new Webhook(secret).verify(body.toString(), headers)).toHaveLength(3);
  },
);

test("the body of json_lines is signed as it is", async () => {
  const secret = newSecret();
  const { body, headers } = await deliver({ signing_secret: secret, format: "json_lines" });
  new Webhook(secret).verify(body.toString(), headers, { jsonParse: false });
});

test("characters of every kind are signed as the bytes that are sent", async () => {
  const secret = newSecret();
  const batch = [testRecord(1, { body: { text: "ä 🙂 \ud800 \u2028" } })];
  const { body, headers } = await deliver({ signing_secret: secret }, batch);
  new Webhook(secret).verify(body.toString(), headers);
});

test("a changed body, id or time is not accepted", async () => {
  const secret = newSecret();
  const { body, headers } = await deliver({ signing_secret: secret });
  const webhook = new Webhook(secret);
  const later = String(Number(headers["webhook-timestamp"]) + 1);
  expect(() => webhook.verify(`${body} `, headers)).toThrow();
  expect(() => webhook.verify(body.toString(), { ...headers, "webhook-id": "msg_other" })).toThrow();
  expect(() => webhook.verify(body.toString(), { ...headers, "webhook-timestamp": later })).toThrow();
  expect(() => new Webhook(newSecret()).verify(body.toString(), headers)).toThrow();
});

test.for([
  { written: "as a list", join: (secrets: string[]) => secrets },
  { written: "with a space", join: (secrets: string[]) => secrets.join(" ") },
  { written: "with commas and spaces", join: (secrets: string[]) => secrets.join(" , ") },
  { written: "one on each line", join: (secrets: string[]) => `${secrets.join("\n")}\n` },
])("while a secret is replaced, the old one and the new one both verify ($written)", async ({ join }) => {
  const secrets = [newSecret(24), newSecret(64)];
  const { body, headers } = await deliver({ signing_secret: join(secrets) });
  expect(headers["webhook-signature"]).toMatch(/^v1,[\w+/]{43}= v1,[\w+/]{43}=$/);
  for (const secret of secrets) new Webhook(secret).verify(body.toString(), headers);
  expect(() => new Webhook(newSecret()).verify(body.toString(), headers)).toThrow();
});

test("with gzip the signature is over the body before compression", async () => {
  const secret = newSecret();
  const { body, headers } = await deliver({ signing_secret: secret, compression: "gzip" });
  new Webhook(secret).verify(gunzipSync(body).toString(), headers);
});

test("the signature is HMAC-SHA256 of id, time and body, as the specification has it", () => {
  const secret = newSecret();
  const content = { id: "msg_1", timestamp: 1_772_442_846, body: Buffer.from('[{"type":"f"}]') };
  const keys = [signingKey(secret)].filter((key) => key !== undefined);
  expect(signatures(content, keys)).toBe(
    new Webhook(secret).sign(content.id, new Date(content.timestamp * 1000), content.body.toString()),
  );
});

test.for([
  { flaw: "under 24 bytes", secret: newSecret(23) },
  { flaw: "over 64 bytes", secret: newSecret(65) },
  { flaw: "without whsec_", secret: newSecret().slice(6) },
  { flaw: "with another prefix", secret: newSecret().replace("whsec_", "whsk_") },
  { flaw: "empty", secret: "whsec_" },
  { flaw: "that is no base64", secret: `whsec_${"!".repeat(44)}` },
  { flaw: "with base64url characters", secret: `whsec_${"-_".repeat(22)}` },
  { flaw: "without padding", secret: newSecret(32).replace(/=+$/, "") },
  { flaw: "with a space in it", secret: newSecret(33).replace(/(?<=.{20})/, " ") },
])("a secret $flaw is none", ({ secret }) => {
  expect(signingKey(secret)).toBeUndefined();
});
