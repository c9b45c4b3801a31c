import { expect, test } from "vitest";
import { z } from "zod";
import { settingNames } from "./config-schema.ts";
import { duration, httpUrl, secret } from "./config-values.ts";
import { branchesOf, settingSchema } from "./setting-schema.ts";

test("says what a user may write, whatever it is parsed to", () => {
  const schema = z
    .strictObject({ timeout: duration().prefault("5s").describe("How long."), size: z.int().default(5) })
    .refine(() => true)
    .transform(({ size }) => size);
  expect(settingSchema(schema)).toEqual({
    type: "object",
    properties: {
      timeout: expect.objectContaining({ type: "string", default: "5s", description: "How long." }),
      size: expect.objectContaining({ type: "integer", default: 5 }),
    },
    additionalProperties: false,
  });
});

test("a setting stays marked under everything that may be wrapped around it", () => {
  const wrapped = secret().optional().describe("A secret.");
  expect(settingSchema(wrapped)).toMatchObject({ writeOnly: true, description: "A secret." });
  expect(
    settingSchema(
      z.strictObject({
        url: httpUrl()
          .refine(() => true)
          .optional(),
      }),
    ),
  ).toMatchObject({
    properties: { url: { format: "uri" } },
  });
  const either = settingSchema(z.union([secret(), z.array(secret())]));
  expect(branchesOf(either).filter(({ writeOnly }) => writeOnly)).toHaveLength(1);
});

test("a schema of something else than zod 4 allows everything", () => {
  expect(settingSchema({ safeParse: () => ({}) } as never)).toEqual({});
});

test.for([
  { path: [], names: ["tls", "rules", "headers", "either"] },
  { path: ["tls"], names: ["ca_file"] },
  { path: ["rules", 3], names: ["path"] },
  { path: ["headers", "x"], names: ["value"] },
  { path: ["either"], names: ["a", "b"] },
  { path: ["nowhere"], names: [] },
])("at $path it knows $names", ({ path, names }) => {
  const schema = z
    .strictObject({
      tls: z.strictObject({ ca_file: z.string() }).prefault({ ca_file: "a" }),
      rules: z.array(z.strictObject({ path: z.string() })).default([]),
      headers: z.record(z.string(), z.strictObject({ value: z.string() })).optional(),
      either: z.union([z.strictObject({ a: z.string() }), z.strictObject({ b: z.string() })]),
    })
    .transform(() => 1);
  expect(settingNames(schema, path)).toEqual(names);
});
