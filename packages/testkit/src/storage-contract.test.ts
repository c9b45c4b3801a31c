import { memoryStorage } from "./memory-storage.ts";
import { storageContract } from "./storage-contract.ts";

storageContract("memoryStorage", memoryStorage);
