import { join } from "node:path";
import { ConfigError } from "@loghook/pipeline";
import { testBatch } from "@loghook/testkit";
import type { InMemoryLogRecordExporter } from "@opentelemetry/sdk-logs";
import { expect, test } from "vitest";
import { otelConfig } from "./config.ts";
import { makeLogRecordExporter } from "./make-log-record-exporter.ts";

const directory = join(import.meta.dirname, "..", "testdata");

function make(settings: object) {
  const setting = (key: string) => `exporters.otel.${key}`;
  return makeLogRecordExporter(otelConfig.parse(settings), { directory, setting });
}

test.for([
  { module: "./exporters.mjs", export: "AsClass" },
  { module: "./exporters.mjs", export: "asFunction" },
  { module: "./exporters.mjs", export: "asArrow" },
  { module: "./exporters.mjs", export: "asAsync" },
  { module: "./exporters.mjs" },
  { module: "./typed.ts", export: "AsClass" },
  { module: "./common.cjs", export: "AsClass" },
  { module: "./common.cjs", export: "hidden" },
  { module: "./common-default.cjs" },
])("makes the exporter of $module $export, with the options as they are", async (settings) => {
  const options = { url: "x", headers: { a: "1" }, list: [1, true, null], made: { of: "anything" } };
  const exporter = await make({ ...settings, options });
  expect((exporter as unknown as { options: unknown }).options).toBe(options);
});

test.for([{ options: undefined }, { options: null }, { options: [1] }, { options: "a text" }])(
  "options may be anything, such as $options",
  async ({ options }) => {
    const exporter = await make({ module: "./exporters.mjs", options });
    expect((exporter as unknown as { options: unknown }).options).toEqual(options);
  },
);

test("makes the SDK's own exporters, which take no options", async () => {
  const made = await make({ module: "@opentelemetry/sdk-logs", export: "InMemoryLogRecordExporter" });
  const batch = testBatch(2);
  await new Promise((resolve) => made.export(batch, resolve));
  expect((made as InMemoryLogRecordExporter).getFinishedLogRecords()).toEqual(batch);
});

test.for([
  {
    settings: { module: "./missing.ts" },
    message: /^exporters\.otel\.module cannot be used\. There is no file .*missing\.ts\.$/,
    remedy: "Write the path as seen from the folder of the config file, with the ending of the file.",
  },
  {
    settings: { module: "@acme/missing" },
    message: /^exporters\.otel\.module cannot be used\. There is no package @acme\/missing to be found/,
    remedy: 'Run "npm install @acme/missing" in the folder of the config file.',
  },
  {
    settings: { module: "./throws.mjs" },
    message: "exporters.otel.module cannot be used. ./throws.mjs fails while it is loaded: No licence.",
    remedy: /^Look into .*throws\.mjs\.$/,
  },
  {
    settings: { module: "@opentelemetry/exporter-logs-otlp-http", export: "OTLPLogExpoter" },
    message:
      "exporters.otel.export: @opentelemetry/exporter-logs-otlp-http has no export OTLPLogExpoter. " +
      "Of classes and functions it has OTLPLogExporter.",
    remedy: "Did you mean OTLPLogExporter?",
  },
  {
    settings: { module: "@opentelemetry/exporter-logs-otlp-http" },
    message:
      "exporters.otel.export: @opentelemetry/exporter-logs-otlp-http has no export default. " +
      "Of classes and functions it has OTLPLogExporter.",
    remedy: "Name the class of the exporter, or a function that makes it.",
  },
  {
    settings: { module: "./wrong.mjs", export: "settings" },
    message:
      "exporters.otel.export: settings of ./wrong.mjs is no class. " +
      "Of classes and functions it has Half, Nothing, broken, nothing, rejects.",
    remedy: "Name the class of the exporter, or a function that makes it.",
  },
  {
    settings: { module: "./empty.mjs" },
    message:
      "exporters.otel.export: ./empty.mjs has no export default. Of classes and functions it has none.",
    remedy: "Name the class of the exporter, or a function that makes it.",
  },
  {
    settings: { module: "./wrong.mjs", export: "Half" },
    message:
      "exporters.otel.export: what Half of ./wrong.mjs makes is no OpenTelemetry log exporter. It has no shutdown.",
    remedy: "Name a class or a function that makes a LogRecordExporter of @opentelemetry/sdk-logs.",
  },
  ...["Nothing", "nothing"].map((name) => ({
    settings: { module: "./wrong.mjs", export: name },
    message: `exporters.otel.export: what ${name} of ./wrong.mjs makes is no OpenTelemetry log exporter. It has no export and no shutdown.`,
    remedy: "Name a class or a function that makes a LogRecordExporter of @opentelemetry/sdk-logs.",
  })),
  ...["broken", "rejects"].map((name) => ({
    settings: { module: "./wrong.mjs", export: name },
    message: `exporters.otel.options: ${name} of ./wrong.mjs does not take them: url is missing`,
    remedy: "See what the exporter wants in its own documentation.",
  })),
  {
    settings: { module: "./exporters.mjs", options: { timeoutMillis: 30_000 } },
    message: "exporters.otel.timeout must be longer than exporters.otel.options.timeoutMillis.",
    remedy: "It has 30000 ms, and the exporter goes on for 30000 ms.",
  },
])("refuses $settings with a sentence", async ({ settings, message, remedy }) => {
  const error = await make(settings).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(ConfigError);
  const matching = (text: string | RegExp) => (typeof text === "string" ? text : expect.stringMatching(text));
  expect((error as ConfigError).message).toEqual(matching(message));
  expect((error as ConfigError).remedy).toEqual(matching(remedy));
});
