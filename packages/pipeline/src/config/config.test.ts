import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import {
  type ComponentFactory,
  defineExporter,
  defineProcessor,
  defineReceiver,
  defineReporter,
  defineStorage,
} from "../component.ts";
import { ConfigError } from "../errors.ts";
import type { Secret } from "../secret.ts";
import { loadConfig, loadConfigFile } from "./config.ts";
import { duration, httpUrl, integer, nameList, secret } from "./config-values.ts";
import { InvalidConfigError } from "./invalid-config.ts";

const notStarted = (): never => {
  throw new Error("Loading a config starts nothing.");
};

const source = defineReceiver({
  type: "source",
  config: z.strictObject({
    domain: z.string(),
    batch_size: integer(1, 100).default(100),
    poll_interval: duration().prefault("15s"),
    retry: z.strictObject({ max_interval: duration().optional() }).optional(),
  }),
  create: notStarted,
});
const pick = defineProcessor({
  type: "pick",
  config: z.strictObject({ types: nameList().optional(), match: z.enum(["all", "any"]).default("all") }),
  create: notStarted,
});
const sink = defineExporter({
  type: "sink",
  config: z.strictObject({ url: httpUrl(), key: secret().optional(), as_batch: z.boolean().default(true) }),
  delivery: notStarted,
  create: notStarted,
});
const store = defineStorage({
  type: "store",
  config: z.strictObject({ directory: z.string().default(".") }),
  create: notStarted,
});
const bell = defineReporter({ type: "bell", config: z.strictObject({}), create: notStarted });
const factories: ComponentFactory[] = [source, pick, sink, store, bell];

function load(text: string, env: Record<string, string> = {}) {
  return loadConfig(text, { file: "conf/loghook.yaml", factories, env });
}

async function problemsOf(text: string, env: Record<string, string> = {}): Promise<string[]> {
  try {
    await load(text, env);
  } catch (error) {
    if (error instanceof InvalidConfigError) return error.message.split("\n");
    throw error;
  }
  return [];
}

const good = `receivers:
  source:
    domain: acme.eu.auth0.com
exporters:
  sink:
    url: http://127.0.0.1:1/
extensions:
  store:
service:
  extensions: [store]
  pipelines:
    logs: { receivers: [source], exporters: [sink] }
`;

/** The good file with another domain, and what may follow it in the block. */
const withDomain = (text: string): string => good.replace("acme.eu.auth0.com", text);
const withUrl = (text: string): string => good.replace("http://127.0.0.1:1/", text);

describe("a good file", () => {
  test("gives each component what its schema made of the settings, with the defaults", async () => {
    const config = await load(good);
    expect(config.pipelines[0]?.receivers[0]).toMatchObject({
      id: "source",
      config: { domain: "acme.eu.auth0.com", batch_size: 100, poll_interval: 15_000 },
    });
    expect(config.storage).toMatchObject({ id: "store", config: { directory: "." } });
  });

  test("may name several components of a type by type/name", async () => {
    const config = await load(
      good
        .replace("  sink:\n", "  sink/backup: { url: http://127.0.0.1:2/ }\n  sink:\n")
        .replace("exporters: [sink]", "exporters: [sink, sink/backup]"),
    );
    expect(config.pipelines[0]?.exporters.map(({ id }) => id)).toEqual(["sink", "sink/backup"]);
  });

  test("may name several pipelines logs/name", async () => {
    const config = await load(`${good}    logs/errors: { receivers: [source], exporters: [sink] }\n`);
    expect(config.pipelines.map(({ name }) => name)).toEqual(["logs", "logs/errors"]);
  });

  test("may use anchors and aliases", async () => {
    const text = withDomain("&d acme.eu.auth0.com").replace("1:1/\n", "1:1/\n    key: *d\n");
    const sinkConfig = (await load(text)).pipelines[0]?.exporters[0]?.config as { key: Secret } | undefined;
    expect(sinkConfig?.key.reveal()).toBe("acme.eu.auth0.com");
  });
});

describe("${env:…} and ${file:…}", () => {
  test.for([
    { url: "${env:URL}", env: { URL: "http://a/" }, expected: "http://a/" },
    { url: "http://${env:HOST}:${env:PORT:-80}/", env: { HOST: "a" }, expected: "http://a:80/" },
    { url: "${env:URL:-http://b/}", env: { URL: "" }, expected: "http://b/" },
    { url: "http://a/$$x", env: {}, expected: "http://a/$x" },
    { url: "http://a/$x", env: {}, expected: "http://a/$x" },
  ])("$url becomes $expected", async ({ url, env, expected }) => {
    expect(
      (await load(withUrl(url), env as Record<string, string>)).pipelines[0]?.exporters[0]?.config,
    ).toMatchObject({ url: expected });
  });

  test("are read as numbers and truth values where the setting is one, and as text where it is text", async () => {
    const text = withDomain("${env:D}\n    batch_size: ${env:B}").replace(
      "1:1/",
      "1:1/\n    key: ${env:K}\n    as_batch: ${env:A}",
    );
    const config = await load(text, { D: "12345", B: "50", K: "0123456", A: "false" });
    expect(config.pipelines[0]?.receivers[0]?.config).toMatchObject({ domain: "12345", batch_size: 50 });
    const sinkConfig = config.pipelines[0]?.exporters[0]?.config as
      | { key: Secret; as_batch: boolean }
      | undefined;
    expect([sinkConfig?.key.reveal(), sinkConfig?.as_batch]).toEqual(["0123456", false]);
  });

  test("an empty text means that the setting is not set", async () => {
    const text = withUrl("http://a/\n    key: ${env:KEY:-}");
    expect((await load(text)).pipelines[0]?.exporters[0]?.config).toEqual({
      url: "http://a/",
      as_batch: true,
    });
  });

  test("the text of a variable is taken as it is, never as YAML", async () => {
    const hostile = "x\nexporters: {}\n${env:HOME}";
    expect(
      (await load(withDomain("${env:D}"), { D: hostile })).pipelines[0]?.receivers[0]?.config,
    ).toMatchObject({
      domain: hostile,
    });
  });

  test("a file is found from the folder of the config, without its last line break", async () => {
    const folder = mkdtempSync(join(tmpdir(), "loghook-config-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "domain.txt"), "from.file\n");
    writeFileSync(join(folder, "loghook.yaml"), withDomain("${file:domain.txt}"));
    const config = await loadConfigFile({ file: join(folder, "loghook.yaml"), factories, env: {} });
    expect(config.pipelines[0]?.receivers[0]?.config).toMatchObject({ domain: "from.file" });
  });
});

describe("a broken file", () => {
  test.for<[string, string, string[]]>([
    [
      "an unknown setting",
      good.replace("domain: acme", "domian: acme"),
      [
        "2:3 receivers.source.domain is required",
        "3:5 receivers.source.domian is not a setting; did you mean domain?",
      ],
    ],
    [
      "an unknown setting in a group",
      withDomain("x\n    retry: { max_intervall: 5s }"),
      ["4:14 receivers.source.retry.max_intervall is not a setting; did you mean max_interval?"],
    ],
    [
      "a wrong duration",
      withDomain("x\n    poll_interval: 15"),
      ["4:20 receivers.source.poll_interval must be a duration such as 300ms, 15s or 5m, found 15"],
    ],
    [
      "a number out of range",
      withDomain("x\n    batch_size: 101"),
      ["4:17 receivers.source.batch_size must be a whole number from 1 to 100, found 101"],
    ],
    [
      "a list where a text belongs",
      withDomain("[a]"),
      ["3:13 receivers.source.domain must be a text, found a list"],
    ],
    [
      "a text where a truth value belongs",
      withUrl("http://a/\n    as_batch: maybe"),
      ['7:15 exporters.sink.as_batch must be true or false, found "maybe"'],
    ],
    [
      "a value that is not among the choices",
      good
        .replace("extensions:\n", "processors:\n  pick: { match: some }\nextensions:\n")
        .replace("receivers: [source],", "receivers: [source], processors: [pick],"),
      ['8:18 processors.pick.match must be one of all, any, found "some"'],
    ],
    [
      "an unknown type",
      good.replace("  sink:\n", "  sinc:\n"),
      [
        '5:3 exporters.sinc has the unknown type "sinc"; did you mean sink?',
        "12:46 service.pipelines.logs.exporters.0 names sink, which is not among the exporters; did you mean sinc?",
      ],
    ],
    [
      "a component that nobody uses",
      good.replace("  sink:\n", "  sink/b: { url: http://b/ }\n  sink:\n"),
      ["5:3 exporters.sink/b is not used; name it in a pipeline of service.pipelines, or take it out"],
    ],
    [
      "an unknown section",
      `${good}exporter: {}\n`,
      ["13:1 exporter is not a setting; did you mean exporters?"],
    ],
    [
      "an unknown key of a pipeline",
      good.replace("receivers: [source]", "receivers: [source], processor: []"),
      ["12:34 service.pipelines.logs.processor is not a setting; did you mean processors?"],
    ],
    [
      "a pipeline without an exporter",
      good.replace("exporters: [sink] ", "exporters: [] "),
      [
        "5:3 exporters.sink is not used; name it in a pipeline of service.pipelines, or take it out",
        "12:45 service.pipelines.logs.exporters must name at least one",
      ],
    ],
    [
      "a missing variable",
      withDomain("${env:AUTH0_DOMAIN}"),
      [
        "3:13 receivers.source.domain needs the environment variable AUTH0_DOMAIN, which is not set; set it, or write ${env:AUTH0_DOMAIN:-default}",
      ],
    ],
    [
      "a required setting with an empty variable",
      withDomain("${env:D:-}"),
      ["3:13 receivers.source.domain is required, but ${env:D:-} is empty"],
    ],
    [
      "a missing file",
      withDomain("${file:/nowhere/domain}"),
      ["3:13 receivers.source.domain needs the file /nowhere/domain, which cannot be read (ENOENT)"],
    ],
    [
      "a placeholder of another kind",
      withDomain("${DOMAIN}"),
      [
        "3:13 receivers.source.domain holds ${DOMAIN}; write ${env:NAME}, ${env:NAME:-default} or ${file:path}, or $$ for a dollar sign",
      ],
    ],
    [
      "no storage",
      good.replace("extensions: [store]", "extensions: [bell]").replace("  store:\n", "  bell:\n"),
      [
        "10:15 service.extensions must name exactly one storage such as sqlite_storage, where checkpoints are kept, found 0",
      ],
    ],
    [
      "a placeholder without quotes inside braces",
      good.replace("    logs: {", "    logs: { a: ${env:A}, "),
      [
        "12:17 The file is not valid YAML: Unexpected flow-map-start at node end; inside { } and [ ] a ${…} must stand in quotes",
      ],
    ],
    [
      "a doubled key",
      withDomain("a\n    domain: b"),
      ["4:5 The file is not valid YAML: Map keys must be unique"],
    ],
    [
      "a name that stands twice in a pipeline",
      good.replace("exporters: [sink] ", "exporters: [sink, sink] "),
      ["12:52 service.pipelines.logs.exporters.1 names sink a second time; take it out"],
    ],
    [
      "a name that every object has",
      good.replace("exporters: [sink] ", "exporters: [sink, toString] "),
      [
        "12:52 service.pipelines.logs.exporters.1 names toString, which is not among the exporters; add it under exporters, or leave it out here",
      ],
    ],
    [
      "a component of the type toString",
      good
        .replace("  sink:\n", "  toString: {}\n  sink:\n")
        .replace("exporters: [sink] ", "exporters: [sink, toString] "),
      ['5:3 exporters.toString has the unknown type "toString"; there are sink'],
    ],
    [
      "a component named __proto__",
      good.replace("  sink:\n", "  __proto__: { url: http://b/ }\n  sink:\n"),
      ["5:3 exporters.__proto__ is not a possible name"],
    ],
    [
      "a pipeline named __proto__",
      good.replace("    logs: {", "    __proto__: { receivers: [source], exporters: [sink] }\n    logs: {"),
      ["12:5 service.pipelines.__proto__ is not a possible name"],
    ],
    ...["traces", "logs/", "logs/a/b", "logs2", "Logs"].map((name): [string, string, string[]] => [
      `a pipeline named ${name}`,
      good.replace("    logs: {", `    ${name}: {`),
      [`12:5 service.pipelines.${name} must be named logs, or logs/ and a name without further slashes`],
    ]),
    ...["sink/", "sink/a/b"].map((id): [string, string, string[]] => [
      `a component named ${id}`,
      good.replace("  sink:\n", `  ${id}:\n`).replace("exporters: [sink] ", `exporters: [${id}] `),
      [`5:3 exporters.${id} must be named by its type, or by type/name`],
    ]),
    ["an empty file", "", ["1:1 The file must be a group of settings, found nothing"]],
  ])("%s", async ([, text, expected]) => {
    expect(await problemsOf(text)).toEqual(expected.map((problem) => `conf/loghook.yaml:${problem}`));
  });

  test("shows all of its problems at once", async () => {
    const text = good
      .replace("domain: acme.eu.auth0.com", "batch_size: 0\n    poll_interval: soon")
      .replace("http://127.0.0.1:1/", "ftp://a/")
      .replace("receivers: [source]", "receivers: [sorce]");
    expect(await problemsOf(text)).toEqual([
      "conf/loghook.yaml:2:3 receivers.source.domain is required",
      "conf/loghook.yaml:2:3 receivers.source is not used; name it in a pipeline of service.pipelines, or take it out",
      "conf/loghook.yaml:3:17 receivers.source.batch_size must be a whole number from 1 to 100, found 0",
      'conf/loghook.yaml:4:20 receivers.source.poll_interval must be a duration such as 300ms, 15s or 5m, found "soon"',
      "conf/loghook.yaml:7:10 exporters.sink.url must be an absolute http or https URL, without a user name or password in it",
      "conf/loghook.yaml:13:25 service.pipelines.logs.receivers.0 names sorce, which is not among the receivers; did you mean source?",
    ]);
  });

  test("does not judge a group of settings by a rule when one of them could not be read", async () => {
    const pair = defineReceiver({
      type: "source",
      config: z
        .strictObject({ id: z.string().optional(), key: z.string().optional() })
        .refine(({ id, key }) => id !== undefined && key !== undefined, { error: "needs id and key" }),
      create: notStarted,
    });
    const text = good.replace("domain: acme.eu.auth0.com", "id: x\n    key: ${env:NO_KEY}");
    const load = (env: Record<string, string>) =>
      loadConfig(text, { file: "a.yaml", factories: [pair, sink, store], env });
    await expect(load({})).rejects.toThrow(
      /^a\.yaml:4:10 receivers\.source\.key needs the environment variable NO_KEY[^\n]*$/,
    );
    await expect(load({ NO_KEY: "" })).rejects.toThrow("a.yaml:2:3 receivers.source needs id and key");
    expect(await load({ NO_KEY: "k" })).toBeDefined();
  });

  test("does not go on about the types of a module that cannot be loaded", async () => {
    const text = `components: [./nowhere.ts]\n${good.replaceAll("sink", "mine")}`;
    expect(await problemsOf(text)).toEqual([
      expect.stringMatching(/^conf\/loghook\.yaml:1:14 components\.0 cannot be loaded: There is no file /),
    ]);
  });

  test("whose pipelines would have the same lane says so, since they would share a checkpoint", async () => {
    const text = good
      .replace("  source:\n", "  source/source: { domain: b }\n  source:\n")
      .replace("{ receivers: [source],", "{ receivers: [source/source],");
    const twin = "    logs/source: { receivers: [source], exporters: [sink] }\n";
    expect(await problemsOf(`${text}${twin}`)).toEqual([
      "conf/loghook.yaml:14:5 service.pipelines.logs/source has the lane logs/source/source/sink, as logs has it, and both would share a checkpoint; name it otherwise",
    ]);
  });

  test("never shows a secret", async () => {
    const text = withUrl("http://user:hunter2@a/\n    key: [hunter2]");
    expect(await problemsOf(text)).toHaveLength(2);
    expect((await problemsOf(text)).join()).not.toContain("hunter2");
  });

  test("does not blow up on aliases that multiply", async () => {
    const levels = Array.from(
      { length: 9 },
      (_, n) => `a${n + 1}: &a${n + 1} [${Array(9).fill(`*a${n}`).join(", ")}]`,
    );
    expect((await problemsOf(["a0: &a0 [x]", ...levels].join("\n"))).join()).toContain(
      "repeats too much by aliases",
    );
  });

  test("that is not there is named, with what to do", async () => {
    const read = loadConfigFile({ file: "/nowhere/loghook.yaml", factories, env: {} });
    await expect(read).rejects.toThrow(ConfigError);
    await expect(read).rejects.toThrow("The config file /nowhere/loghook.yaml cannot be read.");
  });
});
