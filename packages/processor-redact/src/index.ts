export type { ActionName } from "./actions.ts";
export { type RedactConfig, redactConfig } from "./config.ts";
export { redactProcessor } from "./factory.ts";
export { createRedactProcessor } from "./processor.ts";
