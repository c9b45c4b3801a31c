import { type Clock, systemClock } from "./clock.ts";
import { type ComponentLife, createComponentLife } from "./component-life.ts";
import type { LoghookConfig } from "./config/config.ts";
import { ConfigError } from "./errors.ts";
import { type Logger, silentLogger } from "./logger.ts";
import type { Storage, StorageClient } from "./storage.ts";

export interface OpenBesideOptions {
  readonly life: ComponentLife;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Default: false, nothing can be written. */
  readonly mayRemoveParked?: boolean;
}

/**
 * Opens the storage of a config beside the loghook that runs with it, or where none does.
 *
 * @throws {ConfigError} when the storage can only be opened by its owner, {StorageError} when it cannot be opened
 */
export async function openBeside(
  { storage: { id, factory, config } }: LoghookConfig,
  { life, logger, clock, mayRemoveParked = false }: OpenBesideOptions,
): Promise<Storage> {
  const { createReader } = factory;
  if (!createReader) {
    throw new ConfigError(`The storage extensions.${id} can only be opened by the loghook that runs.`, {
      remedy: "Use sqlite_storage, or give the factory of this storage a createReader.",
    });
  }
  const settings = { id, logger, clock, mayRemoveParked };
  return await life.make(`extensions.${id}`, () => createReader.call(factory, config, settings));
}

/** For a component to close. */
export const graceMs = 30_000;

export interface StorageBesideOptions {
  /** Ends the waiting for a storage that does not open. */
  readonly signal: AbortSignal;
  /** Default: false, nothing can be written. */
  readonly mayRemoveParked?: boolean;
}

/**
 * The same for who needs nothing else of the config: to look at what is kept, or to remove what is parked.
 *
 * @throws {ConfigError} when the storage can only be opened by its owner, {StorageError} when it cannot be opened
 */
export async function openStorageBeside(
  config: LoghookConfig,
  { signal, mayRemoveParked = false }: StorageBesideOptions,
): Promise<Storage> {
  const parts = { logger: silentLogger, clock: systemClock };
  const life = createComponentLife({ ...parts, stop: signal, graceMs });
  const storage = await openBeside(config, { ...parts, life, mayRemoveParked });
  return {
    client: (owner) => storage.client(owner),
    runs: storage.runs,
    parked: storage.parked,
    ledger: storage.ledger,
    [Symbol.asyncDispose]: () => life.end(`extensions.${config.storage.id}`, storage),
  };
}

/** Reads what the storage has, and keeps what is written to itself. */
export function withoutWriting(client: StorageClient): StorageClient {
  const written = new Map<string, string | undefined>();
  return {
    get: async (key) => (written.has(key) ? written.get(key) : await client.get(key)),
    set: async (key, value) => void written.set(key, value),
    delete: async (key) => void written.set(key, undefined),
  };
}
