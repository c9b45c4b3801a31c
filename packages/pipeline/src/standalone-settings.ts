import { systemClock } from "./clock.ts";
import type { ComponentSettings } from "./component.ts";
import { silentLogger } from "./logger.ts";
import type { StorageClient } from "./storage.ts";

/**
 * What a host gives to a component, for programs that use one without a host. Give a `storage` of your own to keep
 * checkpoints: the default forgets everything when the process ends. Other defaults: the id `standalone`, the working
 * directory, no log, the system's clock, nobody listens to events.
 */
export function standaloneSettings(given: Partial<ComponentSettings> = {}): ComponentSettings {
  return {
    id: "standalone",
    directory: process.cwd(),
    logger: silentLogger,
    clock: systemClock,
    storage: forgetfulStorage(),
    emit() {},
    ...given,
  };
}

function forgetfulStorage(): StorageClient {
  const values = new Map<string, string>();
  return {
    get: async (key) => values.get(key),
    set: async (key, value) => void values.set(key, value),
    delete: async (key) => void values.delete(key),
  };
}
