import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { stringify } from "yaml";
import { z } from "zod";
import {
  type ComponentFactory,
  defineExporter,
  defineProcessor,
  defineReceiver,
  defineStorage,
} from "../component.ts";
import { Secret } from "../secret.ts";
import { loadConfigFile } from "./config.ts";
import { duration, httpUrl, integer, nameList, secret } from "./config-values.ts";
import { InvalidConfigError } from "./invalid-config.ts";
import { printableConfig } from "./printable-config.ts";

const notStarted = (): never => {
  throw new Error("Printing a config starts nothing.");
};

const rule = z.discriminatedUnion("action", [
  z.strictObject({ action: z.literal("mask"), length: integer(1, 9).default(3) }),
  z.strictObject({ action: z.literal("replace"), by: z.string(), note: z.string().default("-") }),
]);

const factories: ComponentFactory[] = [
  defineReceiver({
    type: "source",
    config: z.strictObject({
      domain: z.string(),
      key_file: z.string().optional(),
      batch_size: integer(1, 100).default(100),
      poll_interval: duration().prefault("15s"),
      retry: z
        .strictObject({ max_interval: duration().prefault("60s"), min: duration().optional() })
        .prefault({}),
      level: z.union([integer(0, 4), z.enum(["low", "high"])]).optional(),
    }),
    create: notStarted,
  }),
  defineProcessor({
    type: "pick",
    config: z.strictObject({ types: nameList().prefault([]), rules: z.array(rule).default([]) }),
    create: notStarted,
  }),
  defineExporter({
    type: "sink",
    config: z.strictObject({
      url: httpUrl(),
      authorization: secret().optional(),
      headers: z.record(z.string(), secret()).prefault({}),
      tags: z.record(z.string(), z.string()).default({}),
      keys: z.union([secret(), z.array(secret())]).optional(),
      api_token: z.string().optional(),
      callback: z.string().optional(),
      options: z.unknown().optional(),
    }),
    create: notStarted,
  }),
  defineStorage({
    type: "store",
    config: z.strictObject({ directory: z.string().default(".") }),
    create: notStarted,
  }),
];

/** A config file with these settings, in a folder that is gone after the test. */
async function fileWith(settings: { source?: string; pick?: string; sink?: string }): Promise<string> {
  const { source = "domain: a.example", pick = "types: [f]", sink = "url: http://127.0.0.1:1/" } = settings;
  const folder = await mkdtemp(join(tmpdir(), "loghook-printable-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const indented = (text: string): string => text.replaceAll(/^/gm, "    ");
  await mkdir(join(folder, "secrets"));
  for (const name of ["team.txt", "signing.key", "secrets/callback"]) {
    await writeFile(join(folder, name), "planted\n");
  }
  await writeFile(
    join(folder, "loghook.yaml"),
    `exporters:
  sink:
${indented(sink)}
receivers:
  source:
${indented(source)}
processors:
  pick:
${indented(pick)}
extensions:
  store:
service:
  extensions: [store]
  pipelines:
    logs: { receivers: [source], processors: [pick], exporters: [sink] }
`,
  );
  return join(folder, "loghook.yaml");
}

type Components = Record<string, Record<string, unknown>>;

interface Printed {
  readonly receivers: Components;
  readonly processors: Components;
  readonly exporters: Components;
  readonly extensions: Components;
}

async function print(settings: Parameters<typeof fileWith>[0], env: Record<string, string> = {}) {
  const printed = await printableConfig({ file: await fileWith(settings), factories, env });
  return printed as unknown as Printed;
}

const sinkOf = async (sink: string, env: Record<string, string> = {}): Promise<unknown> =>
  (await print({ sink: `url: http://127.0.0.1:1/\n${sink}` }, env)).exporters.sink;

describe("what is printed", () => {
  test("keeps the order of the file, and puts the defaults behind what is given", async () => {
    const printed = await print({ source: "retry: { min: 1s }\ndomain: a.example" });
    expect(JSON.stringify(printed)).toBe(
      JSON.stringify({
        exporters: { sink: { url: "http://127.0.0.1:1/", headers: {}, tags: {} } },
        receivers: {
          source: {
            retry: { min: "1s", max_interval: "60s" },
            domain: "a.example",
            batch_size: 100,
            poll_interval: "15s",
          },
        },
        processors: { pick: { types: ["f"], rules: [] } },
        extensions: { store: { directory: "." } },
        service: {
          extensions: ["store"],
          pipelines: { logs: { receivers: ["source"], processors: ["pick"], exporters: ["sink"] } },
        },
        components: [],
      }),
    );
  });

  test("has what variables and files come to, as what the settings take it for", async () => {
    const source = "domain: ${env:D}\nbatch_size: ${env:B}\nkey_file: ${file:team.txt}\nlevel: ${env:L}";
    const { receivers } = await print({ source }, { D: "12345", B: "50", L: "2" });
    expect(receivers.source).toMatchObject({
      domain: "12345",
      batch_size: 50,
      key_file: "planted",
      level: 2,
    });
  });

  test("leaves out what is empty, also in lists", async () => {
    const { receivers, processors } = await print(
      {
        source: "domain: a\npoll_interval: ${env:P:-}",
        pick: 'types: ["", "${env:T}", "${env:E:-}", fp]',
      },
      { T: "f" },
    );
    expect(receivers.source).toMatchObject({ domain: "a", poll_interval: "15s" });
    expect(processors.pick).toMatchObject({ types: ["f", "fp"] });
  });

  test("has the defaults of the kind of group that is meant, where there are several", async () => {
    const { processors } = await print({ pick: "rules: [{ action: mask }, { action: replace, by: x }]" });
    expect(processors.pick?.rules).toEqual([
      { action: "mask", length: 3 },
      { action: "replace", by: "x", note: "-" },
    ]);
  });

  test("is refused with every problem when the file is not valid", async () => {
    await expect(print({ source: "batch_size: 0" })).rejects.toThrow(InvalidConfigError);
  });

  test("means the same when it is read again, once the secrets are back", async () => {
    const settings = {
      source: 'domain: "a$${b}"\nlevel: high',
      pick: 'types: ["12345", "a: b"]\nrules: [{ action: replace, by: "$$$${env:X}" }]',
      sink: "url: http://127.0.0.1:1/\nauthorization: planted\nkeys: [planted]",
    };
    const file = await fileWith(settings);
    const printed = await printableConfig({ file, factories, env: {} });
    const before = await loadConfigFile({ file, factories, env: {} });
    await writeFile(file, stringify(printed).replaceAll('"[redacted]"', "planted"));
    expect(meaningOf(await loadConfigFile({ file, factories, env: {} }))).toBe(meaningOf(before));
  });
});

/** Everything in a config but how it was written. */
function meaningOf(config: object): string {
  return (
    JSON.stringify(config, (key, value) => {
      if (key === "fingerprint") return undefined;
      return value;
    }) + JSON.stringify(revealed(config))
  );
}

function revealed(value: unknown): string[] {
  if (value instanceof Secret) return [value.reveal()];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(revealed) : [];
}

test("names of components and pipelines are no hints", async () => {
  const file = await fileWith({});
  const text = (await readFile(file, "utf8"))
    .replaceAll("sink", "sink/secret")
    .replaceAll("source", "source/token")
    .replace("logs:", "logs/api-key:");
  await writeFile(file, text);
  const printed = await printableConfig({ file, factories, env: {} });
  expect(JSON.stringify(printed)).not.toContain("[redacted]");
});

describe("what is not printed", () => {
  test.for<[string, string, unknown]>([
    ["a secret", "authorization: planted", { authorization: "[redacted]" }],
    ["a secret from a variable", "authorization: Bearer ${env:PLANTED}", { authorization: "[redacted]" }],
    ["a secret from a file", "authorization: ${file:team.txt}", { authorization: "[redacted]" }],
    ["the values of headers", "headers: { X-Team: planted }", { headers: { "X-Team": "[redacted]" } }],
    ["each secret of a list", "keys: [planted, planted]", { keys: ["[redacted]", "[redacted]"] }],
    ["a text that its name says is a secret", "api_token: planted", { api_token: "[redacted]" }],
    [
      "what comes from a variable with such a name",
      "callback: x${env:MY_SECRET}",
      { callback: "[redacted]" },
    ],
    [
      "what comes from a file with such a name",
      "callback: ${file:secrets/callback}\ntags: { a: '${file:signing.key}' }",
      { callback: "[redacted]", tags: { a: "[redacted]" } },
    ],
    ["the query of an address", "callback: https://a/b?planted", { callback: "https://a/b/…" }],
    [
      "the password of an address",
      "callback: postgres://me:planted@db:5432/x",
      { callback: "postgres://db:5432/x/…" },
    ],
    [
      "what a map's name says is a secret",
      "tags: { api-key: planted, team: a }",
      { tags: { "api-key": "[redacted]", team: "a" } },
    ],
  ])("%s", async ([, sink, expected]) => {
    const env = { PLANTED: "planted", MY_SECRET: "planted" };
    const printed = await sinkOf(sink, env);
    expect(printed).toMatchObject(expected as object);
    expect(JSON.stringify(printed)).not.toContain("planted");
  });

  test.for([
    ["https://hooks.slack.com/services/T1/B1/planted", "https://hooks.slack.com/services/…"],
    ["https://example.com/planted2026planted/x", "https://example.com/…"],
    ["https://example.com/in?token=planted", "https://example.com/in/…"],
    ["https://example.com/Xplanted", "https://example.com/…"],
    ["https://example.com/#planted", "https://example.com/…"],
    ["https://example.com:8443/in", "https://example.com:8443/in"],
    ["http://127.0.0.1:4318", "http://127.0.0.1:4318"],
  ] as const)("of the address %s: %s", async ([url, expected]) => {
    expect((await print({ sink: `url: ${url}` })).exporters.sink?.url).toBe(expected);
  });

  describe("in settings that a component passes on without knowing them", () => {
    test.for<[string, string, unknown]>([
      [
        "what stands under headers",
        "headers: { x-team: planted, more: { a: [planted] } }",
        { headers: { "x-team": "[redacted]", more: { a: ["[redacted]"] } } },
      ],
      [
        "what such a name holds",
        "credentials: { user: planted }\n  apiKey: planted",
        { credentials: { user: "[redacted]" }, apiKey: "[redacted]" },
      ],
      ["a number under such a name", "pin: 1\n  passcode: 12345", { pin: 1, passcode: "[redacted]" }],
      [
        "everything from a variable",
        "name: ${env:PLANTED}\n  list: [a, 'x${env:PLANTED}']",
        { name: "[redacted]", list: ["a", "[redacted]"] },
      ],
      [
        "everything from a file, behind an empty item",
        "list: ['', '${file:team.txt}']",
        { list: ["[redacted]"] },
      ],
      [
        "the path and the query of an address",
        "url: https://a.example/services/planted?x=planted",
        { url: "https://a.example/services/…" },
      ],
    ])("%s", async ([, options, expected]) => {
      const printed = (await sinkOf(`options:\n  ${options}`, { PLANTED: "planted" })) as {
        options: unknown;
      };
      expect(printed.options).toEqual(expected);
    });

    test("but everything else is", async () => {
      const options = {
        compression: "gzip",
        timeoutMillis: 500,
        on: true,
        off: null,
        list: ["a"],
        text: "$x $$y",
      };
      const printed = (await sinkOf(`options: ${JSON.stringify({ ...options, text: "$x $$$$y" })}`)) as {
        options: unknown;
      };
      expect(printed.options).toEqual({ ...options, text: "$$x $$$$y" });
    });
  });
});
