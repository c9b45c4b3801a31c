import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig, loadEvery, Secret, type SettingSchema, settingSchema } from "@loghook/pipeline";
import { describe, expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { factories } from "./components.ts";
import { type FakeIoOptions, fakeIo, runVerb } from "./fake-io.ts";
import { exitCodes } from "./io.ts";
import { addPrintConfigCommand } from "./print-config-command.ts";

/** A private key of nobody, since one that is none is refused. */
const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();

/** Every place of every component that may hold a secret. What is planted holds "planted". */
const planted = `
receivers:
  auth0: { domain: acme.eu.auth0.com, client_id: reader, client_secret: planted-client-secret }
  auth0/token: { domain: acme.us.auth0.com, token: planted-token, endpoint: "https://proxy.example.com/tenant/planted2026?planted" }
  auth0/key: { domain: acme.au.auth0.com, client_id: reader, private_key: "\${env:PRIVATE_KEY}", key_id: kid-1 }
processors:
  filter: { min_level: 2 }
  redact:
    hmac_key: planted-planted-planted-planted-planted
    rules: [{ path: details.password, action: remove }, { attributes: user.name, action: mask }]
exporters:
  webhook:
    url: https://hooks.slack.com/services/T0/planted2026?planted=planted#planted
    authorization: Bearer planted
    headers: { X-Api-Key: planted, X-Team: "\${env:TEAM}" }
    signing_secret: "\${env:SIGNING_SECRET}"
  webhook/several:
    url: \${env:WEBHOOK_URL}
    signing_secret: ["whsec_\${env:PLANTED_BASE64}", "\${env:SIGNING_SECRET}"]
  otlp_http:
    endpoint: https://otlp.example.com/otlp/planted2026
    headers: { authorization: Basic planted, x-scope: planted }
  otlp_http/whole: { logs_endpoint: "https://otlp.example.com/v1/logs?token=planted" }
  otel:
    module: "@opentelemetry/exporter-logs-otlp-grpc"
    options:
      url: https://otlp.example.com/planted2026
      headers: { x-team: planted }
      metadata: { anything: [planted] }
      apiKey: planted
      name: \${env:TEAM}
      nested: { list: [a, "b\${env:TEAM}"], password: planted }
extensions:
  sqlite_storage: { directory: .loghook }
  slack: { webhook_url: https://hooks.slack.com/services/T0/planted }
service:
  extensions: [sqlite_storage, slack]
  pipelines:
    logs:
      receivers: [auth0, auth0/token, auth0/key]
      processors: [filter, redact]
      exporters: [webhook, webhook/several, otlp_http, otlp_http/whole, otel]
`;

const plantedBase64 = Buffer.from("planted planted planted planted").toString("base64");
const env = {
  PRIVATE_KEY: pem,
  TEAM: "planted-team",
  SIGNING_SECRET: `whsec_${plantedBase64}`,
  PLANTED_BASE64: plantedBase64,
  WEBHOOK_URL: "https://example.com/planted2026",
};

async function print(text: string, args: readonly string[] = [], options: FakeIoOptions = { env }) {
  const folder = await mkdtemp(join(tmpdir(), "loghook-print-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "loghook.yaml"), text);
  const io = fakeIo(options);
  const verb = ["print-config", "--config", join(folder, "loghook.yaml"), ...args];
  const code = await runVerb(addPrintConfigCommand, verb, io);
  expect([code, io.errors()]).toEqual([exitCodes.done, ""]);
  return io.output();
}

test("every component is among those that something is planted in", () => {
  const types = [...planted.matchAll(/^ {2}(\w+):/gm)].map(([, type]) => type);
  expect(types).toEqual(expect.arrayContaining(factories.map(({ type }) => type)));
});

test.for([[[]], [["--json"]]])("no secret is printed, with %j", async ([args = []]) => {
  const output = await print(planted, args);
  const secrets = ["planted", plantedBase64, ...pem.split("\n").filter((line) => line.length > 20)];
  for (const secret of secrets) expect(output).not.toContain(secret);
  expect(output).toMatchSnapshot();
});

test("every text that a schema knows is known to be printed, or not to be", async () => {
  const texts = (await loadEvery(factories)).flatMap(({ type, config }) =>
    printedTexts(settingSchema(config), type),
  );
  const durations = /(timeout|_interval|_elapsed_time|_window|overlap|retention)$/;
  expect([...new Set(texts)].filter((name) => !durations.test(name))).toEqual([
    "auth0.domain",
    "auth0.audience",
    "auth0.client_id",
    "auth0.key_id",
    "auth0.start_from",
    "auth0.schedule",
    "auth0.tls.ca_file",
    "auth0.resource_attributes.*",
    "filter.types",
    "filter.exclude_types",
    "redact.rules.path",
    "redact.rules.paths",
    "redact.rules.attributes",
    "webhook.tls.ca_file",
    "webhook.tls.cert_file",
    "webhook.tls.key_file",
    "otlp_http.tls.ca_file",
    "otlp_http.tls.cert_file",
    "otlp_http.tls.key_file",
    "otel.module",
    "otel.export",
    "sqlite_storage.directory",
    "slack.daily_report_at",
    "slack.name",
  ]);
});

/** The texts of any form that would be printed as they are: neither secrets nor addresses nor choices. */
function printedTexts(schema: SettingSchema, path: string): string[] {
  if (schema.writeOnly || schema.format === "uri" || schema.enum) return [];
  const { properties = {}, additionalProperties, items = [], anyOf = [], oneOf = [] } = schema;
  return [
    ...(schema.type === "string" ? [path] : []),
    ...Object.entries(properties).flatMap(([key, setting]) => printedTexts(setting, `${path}.${key}`)),
    ...(typeof additionalProperties === "object" ? printedTexts(additionalProperties, `${path}.*`) : []),
    ...[items, anyOf, oneOf].flat().flatMap((inner) => printedTexts(inner as SettingSchema, path)),
  ];
}

describe("the printed file", () => {
  test("is a config that means the same, once the secrets are back", async () => {
    const printed = parse(await print(planted)) as unknown;
    const config = await loadConfig(planted, { file: "loghook.yaml", factories, env });
    const again = await loadConfig(JSON.stringify(putBack(printed, parse(planted))), {
      file: "loghook.yaml",
      factories,
      env,
    });
    expect(meaningOf(again)).toEqual(meaningOf(config));
  });

  test("is the same in JSON", async () => {
    expect(JSON.parse(await print(planted, ["--json"]))).toEqual(parse(await print(planted)));
  });
});

/** Where something is hidden, what stood there. */
function putBack(printed: unknown, original: unknown): unknown {
  if (typeof printed === "string") return /\[redacted\]|…/.test(printed) ? original : printed;
  if (Array.isArray(printed))
    return printed.map((item, index) => putBack(item, (original as unknown[])[index]));
  if (typeof printed !== "object" || printed === null) return printed;
  const entries = Object.entries(printed).map(([key, value]) => [
    key,
    putBack(value, (original as Record<string, unknown> | undefined)?.[key]),
  ]);
  return Object.fromEntries(entries);
}

/** What the settings of all components come to, secrets included. */
function meaningOf({ pipelines, storage, reporters }: Awaited<ReturnType<typeof loadConfig>>): unknown {
  const components = [
    ...pipelines.flatMap(({ receivers, processors, exporters }) => [
      ...receivers,
      ...processors,
      ...exporters,
    ]),
    storage,
    ...reporters,
  ];
  return components.map(({ id, config }) => [id, revealed(config)]);
}

function revealed(value: unknown): unknown {
  if (value instanceof Secret) return value.reveal();
  if (Array.isArray(value)) return value.map(revealed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, revealed(inner)]));
}

test("a config with problems is refused with all of them", async () => {
  const io = fakeIo();
  const verb = runVerb(addPrintConfigCommand, ["print-config", "--config", "nowhere.yaml"], io);
  await expect(verb).rejects.toThrow("The config file nowhere.yaml cannot be read.");
});
