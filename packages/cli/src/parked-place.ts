import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  ConfigError,
  type LoghookConfig,
  laneIds,
  loadConfigFile,
  openStorageBeside,
  type ParkedRecord,
  type Storage,
} from "@loghook/pipeline";
import { openStorage, type SqliteStorageConfig, sqliteStorage } from "@loghook/storage-sqlite";
import { factories } from "./components.ts";
import type { Io } from "./io.ts";

/** A storage in which parked entries are looked for. */
export interface ParkedPlace {
  /** For sentences: `/var/lib/loghook`, `extensions.mine of loghook.yaml`. */
  readonly name: string;
  /** The lanes of the config. Empty where only a directory is known. */
  readonly lanes: readonly string[];
  open(how: { readonly mayRemoveParked: boolean }): Promise<Storage>;
}

export interface PlaceOptions {
  readonly config?: string;
  /** Where no config is named. */
  readonly directory: string;
}

/** @throws {ConfigError} when there is no storage, or the config cannot be read */
export async function findPlace({ config: file, directory }: PlaceOptions, io: Io): Promise<ParkedPlace> {
  if (file !== undefined) {
    return placeOfConfig(await loadConfigFile({ file, factories, env: io.env }), io.stop);
  }
  const name = existingStorage(directory);
  return {
    name,
    lanes: [],
    open: ({ mayRemoveParked: beside }) => openStorage({ directory: name, readOnly: !beside, beside }),
  };
}

/** @throws {ConfigError} when the config's storage is a directory in which there is none */
export function placeOfConfig(config: LoghookConfig, signal: AbortSignal): ParkedPlace {
  const { id, factory, config: settings } = config.storage;
  const isSqlite = (factory as unknown) === sqliteStorage;
  return {
    name: isSqlite
      ? existingStorage((settings as SqliteStorageConfig).directory)
      : `extensions.${id} of ${config.file}`,
    lanes: laneIds(config),
    open: (how) => openStorageBeside(config, { signal, ...how }),
  };
}

/** @returns the whole path of the directory */
function existingStorage(directory: string): string {
  const path = resolve(directory);
  if (existsSync(join(path, "loghook.db"))) return path;
  throw new ConfigError(`There is no storage in ${path}.`, {
    remedy:
      "--directory looks elsewhere, --config looks where that config says. loghook run makes the storage.",
  });
}

export interface SelectOptions {
  readonly storage: Storage;
  readonly place: ParkedPlace;
  /** Undefined: all. */
  readonly uids: readonly string[] | undefined;
  readonly lane?: string | undefined;
}

/** @throws {ConfigError} when neither the config nor the storage knows the lane */
export async function select(options: SelectOptions): Promise<ParkedRecord[]> {
  const { uids, lane } = options;
  const { parked } = options.storage;
  const found = uids
    ? (await Promise.all([...new Set(uids)].map((uid) => parked.list({ lane, uid })))).flat()
    : await parked.list({ lane });
  if (found.length === 0 && lane !== undefined) await requireLane(lane, options);
  return found;
}

async function requireLane(lane: string, { storage, place }: SelectOptions): Promise<void> {
  if (place.lanes.includes(lane) || (await storage.parked.count(lane)) > 0) return;
  if ((await storage.runs.list({ lane, limit: 1 })).length > 0) return;
  const kept = [...(await storage.parked.list()), ...(await storage.runs.list())];
  const known = [...new Set([...place.lanes, ...kept.map((one) => one.lane)])];
  throw new ConfigError(`There is no lane ${lane} in ${place.name}.`, {
    remedy: known.length > 0 ? `There is ${known.join(", ")}.` : "No lane has run with this storage yet.",
  });
}
