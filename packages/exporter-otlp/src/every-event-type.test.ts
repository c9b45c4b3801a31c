import { gunzipSync } from "node:zlib";
import { startTenant } from "@loghook/auth0-simulator";
import { auth0Config, createAuth0Receiver, eventTypes } from "@loghook/receiver-auth0";
import { startWebhook, testSettings } from "@loghook/testkit";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { expect, test } from "vitest";
import type { OtlpEncoding } from "./config.ts";
import { otlpConfig } from "./config.ts";
import { createOtlpExporter } from "./exporter.ts";
import { readRequest, type WireRecord } from "./otlp-wire.test-kit.ts";

const signal = new AbortController().signal;

/** Entries of kinds that have broken log pullers. */
const awkward = [
  `{"type":"s","date":{"$date":"2026-03-02T09:14:07.112Z"}}`,
  `{"type":"f","client_id":null,"client_name":"","details":{"":null,"a":[null,{},[],""]}}`,
  `{"type":"seacft","scope":["openid","profile"],"details":{"scope":"openid profile"}}`,
  `{"type":"s","user_name":"Zoë 😀 مرحبا","description":"\\u0000\\b\\f"}`,
  `{"type":"s","__proto__":{"polluted":true},"details":{"constructor":{"prototype":2}}}`,
  `{"type":"s","details":{"a":9007199254740993,"b":-9223372036854775808,"c":0.5}}`,
  `{"type":"type_of_next_year"}`,
  `{"description":"no type at all"}`,
];

/** A tenant's whole log as records, and every entry as the tenant wrote it. */
async function readTenant(): Promise<{ records: ReadableLogRecord[]; written: Map<string, string> }> {
  await using tenant = await startTenant({ logsItsOwnTokens: false });
  for (const type of eventTypes.keys()) tenant.generate(1, { type });
  for (const text of awkward) tenant.append(text.replace("{", '{"log_id":"{{log_id}}",'));
  const config = auth0Config.parse({
    domain: tenant.domain,
    endpoint: tenant.url,
    client_id: tenant.clientId,
    client_secret: tenant.clientSecret,
    start_from: "beginning",
  });
  await using receiver = createAuth0Receiver(config, testSettings({ id: "auth0" }));
  const records: ReadableLogRecord[] = [];
  for await (const { batch } of receiver.receive({ signal, lane: "logs/auth0/otlp_http", follow: false })) {
    records.push(...batch);
  }
  return { records, written: new Map(tenant.entries.map(({ logId, json }) => [logId, json])) };
}

/** The JSON text of an entry as OTLP has it: every whole number an int64. */
function asWire(json: string): unknown {
  return JSON.parse(json, ((_key: string, value: unknown, { source = "" }: { source?: string }) =>
    typeof value === "number" && /^-?\d+$/.test(source) ? BigInt(source) : value) as never);
}

/** As a text, in which even the order of keys and an own `__proto__` can be compared. */
function written(value: unknown): string {
  return JSON.stringify(value, (_key, inner) =>
    typeof inner === "bigint" ? { int64: String(inner) } : inner,
  );
}

test.for(["proto", "json"] as OtlpEncoding[])(
  "entries of every type arrive in %s as the tenant wrote them",
  async (encoding) => {
    const { records, written: entries } = await readTenant();
    expect(entries.size).toBe(eventTypes.size + awkward.length);
    await using server = await startWebhook();
    const config = otlpConfig.parse({ endpoint: server.url, encoding });
    await using exporter = createOtlpExporter(config, { env: {} });
    await exporter.export(records, { signal });
    const arrived = readRequest(gunzipSync(server.requests[0]?.body ?? ""), encoding);
    expect(arrived).toHaveLength(entries.size);
    for (const [index, wire] of arrived.entries()) {
      const uid = String(wire.attributes["log.record.uid"]);
      expect(written(wire.body)).toBe(written(asWire(entries.get(uid) ?? "")));
      expectFieldsOf(records[index] as ReadableLogRecord, wire);
    }
    expect(new Set(arrived.map(({ attributes }) => attributes["auth0.type"])).size).toBe(eventTypes.size + 2);
  },
);

function expectFieldsOf(record: ReadableLogRecord, wire: WireRecord): void {
  const nanos = ([seconds, rest]: ReadableLogRecord["hrTime"]) =>
    `${seconds}${String(rest).padStart(9, "0")}`;
  expect(wire).toMatchObject({
    resource: { "service.name": "auth0", "auth0.domain": "acme.eu.auth0.com" },
    scope: { name: "@loghook/receiver-auth0" },
    timeUnixNano: nanos(record.hrTime),
    observedTimeUnixNano: nanos(record.hrTimeObserved),
    severityNumber: record.severityNumber,
    severityText: record.severityText ?? "",
    eventName: record.eventName ?? "",
  });
  const attributes = Object.entries(record.attributes).map(([key, value]) => [
    key,
    Number.isInteger(value) ? BigInt(value as number) : value,
  ]);
  expect(wire.attributes).toEqual(Object.fromEntries(attributes));
}
