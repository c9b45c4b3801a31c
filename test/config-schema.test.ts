import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { configJsonSchema, loadConfig, loadEvery } from "@loghook/pipeline";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { factories } from "../packages/cli/src/components.ts";
import { workspaceRoot } from "./harness.ts";

const committed = JSON.parse(readFileSync(join(workspaceRoot, "loghook.schema.json"), "utf8")) as object;
const configs = globSync("collector-config/*.yaml", { cwd: workspaceRoot }).filter(
  (name) => !name.endsWith(".test.yaml"),
);

// Strict: a keyword that it does not know is a mistake. Those for editors are none of its own.
const ajv = new Ajv({ strict: false, strictSchema: true, allowMatchingProperties: true, allErrors: true });
ajv.addVocabulary(["patternErrorMessage"]);
const isValid = ajv.compile(committed);

/** What the schema finds wrong with a text, as far as it is YAML. */
function schemaProblems(text: string): string[] {
  try {
    isValid(parse(text));
  } catch (error) {
    return [String(error)];
  }
  return (isValid.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

async function loaderProblems(text: string, env: Record<string, string> = {}): Promise<string[]> {
  const file = join(workspaceRoot, "test/loghook.yaml");
  return await loadConfig(text, { file, factories, env }).then(
    () => [],
    (error: Error) => error.message.split("\n"),
  );
}

test("the committed schema is what the settings say (`npx pnpm@12 run config-schema` writes it)", async () => {
  expect(committed).toEqual(JSON.parse(JSON.stringify(configJsonSchema(await loadEvery(factories)))));
});

test("it is a schema of draft-07, which every yaml-language-server knows", () => {
  expect(committed).toMatchObject({ $schema: "http://json-schema.org/draft-07/schema#" });
  expect(ajv.validateSchema(committed)).toBe(true);
});

test("there are configs to be tested", () => {
  expect(configs.length).toBeGreaterThanOrEqual(4);
});

test.for(configs)("both take %s", async (name) => {
  const text = readFileSync(join(workspaceRoot, name), "utf8");
  expect(schemaProblems(text)).toEqual([]);
  expect(await loaderProblems(text, plausibleValues(text))).toEqual([]);
});

/** A value for every variable that a text takes, as its name says. */
function plausibleValues(text: string): Record<string, string> {
  const names = [...text.matchAll(/\$\{env:(\w+)\}/g)].map(([, name = ""]) => name);
  return Object.fromEntries(names.map((name) => [name, plausibleValue(name)]));
}

function plausibleValue(name: string): string {
  if (/URL|ENDPOINT/.test(name)) return "https://example.com/";
  if (name.includes("DOMAIN")) return "acme.eu.auth0.com";
  return `whsec_${Buffer.alloc(32, name).toString("base64")}`;
}

const good = `receivers:
  auth0:
    domain: acme.eu.auth0.com
    token: abc
processors:
  filter:
    types: [f]
exporters:
  webhook:
    url: http://127.0.0.1:4020/
extensions:
  sqlite_storage:
service:
  extensions: [sqlite_storage]
  pipelines:
    logs: { receivers: [auth0], processors: [filter], exporters: [webhook] }
`;

/** The good file with another part in place of this one. */
function changed(part: string, other: string): string {
  if (!good.includes(part)) throw new Error(`The good config does not hold ${part}.`);
  return good.replace(part, () => other);
}
const auth0 = (settings: string): string => changed("    token: abc\n", `    token: abc\n    ${settings}\n`);
const filter = (settings: string): string => changed("    types: [f]\n", `    ${settings}\n`);
const webhook = (settings: string): string => changed("4020/\n", `4020/\n    ${settings}\n`);

describe("both take", () => {
  test.for<[string, string, Record<string, string>?]>([
    ["the good file", good],
    ["a number from a variable", auth0("batch_size: ${env:B}"), { B: "50" }],
    ["a number from a variable with a default", auth0("batch_size: ${env:B:-50}")],
    ["a truth value from a variable", webhook("send_as_batch: ${env:S}"), { S: "false" }],
    ["a choice from a variable", webhook("format: ${env:F:-json_lines}")],
    ["a duration put together", webhook("timeout: ${env:T:-1}0s")],
    ["an address from a variable", changed("http://127.0.0.1:4020/", "${env:URL}"), { URL: "https://a/b" }],
    ["a text with a dollar sign", webhook("authorization: a$$b$c")],
    ["a text with a written-out placeholder", webhook("authorization: $${TOKEN}")],
    ["an empty header", webhook("headers: { X-Team: '' }")],
    ["an empty number", webhook("concurrency: ''")],
    ["an empty choice", webhook("format: ''")],
    ["a word where a number may stand, too", webhook("concurrency: adaptive")],
    ["that word from a variable", webhook("concurrency: ${env:C:-adaptive}")],
    ["a number from a variable where a word may stand, too", webhook("concurrency: ${env:C:-7}")],
    [
      "settings of that word",
      webhook("concurrency: adaptive\n    adaptive_concurrency: { max_concurrency_limit: 100 }"),
    ],
    ["an empty duration", webhook("timeout: ''")],
    ["an empty item of a list", filter("types: [f, '']")],
    ["a level by its name", filter("min_level: warning")],
    ["a level by its number", filter("min_level: 2")],
    ["types as one text", filter("types: f, fp")],
    ["a domain in capitals", changed("acme.eu", "ACME.EU")],
    ["a token with a line break behind it", changed("token: abc", "token: |\n      abc")],
    ["two secrets in a list", webhook("signing_secret: [whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw]")],
    ["a header", webhook("headers: { X-Team: audit }")],
    ["a component without settings", changed("    types: [f]\n", "")],
    ["an empty group for a component", changed("  sqlite_storage:\n", "  sqlite_storage: {}\n")],
    ["a named component", good.replaceAll("webhook", "webhook/audit")],
    ["a named pipeline", changed("logs: {", "logs/audit: {")],
    ["a name from a variable", changed("[webhook]", "['${env:W:-webhook}']")],
    ["no components", `components: []\n${good}`],
    [
      "an hour of the day",
      changed("  sqlite_storage:\n", "  sqlite_storage:\n  slack: { daily_report_at: 16 }\n").replace(
        "[sqlite_storage]",
        "[sqlite_storage, slack]",
      ),
    ],
  ])("%s", async ([, text, env]) => {
    expect([schemaProblems(text), await loaderProblems(text, env)]).toEqual([[], []]);
  });
});

describe("both refuse", () => {
  test.for<[string, string]>([
    ["an empty file", ""],
    ["a list", "- receivers"],
    ["what is not YAML", changed("domain: acme", "domain: [acme")],
    ["a misspelt section", changed("exporters:\n", "exporter:\n")],
    ["an additional section", `${good}metrics: {}\n`],
    [
      "a section that is a list",
      changed("exporters:\n  webhook:\n    url: http://127.0.0.1:4020/\n", "exporters: [webhook]\n"),
    ],
    ["a missing section", changed("extensions:\n  sqlite_storage:\n", "")],
    ["an unknown type of component", good.replaceAll("webhook", "webhok")],
    ["a component in the wrong section", changed("exporters:\n", "exporters:\n  filter: {}\n")],
    ["a component with two slashes in its name", good.replaceAll("webhook", "webhook/a/b")],
    ["a misspelt setting", auth0("batchsize: 100")],
    ["a setting of another component", filter("url: http://a/")],
    ["a misspelt setting in a group", auth0("retry_on_failure: { max_intervall: 5s }")],
    ["a missing setting", changed("    url: http://127.0.0.1:4020/\n", "    concurrency: 5\n")],
    ["a required setting that is empty", changed("acme.eu.auth0.com", "''")],
    ["a component without its settings", changed("\n    url: http://127.0.0.1:4020/", "")],
    ["a domain with a scheme", changed("acme.eu.auth0.com", "https://acme.eu.auth0.com/")],
    ["a number where a text belongs", changed("token: abc", "token: 5")],
    ["a list where a text belongs", changed("acme.eu.auth0.com", "[acme]")],
    ["a text where a number belongs", auth0("batch_size: many")],
    ["a number in quotes", auth0('batch_size: "50"')],
    ["a number put together", auth0("batch_size: 1${env:X:-0}")],
    ["a number out of range", auth0("batch_size: 101")],
    ["a number with a fraction", webhook("concurrency: 1.5")],
    ["another word than the one that may stand there", webhook("concurrency: many")],
    ["a share above 1", auth0("rate_limit: { max_share: 1.5 }")],
    ["a text where a truth value belongs", webhook("send_as_batch: maybe")],
    ["a truth value in quotes", webhook('send_as_batch: "true"')],
    ["a duration without a unit", auth0("poll_interval: 15")],
    ["a duration of another kind", auth0("poll_interval: 15 seconds")],
    ["a value that is not among the choices", webhook("format: xml")],
    ["a level that is none", filter("min_level: loud")],
    ["types that are a number", filter("types: 5")],
    ["an address without a scheme", changed("http://127.0.0.1:4020/", "localhost:4020")],
    ["an address with a password", changed("http://127.0.0.1", "http://me:secret@127.0.0.1")],
    ["an address of another scheme", changed("http://127.0.0.1", "ftp://127.0.0.1")],
    ["a placeholder of another kind", changed("acme.eu.auth0.com", "${AUTH0_DOMAIN}")],
    ["a placeholder of another kind in a secret", webhook("authorization: Bearer ${TOKEN}")],
    ["headers that are a text", webhook("headers: 'X-A: b'")],
    ["a header that is a number", webhook("headers: { X-A: 5 }")],
    ["no credentials", changed("    token: abc\n", "")],
    ["a setting that is null", webhook("timeout:")],
    ["a pipeline of another name", changed("logs: {", "traces: {")],
    [
      "no pipeline",
      changed("\n    logs: { receivers: [auth0], processors: [filter], exporters: [webhook] }", " {}"),
    ],
    ["a pipeline without an exporter", changed("exporters: [webhook] }", "exporters: [] }")],
    ["a pipeline without a receiver", changed("receivers: [auth0], ", "")],
    ["an unknown key of a pipeline", changed("processors: [filter],", "processor: [filter],")],
    ["a name that stands twice in a pipeline", changed("[webhook] }", "[webhook, webhook] }")],
    ["a name of an unknown type in a pipeline", changed("exporters: [webhook]", "exporters: [webhok]")],
    ["no extension", changed("extensions: [sqlite_storage]", "extensions: []")],
    [
      "a time of the day that is none",
      changed("  sqlite_storage:\n", "  sqlite_storage:\n  slack: { daily_report_at: 25 }\n").replace(
        "[sqlite_storage]",
        "[sqlite_storage, slack]",
      ),
    ],
  ])("%s", async ([, text]) => {
    expect(schemaProblems(text)).not.toEqual([]);
    expect(await loaderProblems(text)).not.toEqual([]);
  });
});

/** What a JSON Schema has no words for, so that only `loghook validate` sees it. */
const reasons = {
  names: "a name is looked for elsewhere in the file",
  environment: "it depends on variables and files",
  several: "a rule about several settings together",
  meaning: "a rule that takes more than a pattern",
} as const;

describe("only the loader refuses", () => {
  test.for<[string, string, keyof typeof reasons]>([
    ["a component that is not there", changed("[webhook]", "[webhook/audit]"), "names"],
    ["a component that nobody uses", changed("processors: [filter],", ""), "names"],
    ["an extension that is not there", changed("[sqlite_storage]", "[sqlite_storage, slack]"), "names"],
    [
      "two storages",
      changed("  sqlite_storage:\n", "  sqlite_storage:\n  sqlite_storage/b:\n").replace(
        "[sqlite_storage]",
        "[sqlite_storage, sqlite_storage/b]",
      ),
      "names",
    ],
    ["a variable that is not set", changed("acme.eu.auth0.com", "${env:NOBODY_SETS_THIS}"), "environment"],
    [
      "a variable that is empty where something is required",
      changed("acme.eu.auth0.com", "${env:NONE:-}"),
      "environment",
    ],
    ["a file that is not there", changed("acme.eu.auth0.com", "${file:/nowhere/domain}"), "environment"],
    ["a wrong number from a variable", auth0("batch_size: ${env:B:-500}"), "environment"],
    ["a module of one's own that is not there", `components: [./nowhere.ts]\n${good}`, "environment"],
    ["two kinds of credentials", auth0("client_secret: abc"), "several"],

    ["settings of an adaptive concurrency beside a number", webhook("adaptive_concurrency: {}"), "several"],
    ["a certificate without its key", webhook("tls: { cert_file: a.pem }"), "several"],
    ["a text that is no cron expression", auth0("schedule: every five minutes"), "meaning"],
    ["a time that never comes", auth0("schedule: 0 0 31 2 *"), "meaning"],
    ["a beginning that is none", auth0("start_from: last tuesday"), "meaning"],
    ["a type that is no pattern", filter("types: [f, 'g h']"), "meaning"],
    ["a secret of another form", webhook("signing_secret: whsec_short"), "meaning"],
    ["a header of the connection", webhook("headers: { Content-Length: '5' }"), "meaning"],
    ["a duration of nothing", webhook("timeout: 0s"), "meaning"],
    ["a duration that is too long", webhook("timeout: 2h"), "meaning"],
  ])("%s", async ([, text, reason]) => {
    expect(reasons[reason]).toBeDefined();
    expect(schemaProblems(text)).toEqual([]);
    expect(await loaderProblems(text)).not.toEqual([]);
  });
});
