import { startTenant } from "@loghook/auth0-simulator";
import { eventTypes } from "@loghook/receiver-auth0";
import { startWebhook } from "@loghook/testkit";
import { expect, test } from "vitest";
import { runLoghook, temporaryFolder, writeConfig } from "./harness.ts";

/** Entries as texts, of kinds that have broken log pullers. Their ids are the tenant's matter. */
const awkward: Record<string, string> = {
  "date as an object": `{"date":{"$date":"2026-03-02T09:14:07.112Z"},"type":"s"}`,
  "null client_id": `{"date":"2026-03-02T09:14:07.112Z","type":"f","client_id":null,"client_name":""}`,
  "scope as an array": `{"type":"seacft","scope":["openid","profile"],"details":{"scope":"openid profile"}}`,
  "1 MB of details": `{"type":"sapi","details":{"response":{"body":"${"x".repeat(1_000_000)}"}}}`,
  unicode: `{"type":"s","user_name":"Zoë 😀 مرحبا \u2028","description":"\\u0000\\b\\f"}`,
  "a lone surrogate": `{"type":"s","user_name":"\\ud83d and \\ude00"}`,
  "__proto__ keys": `{"type":"s","__proto__":{"polluted":true},"details":{"__proto__":1,"constructor":{"prototype":2}}}`,
  "an unknown type": `{"type":"type_of_next_year","level":9}`,
  "a type named like an object's own": `{"type":"constructor"}`,
  "a missing type": `{"description":"no type at all"}`,
  "numbers beyond 2^53": `{"type":"s","details":{"a":9007199254740993,"b":12345678901234567890123,"c":-9223372036854775808}}`,
  "numbers that no double holds": `{"type":"s","details":{"a":0.1234567890123456789,"b":1e400,"c":-1E-400}}`,
  "deep nesting": `{"type":"s","details":${"[".repeat(200)}${"]".repeat(200)}}`,
  "empty keys and nulls": `{"type":"s","":"","details":{"":null,"a":[null,{},[]]}}`,
};

test("every entry arrives as the tenant wrote it: all types, and the awkward ones", async () => {
  await using folder = await temporaryFolder();
  await using tenant = await startTenant({ logsItsOwnTokens: false });
  await using webhook = await startWebhook();
  for (const type of eventTypes.keys()) tenant.generate(1, { type });
  for (const text of Object.values(awkward)) tenant.append(text.replace("{", '{"log_id":"{{log_id}}",'));
  expect(tenant.entries).toHaveLength(186 + Object.keys(awkward).length);
  const config = await writeConfig(folder.path, {
    tenant,
    webhook,
    webhookSettings: { send_as_batch: false },
  });

  const { code } = await runLoghook(["run", "--once", "--config", config], { cwd: folder.path });

  expect(code).toBe(0);
  // The webhook's texts and the tenant's are compared as texts: JSON.parse would hide what it does to numbers.
  const arrived = webhook.requests.map(({ body }) => body.toString("utf8")).toSorted();
  const written = tenant.entries.map(({ json }) => minified(json)).toSorted();
  expect(arrived).toEqual(written);
});

/** The same text without what JSON leaves open: how a character or a space is written. Numbers stay as they are. */
function minified(json: string): string {
  const numbersKept = JSON.parse(json, (_key, value: unknown, context?: { source?: string }) =>
    typeof value === "number" && context?.source !== undefined && String(value) !== context.source
      ? (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(context.source)
      : value,
  ) as unknown;
  return JSON.stringify(numbersKept);
}
