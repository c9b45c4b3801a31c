import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { configJsonSchema, loadEvery } from "@loghook/pipeline";
import { expect, onTestFinished, test } from "vitest";
import { factories } from "./components.ts";
import { fakeIo, runVerb } from "./fake-io.ts";
import { exitCodes } from "./io.ts";
import { addSchemaCommand } from "./schema-command.ts";

async function schema(...args: string[]): Promise<unknown> {
  const io = fakeIo();
  expect(await runVerb(addSchemaCommand, ["schema", ...args], io)).toBe(exitCodes.done);
  return JSON.parse(io.output());
}

test("prints the schema of config files", async () => {
  expect(await schema()).toEqual(JSON.parse(JSON.stringify(configJsonSchema(await loadEvery(factories)))));
});

test("with a config it knows that file's own components", async () => {
  const folder = await mkdtemp(join(tmpdir(), "loghook-schema-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const module = fileURLToPath(new URL("own-exporter.test-kit.ts", import.meta.url));
  await writeFile(join(folder, "loghook.yaml"), `components: [${JSON.stringify(module)}]\n`);
  expect(await schema("--config", join(folder, "loghook.yaml"))).toMatchObject({
    definitions: {
      "exporters.memory": { properties: { name: { type: "string" }, token: { writeOnly: true } } },
    },
  });
});
