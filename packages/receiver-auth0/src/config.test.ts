import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { auth0Config } from "./config.ts";

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const pem = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
const minimal = { domain: "acme.eu.auth0.com", client_id: "abc", client_secret: "hush" };

/** What is wrong, each as `path message`. */
function problemsOf(settings: unknown): string[] {
  const { error } = auth0Config.safeParse(settings);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join(".")} ${message}`.trim());
}

test("needs no more than a domain and credentials", () => {
  expect(auth0Config.parse(minimal)).toMatchObject({
    domain: "acme.eu.auth0.com",
    endpoint: "https://acme.eu.auth0.com",
    audience: "https://acme.eu.auth0.com/api/v2/",
    credentials: { kind: "client_secret", clientId: "abc" },
    startFrom: { kind: "beginning" },
    batchSize: 100,
    pollIntervalMs: 15_000,
    schedule: undefined,
    maxShare: 0.5,
    retentionMs: undefined,
    timeoutMs: 30_000,
    retry: { initialIntervalMs: 1000, maxIntervalMs: 60_000, maxElapsedMs: undefined },
    caFile: undefined,
    resourceAttributes: {},
  });
});

test("takes every setting", () => {
  const config = auth0Config.parse({
    ...minimal,
    domain: "Login.Example.COM",
    endpoint: "http://127.0.0.1:4010",
    audience: "https://acme.eu.auth0.com/api/v2/",
    start_from: "now",
    batch_size: 1,
    poll_interval: "1s",
    schedule: "*/5 * * * *",
    rate_limit: { max_share: 1 },
    retention: "5d",
    timeout: "1s",
    retry_on_failure: { max_elapsed_time: "0s" },
    tls: { ca_file: "ca.pem" },
    resource_attributes: { "deployment.environment.name": "production", team: "identity" },
  });
  expect(config).toMatchObject({
    domain: "login.example.com",
    endpoint: "http://127.0.0.1:4010",
    audience: "https://acme.eu.auth0.com/api/v2/",
    maxShare: 1,
    retentionMs: 432_000_000,
    retry: { maxElapsedMs: 0 },
    caFile: "ca.pem",
    resourceAttributes: { "deployment.environment.name": "production", team: "identity" },
  });
});

test.for([
  [
    { "service.name": "mine" },
    "resource_attributes.service.name must be another name: service.name and all that begins with auth0. are for the receiver itself to set",
  ],
  [
    { "auth0.domain": "x.y" },
    "resource_attributes.auth0.domain must be another name: service.name and all that begins with auth0. are for the receiver itself to set",
  ],
  [
    { "auth0.region": "eu" },
    "resource_attributes.auth0.region must be another name: service.name and all that begins with auth0. are for the receiver itself to set",
  ],
  [{ team: 7 }, "resource_attributes.team must be a text, found 7"],
  [
    { deployment: { environment: "production" } },
    "resource_attributes.deployment must be a text, found a group of settings",
  ],
  [
    "team=identity",
    'resource_attributes must be names and texts, such as team: identity, found "team=identity"',
  ],
] as const)("refuses the resource attributes %j", ([resource_attributes, problem]) => {
  expect(problemsOf({ ...minimal, resource_attributes })).toEqual([problem]);
});

test("prints no secret", () => {
  const texts = [
    auth0Config.parse(minimal),
    auth0Config.parse({ domain: "a.b", token: "hush" }),
    auth0Config.parse({ domain: "a.b", client_id: "abc", private_key: pem }),
  ].map((config) => JSON.stringify(config));
  expect(texts.join()).toContain("[redacted]");
  expect(texts.join()).not.toMatch(/hush|PRIVATE KEY/);
});

describe("credentials", () => {
  const kinds = "client_id with client_secret, client_id with private_key, or token";
  const { domain } = minimal;

  test.for([
    { given: {}, problems: [`needs one kind of credentials: ${kinds}`] },
    { given: { client_id: "abc" }, problems: ["client_secret or private_key is required beside client_id"] },
    {
      given: { client_secret: "hush" },
      problems: ["client_id is required beside client_secret or private_key"],
    },
    { given: { private_key: pem }, problems: ["client_id is required beside client_secret or private_key"] },
    {
      given: { client_id: "abc", client_secret: "hush", private_key: pem },
      problems: ["private_key cannot stand beside client_secret; keep one"],
    },
    {
      given: { client_id: "abc", client_secret: "hush", token: "t" },
      problems: [`token must stand alone; give one of ${kinds}`],
    },
    {
      given: { client_id: "abc", client_secret: "hush", key_id: "k", signing_algorithm: "RS384" },
      problems: [
        "key_id belongs to private_key, which is not set",
        "signing_algorithm belongs to private_key, which is not set",
      ],
    },
  ])("refuses $problems", ({ given, problems }) => {
    expect(problemsOf({ domain, ...given })).toEqual(problems);
  });

  test("takes a private key, also with its line breaks written out", () => {
    const private_key = pem.replaceAll("\n", "\\n");
    const { credentials } = auth0Config.parse({ domain, client_id: "abc", private_key, key_id: "k" });
    expect(credentials).toMatchObject({ kind: "private_key", keyId: "k", algorithm: "RS256" });
    expect(credentials.kind === "private_key" && credentials.privateKey.reveal()).toBe(pem);
  });

  test.for([
    ["a line break at the end of a secret", { client_id: "abc", client_secret: "hush\n" }],
    ["a line break at the end of a token", { token: "hush\n" }],
  ] as const)("leaves out %s", ([, given]) => {
    const { credentials } = auth0Config.parse({ domain, ...given });
    const secrets = [
      credentials.kind === "token" && credentials.token.reveal(),
      credentials.kind === "client_secret" && credentials.clientSecret.reveal(),
    ];
    expect(secrets).toContain("hush");
  });
});

const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const begins = (text: string): unknown =>
  expect.stringMatching(new RegExp(`^${RegExp.escape(text)}, found `));
const host =
  "must be the host name of the tenant alone, such as acme.eu.auth0.com, without https:// and without a path";
const forms =
  'must be "beginning", "now", a date (2026-11-01), a date and time (2026-11-01T09:00:00Z) or a log_id (its digits)';
const key = 'must be an RSA private key in PEM form, beginning with "-----BEGIN", and not encrypted';

test.for([
  { given: { domain: "https://acme.eu.auth0.com" }, problem: begins(`domain ${host}`) },
  { given: { domain: "acme.eu.auth0.com/" }, problem: begins(`domain ${host}`) },
  { given: { domain: "acme.eu.auth0.com:443" }, problem: begins(`domain ${host}`) },
  { given: { domain: "acme eu" }, problem: begins(`domain ${host}`) },
  { given: { domain: "-acme.com" }, problem: begins(`domain ${host}`) },
  {
    given: { endpoint: "acme.eu.auth0.com" },
    problem: expect.stringContaining("endpoint must be an absolute http or https URL"),
  },
  { given: { batch_size: 0 }, problem: begins("batch_size must be a whole number from 1 to 100") },
  { given: { batch_size: 101 }, problem: begins("batch_size must be a whole number from 1 to 100") },
  { given: { poll_interval: "0s" }, problem: "poll_interval must be longer than 0s" },
  { given: { timeout: "0s" }, problem: "timeout must be longer than 0s" },
  { given: { timeout: "3601s" }, problem: "timeout must be at most 1h" },
  { given: { timeout: "400d" }, problem: "timeout must be at most 1h" },
  { given: { retention: "0s" }, problem: "retention must be longer than 0s" },
  {
    given: { schedule: "every day" },
    problem: begins('schedule must be a cron expression such as "*/5 * * * *"'),
  },
  {
    given: { schedule: "0 0 30 2 *" },
    problem: 'schedule must name a time that is still to come, found "0 0 30 2 *"',
  },
  {
    given: { schedule: "2020-01-01T00:00:00" },
    problem: 'schedule must name a time that is still to come, found "2020-01-01T00:00:00"',
  },
  {
    given: { rate_limit: { max_share: 0 } },
    problem: begins("rate_limit.max_share must be a number above 0 and at most 1"),
  },
  {
    given: { rate_limit: { max_share: 1.1 } },
    problem: begins("rate_limit.max_share must be a number above 0 and at most 1"),
  },
  { given: { client_secret: undefined, private_key: "key.pem" }, problem: `private_key ${key}` },
  {
    given: { client_secret: undefined, private_key: ec.export({ type: "pkcs8", format: "pem" }) },
    problem: `private_key ${key}`,
  },
  {
    given: { client_id: undefined, client_secret: undefined, token: "a b" },
    problem: "token must be one access token, without spaces or line breaks in it",
  },
  { given: { client_secret: 12_345_678 }, problem: "client_secret must be a text" },
  { given: { start_from: "yesterday" }, problem: begins(`start_from ${forms}`) },
  { given: { start_from: "2026-02-30" }, problem: begins(`start_from ${forms}`) },
  { given: { start_from: "2026-11-01T25:00:00Z" }, problem: begins(`start_from ${forms}`) },
  { given: { start_from: "20261101" }, problem: begins(`start_from ${forms}`) },
  { given: { start_from: 9.002e55 }, problem: expect.stringContaining("start_from must stand in quotes") },
])("refuses $given with a sentence", ({ given, problem }) => {
  expect(problemsOf({ ...minimal, ...given })).toEqual([problem]);
});

test("a timeout is a whole number of milliseconds, as a timer takes it", () => {
  expect(auth0Config.parse({ ...minimal, timeout: "1.2ms" }).timeoutMs).toBe(2);
});

test("refuses a setting that there is none of", () => {
  expect(problemsOf({ ...minimal, batchsize: 5 })).toHaveLength(1);
});

const logId = "90020260302091408334120000000000000001223372071234567801";

test.for([
  { given: "beginning", parsed: { kind: "beginning", text: "beginning" } },
  { given: " now ", parsed: { kind: "now", text: "now" } },
  { given: logId, parsed: { kind: "log_id", text: logId, logId } },
  {
    given: "2026-11-01",
    parsed: { kind: "date", text: "2026-11-01T00:00:00.000Z", time: Date.UTC(2026, 10, 1) },
  },
  {
    given: "2026-11-01T09:00:00Z",
    parsed: { text: "2026-11-01T09:00:00.000Z", time: Date.UTC(2026, 10, 1, 9) },
  },
  { given: "2026-11-01T09:00:00", parsed: { text: "2026-11-01T09:00:00.000Z" } },
  { given: "2026-11-01T09:00:00.250", parsed: { text: "2026-11-01T09:00:00.250Z" } },
  { given: "2026-11-01T09:00:00+02:00", parsed: { text: "2026-11-01T07:00:00.000Z" } },
])("start_from may be $given", ({ given, parsed }) => {
  expect(auth0Config.parse({ ...minimal, start_from: given }).startFrom).toMatchObject(parsed);
});

test("can be shown as a JSON Schema, with a description of every setting", () => {
  const schema = z.toJSONSchema(auth0Config, { io: "input" });
  const described = Object.values(schema.properties ?? {}).filter(
    (property) => typeof property === "object" && property.description,
  );
  expect(described).toHaveLength(Object.keys(schema.properties ?? {}).length);
  expect(described.length).toBeGreaterThan(15);
});
