import { defineStorage, type StorageFactory } from "@loghook/pipeline";
import { type SqliteStorageConfig, sqliteStorageConfig } from "./config.ts";
import { openStorage } from "./storage.ts";

/** Checkpoints, parked entries, the ledger, tokens and the history of runs in one SQLite file. */
export const sqliteStorage: StorageFactory<SqliteStorageConfig> = defineStorage({
  type: "sqlite_storage",
  description:
    "Keeps checkpoints, parked entries, the ledger, tokens and the history of runs in one SQLite file.",
  config: sqliteStorageConfig,
  create: (config, { clock, logger }) => openStorage({ ...config, clock, logger }),
  createReader: (config, { clock, logger, mayRemoveParked = false }) =>
    openStorage({ ...config, clock, logger, readOnly: !mayRemoveParked, beside: mayRemoveParked }),
});
