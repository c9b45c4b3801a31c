import { expect, test } from "vitest";
import { z } from "zod";
import { ConfigError } from "../errors.ts";
import { integer, positiveDuration, secret } from "./config-values.ts";
import { parseSettings } from "./parse-settings.ts";

const schema = z
  .strictObject({
    url: z.string(),
    timeout: positiveDuration().prefault("20s"),
    key: secret().optional(),
    tls: z.strictObject({ ca_file: z.string().optional() }).prefault({}),
    size: integer(1, 10).default(5),
  })
  .transform(({ timeout, ...others }) => ({ ...others, timeoutMs: timeout }));

test("gives what the schema makes of the settings", () => {
  expect(parseSettings(schema, { url: "x" }, "Sink")).toMatchObject({ url: "x", timeoutMs: 20_000, size: 5 });
});

test.for([
  { settings: {}, said: "url is required" },
  { settings: undefined, said: "the settings must be a group of settings, found nothing" },
  { settings: { url: 7 }, said: "url must be a text, found 7" },
  { settings: { url: "x", timeout: "0s" }, said: "timeout must be longer than 0s" },
  { settings: { url: "x", key: 1234 }, said: "key must be a text" },
  {
    settings: { url: "x", timeuot: "1s" },
    said: "timeuot is not a setting (did you mean timeout)",
  },
  {
    settings: { url: "x", tls: { something: "else" } },
    said: "tls.something is not a setting (there are ca_file)",
  },
  { settings: { size: 11 }, said: "url is required; size must be a whole number from 1 to 10, found 11" },
])("refuses $settings with a sentence", ({ settings, said }) => {
  const parse = () => parseSettings(schema, settings, "Sink");
  expect(parse).toThrow(ConfigError);
  expect(parse).toThrow(`Sink cannot be made: ${said}.`);
});
