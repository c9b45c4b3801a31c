import { memorySource } from "./memory-receiver.test-kit.ts";
import { memoryReceiver } from "./memory-receiver.ts";
import { receiverContract } from "./receiver-contract.ts";

receiverContract("memoryReceiver", (entries) => memorySource(entries, memoryReceiver));
