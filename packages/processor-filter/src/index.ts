export type { FilterConfig, Level } from "./config.ts";
export { filterProcessor } from "./factory.ts";
export { FilterLogRecordProcessor, type FilterSettings } from "./log-record-processor.ts";
export { createFilterProcessor } from "./processor.ts";
export { createTypeMatcher, type TypeAndCategory } from "./type-pattern.ts";
