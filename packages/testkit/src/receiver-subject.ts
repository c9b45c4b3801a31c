import type { Delivery, LogBatch, ReceiveOptions, Receiver, StorageClient } from "@loghook/pipeline";
import { memoryStorage } from "./memory-storage.ts";
import { testSettings } from "./settings.ts";
import type { SourceUnderTest, StartSource } from "./source-under-test.ts";

/** How many a source holds, unless told otherwise. */
export const entries = 7;
export const lane = "logs/source/exporter";
export const toTheEnd: ReceiveOptions = {
  signal: new AbortController().signal,
  lane,
  follow: false,
};

/** A source and a storage. */
export interface Subject extends AsyncDisposable {
  readonly source: SourceUnderTest;
  readonly uids: readonly string[];
  /** A new receiver on the same source and storage, as after a restart of the process. */
  receiver(): Promise<Receiver>;
}

export async function start(startSource: StartSource, count: number = entries): Promise<Subject> {
  const source = await startSource(count);
  const storage: StorageClient = memoryStorage().client("receiver");
  const receivers: Receiver[] = [];
  return {
    source,
    uids: source.uids,
    async receiver() {
      const receiver = await source.createReceiver(testSettings({ storage }));
      receivers.push(receiver);
      return receiver;
    },
    async [Symbol.asyncDispose]() {
      for (const receiver of receivers) await receiver[Symbol.asyncDispose]();
      await source[Symbol.asyncDispose]();
    },
  };
}

/** Texts, if the receiver makes no other uids of them. */
export function uidsOf(batch: LogBatch): unknown[] {
  return batch.map((record) => record.attributes["log.record.uid"]);
}

/** Reads to the end without acknowledging anything. */
export async function readAll(receiver: Receiver, from: string = lane): Promise<unknown[]> {
  const uids: unknown[] = [];
  for await (const delivery of receiver.receive({ ...toTheEnd, lane: from })) {
    uids.push(...uidsOf(delivery.batch));
  }
  return uids;
}

/** Reads until `count` deliveries with records have come, lets `act` acknowledge, and leaves the rest unread. */
export async function readSome(
  receiver: Receiver,
  count: number,
  act: (deliveries: readonly Delivery[]) => Promise<void>,
): Promise<readonly Delivery[]> {
  const deliveries: Delivery[] = [];
  for await (const delivery of receiver.receive(toTheEnd)) {
    if (delivery.batch.length > 0) deliveries.push(delivery);
    if (deliveries.length === count) {
      await act(deliveries);
      break;
    }
  }
  return deliveries;
}
