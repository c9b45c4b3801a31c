import { expect, test } from "vitest";
import { z } from "zod";
import { defineExporter, type Exporter, type ExporterFactory } from "./component.ts";
import { createComponentPool } from "./component-pool.ts";
import type { Configured } from "./config/config.ts";

const factory = defineExporter({
  type: "out",
  config: z.strictObject({}),
  create: () => {
    throw new Error("made by the test");
  },
}) as ExporterFactory;

const configured = (id: string, fingerprint = "a"): Configured<ExporterFactory> => ({
  id,
  factory,
  config: {},
  fingerprint,
});

function pool({ fails = false } = {}) {
  const made: string[] = [];
  const disposed: string[] = [];
  const components = createComponentPool<ExporterFactory, Exporter>({
    async make({ id, fingerprint }) {
      if (fails) throw new Error(`${id} cannot be made.`);
      made.push(`${id} ${fingerprint}`);
      return { export: async () => {}, async [Symbol.asyncDispose]() {} };
    },
    end: async ({ id, fingerprint }) => void disposed.push(`${id} ${fingerprint}`),
  });
  return { components, made, disposed };
}

test("the same id and settings are one component, disposed of when the last has given it back", async () => {
  const { components, made, disposed } = pool();
  const [one, two] = await Promise.all([
    components.lease(configured("out")),
    components.lease(configured("out")),
  ]);
  expect(one.component).toBe(two.component);
  expect(made).toEqual(["out a"]);
  await one[Symbol.asyncDispose]();
  expect(disposed).toEqual([]);
  await two[Symbol.asyncDispose]();
  expect(disposed).toEqual(["out a"]);
});

test("other settings are another component, and so is one that was disposed of before", async () => {
  const { components, made } = pool();
  await using first = await components.lease(configured("out"));
  await using second = await components.lease(configured("out", "b"));
  expect(first.component).not.toBe(second.component);
  const third = await components.lease(configured("out/2"));
  await third[Symbol.asyncDispose]();
  await using again = await components.lease(configured("out/2"));
  expect(again.component).not.toBe(third.component);
  expect(made).toEqual(["out a", "out b", "out/2 a", "out/2 a"]);
});

test("what cannot be made is tried anew by the next one who asks", async () => {
  const { components } = pool({ fails: true });
  await expect(components.lease(configured("out"))).rejects.toThrow("out cannot be made.");
  await expect(components.lease(configured("out"))).rejects.toThrow("out cannot be made.");
});
