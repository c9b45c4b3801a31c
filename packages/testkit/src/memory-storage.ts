import { type Clock, type RunRecord, type Storage, type StorageClient, systemClock } from "@loghook/pipeline";
import { memoryLedger } from "./memory-ledger.ts";
import { memoryParked } from "./memory-parked.ts";

export interface MemoryStorageOptions {
  /** How far back the ledger reaches, in milliseconds; 0: none is kept. Default: it forgets nothing. */
  readonly ledgerWindowMs?: number | undefined;
  /** What the window is measured by. Default: the system's clock. */
  readonly clock?: Clock | undefined;
}

/** A storage that forgets everything with the process. Honours the same contract as storage-sqlite. */
export function memoryStorage(options: MemoryStorageOptions = {}): Storage {
  const { ledgerWindowMs: windowMs = Number.POSITIVE_INFINITY, clock = systemClock } = options;
  const owners = new Map<string, Map<string, string>>();
  const runs = new Map<string, RunRecord>();
  return {
    client(owner) {
      const values = owners.get(owner) ?? new Map<string, string>();
      owners.set(owner, values);
      return memoryStorageClient(values);
    },
    runs: {
      async save(run) {
        runs.set(run.id, run);
      },
      async list({ lane, status, since, limit = 50 } = {}) {
        return [...runs.values()]
          .filter((run) => lane === undefined || run.lane === lane)
          .filter((run) => status === undefined || run.status === status)
          .filter((run) => since === undefined || run.endedAt === undefined || run.endedAt >= since)
          .sort((a, b) => b.startedAt - a.startedAt)
          .slice(0, limit);
      },
    },
    parked: memoryParked(),
    ledger: windowMs === 0 ? undefined : memoryLedger({ clock, windowMs }),
    async [Symbol.asyncDispose]() {},
  };
}

function memoryStorageClient(values: Map<string, string>): StorageClient {
  return {
    async get(key) {
      return values.get(key);
    },
    async set(key, value) {
      values.set(key, value);
    },
    async delete(key) {
      values.delete(key);
    },
  };
}
