import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { workspaceRoot } from "./harness.ts";
import { type LanguageServer, startLanguageServer } from "./language-server.ts";

const folder = join(workspaceRoot, "collector-config");
const configs = globSync("*.yaml", { cwd: folder }).filter((name) => !name.endsWith(".test.yaml"));
const read = (name: string): string => readFileSync(join(folder, name), "utf8");

const comment = "# yaml-language-server: $schema=../loghook.schema.json";

const config = `${comment}
receivers:
  auth0:
    domain: \${env:AUTH0_DOMAIN}
    token: abc
processors:
  filter:
    unknown_types: drop
exporters:
  webhook:
    url: http://127.0.0.1:4020/
    send_as_batch: false
extensions:
  sqlite_storage:
service:
  extensions: [sqlite_storage]
  pipelines:
    logs:
      receivers: [auth0]
      processors: [filter]
      exporters: [webhook]
`;

/** The config with something else in place of a part of it. */
function changed(part: string, other: string): string {
  expect(config).toContain(part);
  return config.replace(part, () => other);
}

describe("an editor with yaml-language-server", () => {
  let server: LanguageServer;
  beforeAll(async () => {
    server = await startLanguageServer(folder);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test.for(configs)("finds the schema by the first line of %s, and nothing wrong in it", async (name) => {
    const text = read(name);
    expect(text.split("\n")[0]).toBe(comment);
    expect(await server.diagnose(text)).toEqual([]);
    expect((await server.diagnose(`${text}\nexporter: {}\n`)).map(({ message }) => message)).toEqual([
      "Property exporter is not allowed.",
    ]);
  });

  test.for([
    {
      what: "a misspelt setting",
      text: changed("unknown_types", "unkown_types"),
      problem: { line: 8, message: "Property unkown_types is not allowed." },
    },
    {
      what: "a value that is not among the choices",
      text: changed("drop", "dropped"),
      problem: { line: 8, message: 'Value is not accepted. Valid values: "keep", "drop".' },
    },
    {
      what: "a number out of range",
      text: changed("token: abc", "token: abc\n    batch_size: 101"),
      problem: { line: 6, message: "Value is above the maximum of 100." },
    },
    {
      what: "a wrong duration",
      text: changed("token: abc", "token: abc\n    poll_interval: 5 sec"),
      problem: { line: 6, message: "Write a duration such as 300ms, 15s, 5m or 1h30m." },
    },
    {
      what: "a truth value in quotes",
      text: changed("false", '"false"'),
      problem: {
        line: 12,
        message: "Write it without quotes, or ${env:NAME}, ${env:NAME:-default} or ${file:path} alone.",
      },
    },
    {
      what: "a ${…} of another kind",
      text: changed("${env:AUTH0_DOMAIN}", "${AUTH0_DOMAIN}"),
      problem: { line: 4, message: "Write the host name of the tenant alone, such as acme.eu.auth0.com." },
    },
    {
      what: "a component of an unknown type",
      text: changed("  webhook:", "  webhok:"),
      problem: { line: 10, message: "Property webhok is not allowed." },
    },
    {
      what: "a missing setting",
      text: changed("url: http://127.0.0.1:4020/", "concurrency: 5"),
      problem: { line: 10, message: 'Missing property "url".' },
    },
    {
      what: "a name that no component can have",
      text: changed("exporters: [webhook]", "exporters: [webhok]"),
      problem: { line: 21, message: "Write the name of one of the exporters." },
    },
  ])("marks $what", async ({ text, problem }) => {
    expect(await server.diagnose(text)).toEqual([problem]);
  });

  test("lets a file with own components name what it likes", async () => {
    const own = config
      .replaceAll("webhook", "kafka")
      .replace("receivers:", "components: [./kafka.ts]\nreceivers:");
    expect(await server.diagnose(own)).toEqual([]);
    expect(await server.diagnose(own.replace("components: [./kafka.ts]", "components: []"))).not.toEqual([]);
  });

  test.for([
    {
      what: "sections",
      text: changed("processors:\n  filter:\n    unknown_types: drop\n", "|\n"),
      labels: ["processors"],
    },
    {
      what: "components",
      text: changed("  sqlite_storage:\n", "  sqlite_storage: {}\n  |\n"),
      labels: ["slack"],
    },
    {
      what: "settings",
      text: changed("send_as_batch: false", "|"),
      labels: ["send_as_batch", "signing_secret"],
    },
    { what: "choices", text: changed("drop", "|"), labels: ["keep", "drop"] },
    { what: "truth values", text: changed("false", "|"), labels: ["true", "false"] },
    { what: "names of components", text: changed("[filter]", "[|]"), labels: ["filter"] },
  ])("proposes $what", async ({ text, labels }) => {
    expect(await server.propose(text)).toEqual(expect.arrayContaining(labels));
  });

  test("proposes no setting that is there already", async () => {
    expect(await server.propose(changed("send_as_batch: false", "|"))).not.toContain("url");
  });

  test("explains settings and components in the words of the settings table", async () => {
    expect(await server.explain(changed("send_as_batch", "send_as|_batch"))).toContain(
      "a request carries an array of records",
    );
    expect(await server.explain(changed("  webhook:", "  web|hook:"))).toContain("POSTs records to a URL");
  });
});
