import type { Storage } from "@loghook/pipeline";

/** Makes a new, empty storage. What it needs beside itself, such as a folder, goes when the storage is disposed. */
export type CreateStorage = () => Storage | Promise<Storage>;

/** A folder or a database in which a storage keeps things. Disposed of after each test, and after its storage. */
export interface StoragePlace extends AsyncDisposable {
  /** Opens the storage in this place; again when the one before was disposed of. */
  open(): Storage | Promise<Storage>;
}

/** Where storages keep what they are given, for `storageContract`. */
export interface StoragePlaces {
  /** Makes a new, empty place, for one test. */
  start(): StoragePlace | Promise<StoragePlace>;
}

/** A storage that takes its place with it. */
export async function openAlone(places: StoragePlaces): Promise<Storage> {
  const place = await places.start();
  const storage = await place.open();
  return {
    client: (owner) => storage.client(owner),
    runs: storage.runs,
    parked: storage.parked,
    ledger: storage.ledger,
    async [Symbol.asyncDispose]() {
      await storage[Symbol.asyncDispose]();
      await place[Symbol.asyncDispose]();
    },
  };
}
