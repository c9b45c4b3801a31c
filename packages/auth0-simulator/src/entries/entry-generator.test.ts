import { isIP, isIPv6 } from "node:net";
import { eventTypes } from "@loghook/receiver-auth0";
import { expect, test } from "vitest";
import { entryGenerator } from "./entry-generator.ts";

type Entry = Record<string, unknown>;

const at = Date.UTC(2026, 2, 2, 9);

function draw(count: number, options: { type?: string; types?: string[]; seed?: number } = {}): Entry[] {
  const { type, types, seed = 1 } = options;
  const generator = entryGenerator({ seed, domain: "acme.eu.auth0.com", types });
  return Array.from({ length: count }, (_, n) => JSON.parse(generator.draw(`900${n}`, at + n, type).json));
}

test.for([...eventTypes.keys()])("writes entries of type %s", (type) => {
  for (const entry of draw(20, { type })) {
    expect(entry).toMatchObject({ type, tenant_name: "acme", log_id: entry._id });
    expect(entry.date).toMatch(/^2026-03-02T08:59:5\d\.\d{3}Z$/);
    if (entry.ip !== undefined) expect(isIP(String(entry.ip))).not.toBe(0);
  }
});

test("the mix holds every known type, and the common ones often", () => {
  const generator = entryGenerator({ seed: 1, domain: "acme.eu.auth0.com", types: undefined });
  const types = Array.from({ length: 60_000 }, (_, n) => generator.draw(`900${n}`, at).type);
  expect(new Set(types)).toEqual(new Set(eventTypes.keys()));
  expect(types.filter((type) => type === "s").length).toBeGreaterThan(5000);
});

test("the same seed gives the same entries, and another seed others", () => {
  expect(draw(50)).toEqual(draw(50));
  expect(draw(50, { seed: 2 })).not.toEqual(draw(50));
});

test("an entry reads the same each time", () => {
  const generator = entryGenerator({ seed: 1, domain: "acme.eu.auth0.com", types: undefined });
  const entry = generator.draw("1", at);
  const text = entry.json;
  generator.draw("2", at);
  expect(entry.json).toBe(text);
});

test("draws from the types that are asked for alone", () => {
  const types = draw(100, { types: ["f", "brand_new"] }).map(({ type }) => type);
  expect(new Set(types)).toEqual(new Set(["f", "brand_new"]));
});

const manyEntries = draw(5000);

test.for<[name: string, condition: (entry: Entry) => boolean]>([
  ["IPv6 addresses", ({ ip }) => isIPv6(String(ip))],
  ["no address at all", ({ ip }) => ip === undefined],
  ["client_id null", (entry) => entry.client_id === null],
  ["no client_id", (entry) => !("client_id" in entry)],
  ["an empty client_name", ({ client_name }) => client_name === ""],
  ["an empty user_id", ({ user_id }) => user_id === ""],
  ["an empty user_name", ({ user_name }) => user_name === ""],
  ["an empty strategy", ({ strategy }) => strategy === ""],
  ["no user", (entry) => !("user_id" in entry)],
  ["scope as a text", ({ scope }) => typeof scope === "string"],
  ["scope as an array", ({ scope }) => Array.isArray(scope)],
  ["scope null", ({ scope }) => scope === null],
  ["auth0_client as an object", (entry) => entry.auth0_client?.constructor === Object],
  ["auth0_client as an array", ({ auth0_client }) => Array.isArray(auth0_client)],
  ["$event_schema", (entry) => "$event_schema" in entry],
  ["no $event_schema", (entry) => !("$event_schema" in entry)],
  ["no hostname", (entry) => !("hostname" in entry)],
  ["no details", (entry) => !("details" in entry)],
  ["no description", (entry) => !("description" in entry)],
  ["an organization", (entry) => "organization_id" in entry],
  ["references", (entry) => "references" in entry],
  ["environment_name", (entry) => "environment_name" in entry],
  ["security_context", (entry) => "security_context" in entry],
  ["isMobile true", ({ isMobile }) => isMobile === true],
])("some entries, not all, have %s", ([, condition]) => {
  const found = manyEntries.filter(condition).length;
  expect(found).toBeGreaterThan(0);
  expect(found).toBeLessThan(manyEntries.length);
});

test("a login nests its prompts and has no description", () => {
  const [entry] = draw(1, { type: "s" });
  expect(entry).not.toHaveProperty("description");
  expect(entry).toHaveProperty("details.prompts.0.name", "prompt-authenticate");
  expect(entry).toHaveProperty("details.prompts.0.elapsedTime", null);
  expect(entry).toHaveProperty("details.prompts.1.timers.rules");
});

test("a failed login masks the password", () => {
  const [entry] = draw(1, { type: "fp" });
  expect(entry).toHaveProperty("details.body.password", "*****");
  expect(entry).toHaveProperty("details.error.oauthError", "invalid_grant");
});

test("management operations carry request and response and no connection", () => {
  const [success, failure] = [...draw(1, { type: "sapi" }), ...draw(1, { type: "fapi" })];
  expect(success).toHaveProperty("details.request.path");
  expect(success).not.toHaveProperty("connection");
  expect(failure).toHaveProperty("details.response.statusCode", 400);
});

test("Guardian's entries have neither $event_schema nor hostname", () => {
  const [entry] = draw(1, { type: "gd_auth_failed" });
  expect(entry).toHaveProperty("details.response.body.errorCode", "invalid_otp");
  expect(entry).not.toHaveProperty(["$event_schema"]);
  expect(entry).not.toHaveProperty("hostname");
});
