import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadEvery } from "@loghook/pipeline";
import { expect, onTestFinished, test } from "vitest";
import { factories as lazyFactories } from "./components.ts";
import { addComponentsCommand } from "./components-command.ts";
import { type FakeIoOptions, fakeIo, runVerb } from "./fake-io.ts";
import { exitCodes } from "./io.ts";

const factories = await loadEvery(lazyFactories);

async function components(args: readonly string[], options?: FakeIoOptions): Promise<string> {
  const io = fakeIo(options);
  expect(await runVerb(addComponentsCommand, ["components", ...args], io)).toBe(exitCodes.done);
  return io.output();
}

/** A config that is no good, but for the module that it names. */
async function configWithOwnComponent(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "loghook-own-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(
    join(folder, "mine.mjs"),
    `export const mine = { kind: "exporter", type: "kafka", description: "Sends to Kafka.",
       config: { safeParse: () => {} }, create() {} };`,
  );
  await writeFile(
    join(folder, "loghook.yaml"),
    "components: [./mine.mjs]\nreceivers: { auth0: { domain: '${env:NO}' } }\n",
  );
  return join(folder, "loghook.yaml");
}

test("lists everything that a config can name, in the order of a config, with a sentence for each", async () => {
  const lines = (await components([])).trimEnd().split("\n");
  expect(lines[0]).toMatch(/^component +kind +what it is$/);
  expect(lines).toHaveLength(1 + factories.length);
  const names = lines.slice(1).map((line) => line.split(" ")[0] ?? "");
  expect(names).toEqual(expect.arrayContaining(["receivers.auth0", "exporters.webhook", "extensions.slack"]));
  const order = ["receivers", "processors", "exporters", "extensions"];
  const places = names.map((name) => order.indexOf(name.split(".")[0] ?? ""));
  expect(places).toEqual(places.toSorted());
  for (const { type, description = "" } of factories) {
    const line = lines.find((each) => each.startsWith(`${names.find((name) => name.endsWith(`.${type}`))} `));
    expect(line?.endsWith(`  ${description}`)).toBe(true);
  }
});

test("what is loaded is what it was announced as", () => {
  const announced = lazyFactories.map(({ kind, type }) => ({ kind, type }));
  expect(factories.map(({ kind, type }) => ({ kind, type }))).toEqual(announced);
});

test("every component says in a sentence what it is", () => {
  const silent = factories.filter(({ description }) => !description?.endsWith("."));
  expect(silent.map(({ type }) => type)).toEqual([]);
});

test("shows the settings of one, with their defaults and meanings", async () => {
  const output = await components(["webhook"]);
  expect(output).toMatch(/^exporters\.webhook\nPOSTs records /);
  expect(output).toMatch(/^url +required +Where to POST to/m);
  expect(output).toMatch(/^max_batch_size +100 +The most records of a request/m);
  expect(output).toMatch(/^tls\.ca_file +PEM file with/m);
  expect(output).toMatch(/^retry_on_failure\.initial_interval +1s +The longest first wait/m);
  expect(await components(["exporters.webhook"])).toBe(output);
});

test.for([60, 80, 120])("fits into a terminal of %i columns", async (columns) => {
  const output = await components(["webhook"], { isTTY: true, columns, env: { NO_COLOR: "1" } });
  const tooLong = output
    .split("\n")
    .slice(2)
    .filter((line) => line.length > columns);
  expect(tooLong).toEqual([]);
});

test("as JSON it gives the settings as JSON Schemas", async () => {
  const all = JSON.parse(await components(["--json"])) as { name: string; settings: { type: string } }[];
  expect(all).toHaveLength(factories.length);
  expect(JSON.parse(await components(["slack", "--json"]))).toMatchObject([
    {
      name: "extensions.slack",
      kind: "reporter",
      type: "slack",
      settings: { type: "object", properties: { webhook_url: { writeOnly: true } } },
    },
  ]);
});

test("has a config's own components, whatever else is wrong with it", async () => {
  const config = await configWithOwnComponent();
  expect(await components(["--config", config])).toMatch(/^exporters\.kafka +exporter +Sends to Kafka\.$/m);
  expect(await components(["kafka", "--config", config])).toBe(
    "exporters.kafka\nSends to Kafka.\n\nNo settings are known.\n",
  );
});

test.for([
  { name: "webhok", remedy: "Did you mean webhook?" },
  { name: "kafka-broker", remedy: `There are ${factories.map(({ type }) => type).join(", ")}.` },
])("$name is none of them", async ({ name, remedy }) => {
  const failure = runVerb(addComponentsCommand, ["components", name], fakeIo());
  await expect(failure).rejects.toMatchObject({ message: `There is no component ${name}.`, remedy });
});
