export type { SqliteStorageConfig } from "./config.ts";
export { sqliteStorage } from "./factory.ts";
export { type OpenStorageOptions, openStorage } from "./storage.ts";
