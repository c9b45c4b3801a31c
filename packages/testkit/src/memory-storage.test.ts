import { memoryStorage } from "./memory-storage.ts";
import { storageContract } from "./storage-contract.ts";

storageContract("memoryStorage", memoryStorage);

storageContract("memoryStorage of a place that outlives it", {
  start() {
    const storage = memoryStorage();
    return { open: () => storage, async [Symbol.asyncDispose]() {} };
  },
});
