import { testSettings } from "@loghook/testkit";
import { expect, test } from "vitest";
import { z } from "zod";
import type { ComponentFactory, ExporterFactory, ReceiverFactory } from "../component.ts";
import { defaultDelivery } from "../delivery-settings.ts";
import { ConfigError, RetryableError } from "../errors.ts";
import { readConfigDocument } from "./config-document.ts";
import { checkAgainstSchema } from "./config-schema.ts";
import { neverPrinted } from "./config-values.ts";
import { makingWhatIsPromised } from "./own-factory.ts";
import { settingSchema } from "./setting-schema.ts";

const exporter = { async export() {}, async [Symbol.asyncDispose]() {} };

/** A factory of a module as it comes into the host. */
function own<Factory extends ComponentFactory = ExporterFactory>(parts: object): Factory {
  const plain = { kind: "exporter", type: "mine", config: z.strictObject({}), create: () => exporter };
  return makingWhatIsPromised({ ...plain, ...parts } as unknown as ComponentFactory, "./mine.mjs") as Factory;
}

const settings = testSettings({ id: "mine/one" });
const make = async (parts: object): Promise<unknown> => await own(parts).create({}, settings);

test.for<[unknown, string]>([
  [new Error("no licence"), "no licence."],
  ["no licence", "no licence."],
  [undefined, "it threw undefined, which says nothing."],
])("a create that fails with %o is a fault of the module, and names both", async ([thrown, reason]) => {
  const throwing = () => {
    throw thrown;
  };
  const rejecting = () => Promise.reject(thrown);
  for (const [kind, create] of [
    ["exporter", throwing],
    ["storage", rejecting],
    ["reporter", throwing],
  ] as const) {
    const making = make({ kind, create });
    await expect(making).rejects.toThrow(ConfigError);
    await expect(making).rejects.toThrow(`The ${kind} mine/one of ./mine.mjs cannot be made: ${reason}`);
  }
});

test("a create that throws an error of ours says by itself what is to be done", async () => {
  const error = new RetryableError("The broker is not up yet.");
  await expect(make({ create: () => Promise.reject(error) })).rejects.toBe(error);
});

test("a component may come by a promise of another kind", async () => {
  // biome-ignore lint/suspicious/noThenProperty: this is what is tested
  const create = () => ({ then: (resolve: (made: unknown) => void) => resolve(exporter) });
  expect(await make({ create })).toHaveProperty("export");
});

test("a reporter that comes by a promise is refused, and is not left open", async () => {
  const disposed = Promise.withResolvers<void>();
  const create = async () => ({ [Symbol.asyncDispose]: async () => disposed.resolve() });
  await expect(make({ kind: "reporter", create })).rejects.toThrow(
    "What create of the reporter mine/one of ./mine.mjs returns is a promise, and a reporter has to be there at once.",
  );
  await disposed.promise;
});

test("the remedy for an exporter that is none speaks of an exporter", async () => {
  await expect(make({ create: () => ({}) })).rejects.toMatchObject({
    remedy: "Look into ./mine.mjs. What an exporter must have stands in the types of @loghook/pipeline.",
  });
});

test("a delivery is used when it can be gone by, and left to the host when there is none", () => {
  expect(own({ delivery: () => defaultDelivery }).delivery?.({})).toBe(defaultDelivery);
  expect(own({ delivery: () => undefined }).delivery?.({})).toBeUndefined();
  expect(own({}).delivery).toBeUndefined();
});

test.for<[() => unknown, string]>([
  [
    () => ({ ...defaultDelivery, retry: {} }),
    "The exporter mine of ./mine.mjs cannot be made: delivery.retry.initialIntervalMs is required",
  ],
  [
    () => {
      throw new TypeError("no such setting");
    },
    "The exporter mine of ./mine.mjs cannot be made, because its delivery fails: no such setting.",
  ],
])("a delivery %s is refused", ([delivery, message]) => {
  const ask = () => own({ delivery }).delivery?.({});
  expect(ask).toThrow(ConfigError);
  expect(ask).toThrow(message);
});

test("a schedule that throws is a fault of the module", () => {
  const schedule = () => {
    throw new Error("no cron");
  };
  const ask = () => own<ReceiverFactory>({ kind: "receiver", schedule }).schedule?.({});
  expect(ask).toThrow(ConfigError);
  expect(ask).toThrow("The receiver mine of ./mine.mjs cannot be made, because its schedule fails: no cron.");
});

test.for<[string, unknown, string]>([
  [
    "throws",
    {
      safeParse() {
        throw new Error("schema bug");
      },
    },
    "and fails instead: schema bug.",
  ],
  ["is async", z.strictObject({}).refine(async () => true), "and fails instead: Encountered Promise"],
  ["promises an answer", { safeParse: async () => ({ success: true }) }, "and does not"],
])("settings whose schema %s are a problem of the file", ([, config, reason]) => {
  const document = readConfigDocument("{}", { file: "loghook.yaml", env: {} });
  expect(checkAgainstSchema(own({ config }).config, document, ["exporters", "mine"])).toBeUndefined();
  expect(document.problems).toMatchObject([
    {
      path: "exporters.mine",
      message: expect.stringContaining(
        `cannot be checked: the schema of the exporter mine of ./mine.mjs must answer at once, ${reason}`,
      ),
    },
  ]);
});

test("a schema says of its settings what it said before", () => {
  const group = z.strictObject({ name: z.string().describe("A name."), size: z.int().default(3) });
  for (const config of [group, group.describe("All of it."), z.string().meta(neverPrinted)]) {
    const { config: checked } = own({ config });
    expect(settingSchema(checked)).toEqual(settingSchema(config));
  }
  const { config } = own({ config: group });
  expect(config.parse({ name: "a" })).toEqual({ name: "a", size: 3 });
  expect(config.safeParse({ name: 1 }).error?.issues).toMatchObject([{ path: ["name"] }]);
});
