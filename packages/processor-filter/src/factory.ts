import { defineProcessor } from "@loghook/pipeline";
import { filterConfig } from "./config.ts";
import { createFilterProcessor } from "./processor.ts";

/** The processor that a config names `filter`. */
export const filterProcessor = defineProcessor({
  type: "filter",
  config: filterConfig,
  create: (config) => createFilterProcessor(config),
});
