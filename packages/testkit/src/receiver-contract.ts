import type { ComponentSettings, Delivery, LogBatch, Receiver, StorageClient } from "@loghook/pipeline";
import { describe, expect, test } from "vitest";
import { memoryStorage } from "./memory-storage.ts";
import { testSettings } from "./settings.ts";

/** A source that a receiver reads from. Disposed after each test, and after the receivers that read from it. */
export interface SourceUnderTest extends AsyncDisposable {
  /** The uids of its entries, in the order in which they must arrive. */
  readonly uids: readonly string[];
  /**
   * Makes a receiver that starts at the oldest entry and reads a few entries at a time, at least two. Called more than
   * once with the same storage, to play a restart.
   */
  createReceiver(settings: ComponentSettings): Receiver | Promise<Receiver>;
}

/** Starts a source that holds this many entries, and to which none is added. */
export type StartSource = (entries: number) => SourceUnderTest | Promise<SourceUnderTest>;

/**
 * What every receiver must honour, as tests: those of `Receiver` and `Delivery` in @loghook/pipeline. Call it at the
 * top of a test file.
 */
export function receiverContract(name: string, startSource: StartSource): void {
  describe(`${name} honours the receiver contract`, () => {
    readingTests(startSource);
    acknowledgementTests(startSource);
    stopTests(startSource);
  });
}

const entries = 7;
const lane = "logs/source/exporter";
const neverAborted = new AbortController().signal;

/** A source and a storage. */
interface Subject extends AsyncDisposable {
  readonly uids: readonly string[];
  /** A new receiver on the same source and storage, as after a restart of the process. */
  receiver(): Promise<Receiver>;
}

async function start(startSource: StartSource, count: number = entries): Promise<Subject> {
  const source = await startSource(count);
  const storage: StorageClient = memoryStorage().client("receiver");
  const receivers: Receiver[] = [];
  return {
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

function deliveriesOf(receiver: Receiver, from: string = lane): AsyncIterable<Delivery> {
  return receiver.receive({ signal: neverAborted, lane: from, follow: false });
}

function uidsOf(batch: LogBatch): string[] {
  return batch.map((record) => String(record.attributes["log.record.uid"]));
}

/** Reads to the end without acknowledging anything. */
async function readAll(receiver: Receiver, from?: string): Promise<string[]> {
  const uids: string[] = [];
  for await (const delivery of deliveriesOf(receiver, from)) uids.push(...uidsOf(delivery.batch));
  return uids;
}

/** Reads until `count` deliveries with records have come, lets `act` acknowledge, and leaves the rest unread. */
async function readSome(
  receiver: Receiver,
  count: number,
  act: (deliveries: readonly Delivery[]) => Promise<void>,
): Promise<readonly Delivery[]> {
  const deliveries: Delivery[] = [];
  for await (const delivery of deliveriesOf(receiver)) {
    if (delivery.batch.length > 0) deliveries.push(delivery);
    if (deliveries.length === count) {
      await act(deliveries);
      break;
    }
  }
  return deliveries;
}

function readingTests(startSource: StartSource): void {
  test("reads every entry once, oldest first, and ends when follow is false", async () => {
    await using subject = await start(startSource);
    expect(subject.uids).toHaveLength(entries);
    expect(await readAll(await subject.receiver())).toEqual(subject.uids);
  });

  test("says that it has caught up with the last entry or after it, not before", async () => {
    await using subject = await start(startSource);
    const seen: string[] = [];
    let seenWhenCaughtUp: string[] | undefined;
    for await (const delivery of deliveriesOf(await subject.receiver())) {
      seen.push(...uidsOf(delivery.batch));
      if (delivery.caughtUp) seenWhenCaughtUp ??= [...seen];
    }
    expect(seenWhenCaughtUp).toEqual(subject.uids);
  });

  test("ends without a record on an empty source", async () => {
    await using subject = await start(startSource, 0);
    const receiver = await subject.receiver();
    for await (const delivery of deliveriesOf(receiver)) await delivery.ack();
    expect(await readAll(receiver)).toEqual([]);
  });
}

function acknowledgementTests(startSource: StartSource): void {
  test.for([
    { again: "from the same receiver", restart: false },
    { again: "after a restart", restart: true },
  ])("goes on after the last acknowledged record, $again", async ({ restart }) => {
    await using subject = await start(startSource);
    const receiver = await subject.receiver();
    await readSome(receiver, 1, async ([first]) => first?.ack(1));
    expect(await readAll(restart ? await subject.receiver() : receiver)).toEqual(subject.uids.slice(1));
  });

  test("repeats everything when nothing was acknowledged", async () => {
    await using subject = await start(startSource);
    await readAll(await subject.receiver());
    expect(await readAll(await subject.receiver())).toEqual(subject.uids);
  });

  test("an acknowledgement without a count settles the whole delivery", async () => {
    await using subject = await start(startSource);
    const [first] = await readSome(await subject.receiver(), 1, async ([delivery]) => delivery?.ack());
    const settled = uidsOf(first?.batch ?? []).length;
    expect(settled).toBeGreaterThan(0);
    expect(await readAll(await subject.receiver())).toEqual(subject.uids.slice(settled));
  });

  test("a growing count moves on within one delivery", async () => {
    await using subject = await start(startSource);
    await readSome(await subject.receiver(), 1, async ([delivery]) => {
      await delivery?.ack(1);
      await delivery?.ack(2);
    });
    expect(await readAll(await subject.receiver())).toEqual(subject.uids.slice(2));
  });

  test("an acknowledgement settles every delivery before its own", async () => {
    await using subject = await start(startSource);
    const [first] = await readSome(await subject.receiver(), 2, async ([, second]) => second?.ack(1));
    const settled = uidsOf(first?.batch ?? []).length + 1;
    expect(await readAll(await subject.receiver())).toEqual(subject.uids.slice(settled));
  });

  test("reads nothing again when everything was acknowledged", async () => {
    await using subject = await start(startSource);
    for await (const delivery of deliveriesOf(await subject.receiver())) await delivery.ack();
    expect(await readAll(await subject.receiver())).toEqual([]);
  });

  test("each lane has its own checkpoint", async () => {
    await using subject = await start(startSource);
    const receiver = await subject.receiver();
    for await (const delivery of deliveriesOf(receiver)) await delivery.ack();
    expect(await readAll(receiver, "logs/source/another")).toEqual(subject.uids);
    expect(await readAll(receiver)).toEqual([]);
  });
}

function stopTests(startSource: StartSource): void {
  test("reads nothing when the signal is aborted already", async () => {
    await using subject = await start(startSource);
    const receiver = await subject.receiver();
    const options = { signal: AbortSignal.abort(), lane, follow: true };
    const read: string[] = [];
    for await (const delivery of receiver.receive(options)) read.push(...uidsOf(delivery.batch));
    expect(read).toEqual([]);
  });

  test.for([
    { moment: "between two deliveries", stop: (controller: AbortController) => controller.abort() },
    {
      moment: "while it waits for new entries",
      stop: (controller: AbortController) => setImmediate(() => controller.abort()),
    },
  ])("completes without an error when the signal aborts $moment", async ({ stop }) => {
    await using subject = await start(startSource);
    const receiver = await subject.receiver();
    const controller = new AbortController();
    const read: string[] = [];
    for await (const delivery of receiver.receive({ signal: controller.signal, lane, follow: true })) {
      read.push(...uidsOf(delivery.batch));
      if (delivery.caughtUp) stop(controller);
    }
    expect(read).toEqual(subject.uids);
  });

  test("can be disposed before it is used, and again", async () => {
    await using subject = await start(startSource);
    const receiver = await subject.receiver();
    await receiver[Symbol.asyncDispose]();
    await expect(receiver[Symbol.asyncDispose]()).resolves.toBeUndefined();
  });
}
