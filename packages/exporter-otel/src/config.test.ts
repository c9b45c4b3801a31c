import { defaultDelivery } from "@loghook/pipeline";
import { expect, test } from "vitest";
import { otelConfig } from "./config.ts";

test("only the module has to be named", () => {
  expect(otelConfig.parse({ module: "@acme/sink" })).toEqual({
    module: "@acme/sink",
    exportName: "default",
    options: undefined,
    timeoutMs: 30_000,
    delivery: defaultDelivery,
  });
});

test("options are passed on as they are written", () => {
  const options = { url: "http://127.0.0.1:4317", headers: { a: null }, list: [1, [true]] };
  expect(otelConfig.parse({ module: "./x.ts", options }).options).toBe(options);
});

test.for([
  { settings: {}, path: "module" },
  { settings: { module: "" }, path: "module" },
  { settings: { module: 7 }, path: "module" },
  { settings: { module: "x", export: "" }, path: "export" },
  { settings: { module: "x", timeout: "0s" }, path: "timeout" },
  { settings: { module: "x", timeout: 5 }, path: "timeout" },
  { settings: { module: "x", concurrency: 0 }, path: "concurrency" },
  { settings: { module: "x", url: "y" }, path: "" },
])("refuses $settings at $path", ({ settings, path }) => {
  const { error } = otelConfig.safeParse(settings);
  expect(error?.issues.map((issue) => issue.path.join("."))).toEqual([path]);
});
