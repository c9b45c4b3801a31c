// Storages with a fault each. contract-faults.test.ts looks at what the suite says about them.
import { setImmediate as nextTurn } from "node:timers/promises";
import type { RunRecord, Storage, StorageClient } from "@loghook/pipeline";
import { memoryStorage } from "./memory-storage.ts";
import { storageContract } from "./storage-contract.ts";

/** @param change what differs from a sound one */
function faulty(fault: string, change: (sound: Storage) => Partial<Storage>): void {
  storageContract(fault, () => {
    const sound = memoryStorage();
    return { ...sound, ...change(sound) };
  });
}

faulty("has one name for owner and key together", (sound) => ({
  client: (owner) => {
    const all = sound.client("all");
    const named = (key: string): string => `${owner}/${key}`;
    return {
      get: (key) => all.get(named(key)),
      set: (key, value) => all.set(named(key), value),
      delete: (key) => all.delete(named(key)),
    };
  },
}));

faulty("writes the whole file anew for each value", (sound) => {
  const file = sound.client("file");
  const write = async (change: (values: Record<string, string>) => void): Promise<void> => {
    const values = JSON.parse((await file.get("content")) ?? "{}");
    await nextTurn();
    change(values);
    await file.set("content", JSON.stringify(values));
  };
  const client = (owner: string): StorageClient => ({
    get: async (key) => JSON.parse((await file.get("content")) ?? "{}")[JSON.stringify([owner, key])],
    set: (key, value) =>
      write((values) => void Object.assign(values, { [JSON.stringify([owner, key])]: value })),
    delete: (key) => write((values) => void delete values[JSON.stringify([owner, key])]),
  });
  return { client };
});

faulty("lists all runs, whatever is asked", (sound) => ({
  runs: { ...sound.runs, list: () => sound.runs.list({ limit: 1000 }) },
}));

faulty("adds a run again when it is saved again", (sound) => {
  const ids = new Set<string>();
  const save = async (run: RunRecord): Promise<void> => {
    const id = ids.has(run.id) ? `${run.id} again` : run.id;
    ids.add(id);
    await sound.runs.save({ ...run, id });
  };
  return { runs: { ...sound.runs, save } };
});

storageContract("forgets everything when it is closed", {
  start: () => ({ open: memoryStorage, async [Symbol.asyncDispose]() {} }),
});
