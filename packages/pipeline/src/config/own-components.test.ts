import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { testBatch, testSettings } from "@loghook/testkit";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import {
  type ComponentFactory,
  defineExporter,
  defineStorage,
  type ExporterFactory,
  type StorageFactory,
} from "../component.ts";
import { ConfigError } from "../errors.ts";
import { readConfigDocument } from "./config-document.ts";
import { withOwnComponents } from "./own-components.ts";
import { delivered } from "./own-exporter.test-kit.ts";

const notStarted = (): never => {
  throw new Error("Loading a config starts nothing.");
};
const webhook = defineExporter({
  type: "webhook",
  description: "Sends.",
  config: z.strictObject({}),
  create: notStarted,
});
const store = defineStorage({ type: "store", config: z.strictObject({}), create: notStarted });
const factories: ComponentFactory[] = [webhook, store];

/** Loads what a config in this folder names under `components`. */
async function load(directory: string, ...specifiers: string[]) {
  const file = join(directory, "loghook.yaml");
  const document = readConfigDocument(JSON.stringify({ components: specifiers }), { file, env: {} });
  const found = await withOwnComponents(document, { file, factories });
  const problems = document.problems.map(({ column, path, message }) => `${column} ${path} ${message}`);
  return { own: found.filter((factory) => !factories.includes(factory)), found, problems };
}

/** A folder that is gone after the test, with this module in it. */
async function folderWith(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "loghook-components-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "mine.mjs"), text);
  return folder;
}

const ownExporter = fileURLToPath(new URL("own-exporter.test-kit.ts", import.meta.url));

test("a file without components has what the host has", async () => {
  const document = readConfigDocument("receivers: {}", { file: "loghook.yaml", env: {} });
  expect(await withOwnComponents(document, { file: "loghook.yaml", factories })).toBe(factories);
});

test("a component of a TypeScript file beside the config can be used like any other", async () => {
  const { own, problems } = await load(dirname(ownExporter), `./${basename(ownExporter)}`);
  expect(problems).toEqual([]);
  expect(own).toMatchObject([{ kind: "exporter", type: "memory", description: "Keeps records in memory." }]);
  const [factory] = own as [ExporterFactory];
  expect(factory.config.parse({ name: "a" })).toEqual({ name: "a" });
  await using exporter = await factory.create(factory.config.parse({ name: "a" }), testSettings());
  await exporter.export(testBatch(2), { signal: new AbortController().signal });
  expect(delivered.at(-1)).toEqual(testBatch(2));
});

test("a component is the same each time its module is loaded, so that a reload finds it unchanged", async () => {
  const once = await load(dirname(ownExporter), `./${basename(ownExporter)}`);
  const again = await load(dirname(ownExporter), `./${basename(ownExporter)}`);
  expect(again.own[0]).toBe(once.own[0]);
});

const good = `{
  kind: "exporter", type: "mine", config: { safeParse: (data) => ({ success: true, data }) },
  delivery: () => ({ maxBatchSize: 7, concurrency: 1, retry: { initialIntervalMs: 1, maxIntervalMs: 1 } }),
  create: () => ({ export() {}, [Symbol.asyncDispose]() {} })
}`;

test("a component may be a plain object without a single import, an instance of a class, or a default export", async () => {
  const folder = await folderWith(`
    export default ${good};
    class Factory {
      #types = ["of_class"];
      kind = "receiver";
      get type() { return this.#types[0]; }
      config = { safeParse: () => {} };
      schedule() { return this.#types[0]; }
      async create() { return { receive() { return [this.id]; }, id: this.#types[0], [Symbol.asyncDispose]() {} }; }
    }
    export const other = new Factory();
    export const somethingElse = { anything: true };
  `);
  const { own, problems } = await load(folder, "./mine.mjs");
  expect(problems).toEqual([]);
  expect(own.map(({ kind, type }) => `${kind} ${type}`).sort()).toEqual([
    "exporter mine",
    "receiver of_class",
  ]);
  for (const factory of own) {
    if (factory.kind === "exporter") expect(factory.delivery?.({}).maxBatchSize).toBe(7);
    if (factory.kind === "receiver") expect(factory.schedule?.({})).toBe("of_class");
    expect(await factory.create({}, testSettings() as never)).toBeDefined();
  }
});

test.for<[string, string, string[]]>([
  [
    "exports nothing",
    "globalThis.x = 1",
    [
      "16 components.0 exports nothing; export what defineReceiver, defineProcessor, defineExporter, defineStorage or defineReporter of @loghook/pipeline returns",
    ],
  ],
  [
    "exports no component",
    "export const one = 1, create = () => {}, settings = { type: 'x' }",
    [
      "16 components.0 exports no component, only create, one, settings; export what defineReceiver, defineProcessor, defineExporter, defineStorage or defineReporter of @loghook/pipeline returns",
    ],
  ],
  [
    "has no kind",
    `export const mine = { ...${good}, kind: undefined }`,
    [
      "16 components.0 exports mine, which lacks kind; kinds are receiver, processor, exporter, storage, reporter; make it with defineExporter or its siblings",
    ],
  ],
  [
    "has a misspelt kind",
    `export const mine = { ...${good}, kind: "exporters" }`,
    [
      '16 components.0 exports mine, whose kind is "exporters"; kinds are receiver, processor, exporter, storage, reporter; did you mean exporter?',
    ],
  ],
  [
    "has no type",
    `export const mine = { ...${good}, type: undefined }`,
    [
      "16 components.0 exports mine, which lacks type; it is the name that config files use: small letters, digits and _",
    ],
  ],
  [
    "has a type that no config can name",
    `export const mine = { ...${good}, type: "Kafka/one" }`,
    [
      '16 components.0 exports mine, whose type is "Kafka/one"; it is the name that config files use: small letters, digits and _',
    ],
  ],
  [
    "has no config",
    `export const mine = { ...${good}, config: undefined }`,
    [
      "16 components.0 exports mine, which lacks config; it is the zod schema of the settings: z.strictObject({}) if there are none",
    ],
  ],
  [
    "has a config that is no schema",
    `export const mine = { ...${good}, config: () => 1 }`,
    [
      "16 components.0 exports mine, whose config is a function; it is the zod schema of the settings: z.strictObject({}) if there are none",
    ],
  ],
  [
    "has no create",
    `export const mine = { ...${good}, create: undefined }`,
    [
      "16 components.0 exports mine, which lacks create; it is the function that makes the component of its settings",
    ],
  ],
  [
    "has a delivery that is no function",
    `export const mine = { ...${good}, delivery: { maxBatchSize: 5 } }`,
    ["16 components.0 exports mine, whose delivery is a group of settings; it must be a function"],
  ],
  [
    "lacks several things",
    `export default { kind: "exporter" }`,
    [
      "16 components.0 exports default, which lacks type; it is the name that config files use: small letters, digits and _",
      "16 components.0 exports default, which lacks config; it is the zod schema of the settings: z.strictObject({}) if there are none",
      "16 components.0 exports default, which lacks create; it is the function that makes the component of its settings",
    ],
  ],
  [
    "brings a type that there is already",
    `export const mine = { ...${good}, type: "webhook" }`,
    ['16 components.0 brings the exporter "webhook", which there is already; give it another type'],
  ],
  [
    "brings one of a type that there is already, for something else",
    `export const mine = { ...${good}, type: "webhook", description: "Mine." }`,
    ['16 components.0 brings the exporter "webhook", which there is already; give it another type'],
  ],
])("a module that %s is refused", async ([, text, problems]) => {
  const folder = await folderWith(text);
  expect(await load(folder, "./mine.mjs")).toEqual({ own: [], found: factories, problems });
});

test("a copy of what there is already stands back, as when a bundled host meets the package itself", async () => {
  const folder = await folderWith(
    `export const copy = { ...${good}, type: "webhook", description: "Sends." }`,
  );
  expect(await load(folder, "./mine.mjs")).toEqual({ own: [], found: factories, problems: [] });
});

test("a component that is exported under two names is one", async () => {
  const folder = await folderWith(`export const mine = ${good}; export default mine;`);
  expect(await load(folder, "./mine.mjs", "./mine.mjs")).toMatchObject({
    own: [{ type: "mine" }],
    problems: [],
  });
});

test("the same type of another kind is another component", async () => {
  const folder = await folderWith(`export const mine = { ...${good}, type: "store" }`);
  expect(await load(folder, "./mine.mjs")).toMatchObject({ own: [{ kind: "exporter" }], problems: [] });
});

test.for([
  {
    specifier: "./mein.mjs",
    text: "",
    problem: /^16 components\.0 cannot be loaded: There is no file .*mein\.mjs\. Write the path as seen from/,
  },
  {
    specifier: "no-such-package",
    text: "",
    problem:
      /^16 components\.0 cannot be loaded: There is no package no-such-package .*npm install no-such-package/,
  },
  {
    specifier: "./mine.mjs",
    text: "throw new Error('KAFKA_BROKERS is not set')",
    problem:
      /^16 components\.0 cannot be loaded: \.\/mine\.mjs fails while it is loaded: KAFKA_BROKERS is not set\. Look into /,
  },
])(
  "a module $specifier that cannot be loaded is refused with a remedy",
  async ({ specifier, text, problem }) => {
    const folder = await folderWith(text);
    const { own, problems } = await load(folder, specifier);
    expect(own).toEqual([]);
    expect(problems).toEqual([expect.stringMatching(problem)]);
  },
);

test("what is good of the modules is there, whatever the others are like", async () => {
  const folder = await folderWith(`export const mine = ${good}`);
  const { own, problems } = await load(folder, "./nowhere.mjs", "./mine.mjs");
  expect(own).toMatchObject([{ type: "mine" }]);
  expect(problems).toHaveLength(1);
});

test.for([
  { kind: "receiver", made: "undefined", missing: "everything" },
  { kind: "receiver", made: "{ recieve() {}, [Symbol.asyncDispose]() {} }", missing: "receive" },
  { kind: "processor", made: "{}", missing: "process" },
  { kind: "exporter", made: "{ send() {} }", missing: "export and [Symbol.asyncDispose]" },
  { kind: "exporter", made: "Promise.resolve({ export() {} })", missing: "[Symbol.asyncDispose]" },
  { kind: "storage", made: "{ client() {}, [Symbol.asyncDispose]() {} }", missing: "runs and parked" },
  { kind: "reporter", made: "{}", missing: "[Symbol.asyncDispose]" },
])("a $kind that lacks $missing is refused when it is made", async ({ kind, made, missing }) => {
  const folder = await folderWith(
    `export const mine = { ...${good}, kind: "${kind}", delivery: undefined, create: () => (${made}) }`,
  );
  const { own, problems } = await load(folder, "./mine.mjs");
  expect(problems).toEqual([]);
  const make = async (): Promise<unknown> => await own[0]?.create({}, testSettings() as never);
  await expect(make()).rejects.toThrow(ConfigError);
  await expect(make()).rejects.toThrow(
    `What create of the ${kind} test of ./mine.mjs returns lacks ${missing}, so it is no ${kind}.`,
  );
});

test("an own storage can be opened for reading, where its factory says how", async () => {
  const made = "{ client() {}, runs: {}, parked: {}, [Symbol.asyncDispose]() {} }";
  const folder = await folderWith(
    `export const able = { ...${good}, kind: "storage", delivery: undefined, create() {}, createReader: () => (${made}) };
     export const plain = { ...${good}, kind: "storage", type: "plain", delivery: undefined, create() {} };`,
  );
  const { own } = await load(folder, "./mine.mjs");
  const [able, plain] = own as [StorageFactory, StorageFactory];
  expect(await able.createReader?.({}, testSettings())).toMatchObject({ runs: {}, parked: {} });
  expect(plain.createReader).toBe(undefined);
});
