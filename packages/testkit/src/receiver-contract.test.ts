import { testBatch } from "./log-record.ts";
import { memoryReceiver } from "./memory-receiver.ts";
import { receiverContract } from "./receiver-contract.ts";

receiverContract("memoryReceiver", (entries) => {
  const records = testBatch(entries);
  const checkpoints = new Map<string, number>();
  return {
    uids: records.map((record) => String(record.attributes["log.record.uid"])),
    createReceiver: () => memoryReceiver({ records, checkpoints, pageSize: 3 }),
    async [Symbol.asyncDispose]() {},
  };
});
