import { settingSchema } from "@loghook/pipeline";
import { expect, test } from "vitest";
import { z } from "zod";
import { settingRows } from "./setting-rows.ts";

test("has groups, lists of groups and kinds of groups, each setting once", () => {
  const rule = z.discriminatedUnion("action", [
    z.strictObject({
      action: z.literal("mask").describe("What to do."),
      length: z.int().default(3).describe("How many."),
    }),
    z.strictObject({ action: z.literal("drop").describe("What to do.") }),
  ]);
  const schema = z.strictObject({
    url: z.string().describe("Where to."),
    tls: z.strictObject({ ca_file: z.string().optional().describe("Whom to trust.") }).prefault({}),
    rules: z.array(rule).default([]).describe("What to change."),
    headers: z.record(z.string(), z.string()).optional().describe("More headers."),
  });
  expect(settingRows(settingSchema(schema))).toEqual([
    { name: "url", default: "required", meaning: "Where to." },
    { name: "tls.ca_file", default: "", meaning: "Whom to trust." },
    { name: "rules", default: "[]", meaning: "What to change." },
    { name: "rules[].action", default: "required", meaning: "What to do." },
    { name: "rules[].length", default: "3", meaning: "How many." },
    { name: "headers", default: "", meaning: "More headers." },
  ]);
});
