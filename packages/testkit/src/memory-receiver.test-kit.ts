import type { LogBatch } from "@loghook/pipeline";
import { testBatch } from "./log-record.ts";
import type { MemoryReceiver, MemoryReceiverOptions } from "./memory-receiver.ts";
import type { SourceUnderTest } from "./source-under-test.ts";

const uidsOf = (records: LogBatch): string[] =>
  records.map((record) => String(record.attributes["log.record.uid"]));

/** A source in memory, which receivers over `memoryReceiver` read from. */
export function memorySource(
  entries: number,
  create: (options: MemoryReceiverOptions) => MemoryReceiver,
): SourceUnderTest {
  const records = testBatch(entries);
  const checkpoints = new Map<string, number>();
  const receivers: MemoryReceiver[] = [];
  return {
    uids: uidsOf(records),
    createReceiver() {
      const receiver = create({ records, checkpoints, pageSize: 3 });
      receivers.push(receiver);
      return receiver;
    },
    append(count) {
      const more = testBatch(count, entries + 1);
      for (const receiver of receivers) receiver.append(more);
      return uidsOf(more);
    },
    refuse: { cannot: "it knows nobody whom it could refuse" },
    async [Symbol.asyncDispose]() {},
  };
}
