import { startWebhook, testRecord } from "@loghook/testkit";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type WebhookFormat, webhookConfig } from "./config.ts";
import { createWebhookExporter } from "./exporter.ts";

const { signal } = new AbortController();

/** Users choose their own names and user agents, so an entry may hold anything. */
const evil = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({
    unit: fc.constantFrom("\r\n", "\n", "\u0000", "X-Evil: 1", "\u2028", "é", "🙂", "\ud800", '"', "}"),
  }),
  fc.constantFrom(
    "1\r\nX-Evil: 1",
    "1\r\n\r\nPOST /evil HTTP/1.1\r\nHost: evil\r\n\r\n",
    "\u001b[31m",
    "__proto__",
  ),
);

const hostileRecord = fc
  .record({ uid: evil, type: evil, domain: evil, name: evil, userAgent: evil, other: fc.jsonValue() })
  .map(({ uid, type, domain, name, userAgent, other }): ReadableLogRecord => {
    const record = testRecord(1);
    return {
      ...record,
      eventName: `auth0.${type}`,
      severityText: name,
      body: {
        log_id: uid,
        type,
        user_name: name,
        user_agent: userAgent,
        details: { [name]: other },
      } as never,
      attributes: { "log.record.uid": uid, "auth0.type": type, "user_agent.original": userAgent },
      resource: { ...record.resource, attributes: { "auth0.domain": domain, "service.name": name } },
    };
  });

const contentTypes: Record<WebhookFormat, string> = {
  json: "application/json",
  json_lines: "application/x-ndjson",
  auth0_log_stream: "application/json",
  cloudevents: "application/cloudevents-batch+json",
};

test.for(Object.entries(contentTypes))(
  "whatever a record holds, the request has the headers of every request and no other (%s)",
  async ([format, contentType]) => {
    await using webhook = await startWebhook();
    const signing_secret = `whsec_${Buffer.alloc(24, 7).toString("base64")}`;
    const config = { url: `${webhook.url}/hook`, format, signing_secret, authorization: "Bearer abc" };
    await using exporter = createWebhookExporter(webhookConfig.parse(config), { env: {} });
    let sent = 0;
    const property = fc.asyncProperty(
      fc.array(hostileRecord, { minLength: 1, maxLength: 3 }),
      async (batch) => {
        await exporter.export(batch, { signal });
        expect(webhook.requests).toHaveLength(++sent);
        const { path, method, headers, body } = webhook.requests[sent - 1] ?? {};
        expect([method, path]).toEqual(["POST", "/hook"]);
        expect(headers).toEqual({
          host: `127.0.0.1:${webhook.port}`,
          connection: "keep-alive",
          "user-agent": expect.stringMatching(/^loghook\/[\d.]+$/),
          authorization: "Bearer abc",
          "content-type": contentType,
          "content-length": String(body?.length),
          "webhook-id": expect.stringMatching(/^msg_[\w-]{43}$/),
          "webhook-timestamp": expect.stringMatching(/^\d{10}$/),
          "webhook-signature": expect.stringMatching(/^v1,[\w+/]{43}=$/),
        });
        expect(entriesIn(body?.toString() ?? "", format)).toEqual(batch.map((record) => asJson(record.body)));
      },
    );
    await fc.assert(property, { numRuns: 50 });
  },
);

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** What the webhook reads. A record can end no line and close no bracket. */
function entriesIn(body: string, format: string): unknown[] {
  if (format === "json_lines")
    return body
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  const items = JSON.parse(body) as { data?: unknown }[];
  return format === "json" ? items : items.map(({ data }) => data);
}
