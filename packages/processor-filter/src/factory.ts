import { defineProcessor } from "@loghook/pipeline";
import { filterConfig } from "./config.ts";
import { createFilterProcessor } from "./processor.ts";

/** The processor that a config names `filter`. */
export const filterProcessor = defineProcessor({
  type: "filter",
  description: "Keeps the records of some levels, types and categories.",
  config: filterConfig,
  create: (config) => createFilterProcessor(config),
});
