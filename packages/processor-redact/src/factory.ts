import { defineProcessor } from "@loghook/pipeline";
import { redactConfig } from "./config.ts";
import { createRedactProcessor } from "./processor.ts";

/** The processor that a config names `redact`. */
export const redactProcessor = defineProcessor({
  type: "redact",
  description: "Takes personal data out of records: removes, masks, shortens or makes pseudonyms.",
  config: redactConfig,
  create: (config) => createRedactProcessor(config),
});
