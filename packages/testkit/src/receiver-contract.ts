import { type Delivery, type LogBatch, type Receiver, SourceRefusedError } from "@loghook/pipeline";
import { describe, expect, test } from "vitest";
import { inTime } from "./in-time.ts";
import { needs } from "./needs.ts";
import { entries, lane, readAll, readSome, start, toTheEnd, uidsOf } from "./receiver-subject.ts";
import { recordTexts } from "./record-text.ts";
import type { StartSource } from "./source-under-test.ts";

/**
 * What every receiver must honour, as tests: those of `Receiver` and `Delivery` in @loghook/pipeline. Call it at the
 * top of a test file.
 */
export function receiverContract(name: string, startSource: StartSource): void {
  describe(`${name} honours the receiver contract`, () => {
    readingTests(startSource);
    acknowledgementTests(startSource);
    lateAcknowledgementTests(startSource);
    laneTests(startSource);
    followTests(startSource);
    stopTests(startSource);
    disposalTests(startSource);
  });
}

function readingTests(startSource: StartSource): void {
  test("reads every entry once, oldest first, and ends when follow is false", async () => {
    await using subject = await start(startSource);
    expect(subject.uids, "startSource was asked for this many entries").toHaveLength(entries);
    expect(await readAll(await subject.receiver()), "the uids of all that was read").toEqual(subject.uids);
  });

  test("says that it has caught up with the last entry or after it, not before", async () => {
    await using subject = await start(startSource);
    const seen: unknown[] = [];
    let seenWhenCaughtUp: unknown[] | undefined;
    for await (const delivery of (await subject.receiver()).receive(toTheEnd)) {
      seen.push(...uidsOf(delivery.batch));
      if (delivery.caughtUp) seenWhenCaughtUp ??= [...seen];
    }
    expect(seenWhenCaughtUp, "what was read when a delivery first said caughtUp").toEqual(subject.uids);
  });

  test("leaves a delivery as it is once it is given out", async () => {
    await using subject = await start(startSource);
    const given: { batch: LogBatch; texts: string[] }[] = [];
    for await (const { batch } of (await subject.receiver()).receive(toTheEnd)) {
      given.push({ batch, texts: recordTexts(batch) });
    }
    for (const { batch, texts } of given) {
      expect(recordTexts(batch), "a batch has changed while the next ones were read").toEqual(texts);
    }
  });

  test("ends without a record on an empty source", async () => {
    await using subject = await start(startSource, 0);
    const receiver = await subject.receiver();
    for await (const delivery of receiver.receive(toTheEnd)) await delivery.ack();
    expect(await readAll(receiver)).toEqual([]);
  });

  test("rejects with a SourceRefusedError when only a person can help", async (context) => {
    await using subject = await start(startSource);
    needs(subject.source.refuse, context);
    const receiver = await subject.receiver();
    await subject.source.refuse();
    const reading = readAll(receiver).catch((error: unknown) => error);
    const error = await inTime(reading, "the source turned it away, and receive() goes on", context);
    expect(error, "trying again does not help").toBeInstanceOf(SourceRefusedError);
  });
}

const goesOn = "the signal aborted, and receive() goes on";
const behind = "what is read behind the checkpoint";

function acknowledgementTests(startSource: StartSource): void {
  test.for([
    { who: "a new receiver on the same storage", restart: true },
    { who: "the same receiver", restart: false },
  ])("$who reads on after the record that was settled last", async ({ restart }) => {
    await using subject = await start(startSource);
    const receiver = await subject.receiver();
    await readSome(receiver, 1, async ([first]) => first?.ack(1));
    const next = restart ? await subject.receiver() : receiver;
    expect(await readAll(next), behind).toEqual(subject.uids.slice(1));
  });

  test("repeats everything when nothing was acknowledged", async () => {
    await using subject = await start(startSource);
    await readAll(await subject.receiver());
    expect(await readAll(await subject.receiver()), behind).toEqual(subject.uids);
  });

  test("an acknowledgement without a count settles the whole delivery", async () => {
    await using subject = await start(startSource);
    const [first] = await readSome(await subject.receiver(), 1, async ([delivery]) => delivery?.ack());
    const settled = uidsOf(first?.batch ?? []).length;
    expect(settled, "the records of the first delivery that has any").toBeGreaterThan(0);
    expect(await readAll(await subject.receiver()), behind).toEqual(subject.uids.slice(settled));
  });

  test("a growing count moves on within one delivery", async () => {
    await using subject = await start(startSource);
    await readSome(await subject.receiver(), 1, async ([delivery]) => {
      expect(delivery?.batch.length, "createReceiver: at least two entries at a time").toBeGreaterThan(1);
      await delivery?.ack(1);
      await delivery?.ack(2);
    });
    expect(await readAll(await subject.receiver()), behind).toEqual(subject.uids.slice(2));
  });

  test("an acknowledgement settles every delivery before its own", async () => {
    await using subject = await start(startSource);
    const [first] = await readSome(await subject.receiver(), 2, async ([, second]) => second?.ack(1));
    const settled = uidsOf(first?.batch ?? []).length + 1;
    expect(await readAll(await subject.receiver()), behind).toEqual(subject.uids.slice(settled));
  });

  test("reads nothing again when everything was acknowledged", async () => {
    await using subject = await start(startSource);
    for await (const delivery of (await subject.receiver()).receive(toTheEnd)) await delivery.ack();
    expect(await readAll(await subject.receiver()), behind).toEqual([]);
  });
}

/** A lane reads ahead of what is being sent, so most acknowledgements come when the reading is over. */
function lateAcknowledgementTests(startSource: StartSource): void {
  test.for([
    { moment: "the end was reached", follow: false },
    { moment: "the signal has aborted", follow: true },
  ])("an acknowledgement counts that comes after $moment", async ({ follow }, context) => {
    await using subject = await start(startSource);
    const controller = new AbortController();
    const deliveries: Delivery[] = [];
    const options = { signal: controller.signal, lane, follow };
    const reading = (async () => {
      for await (const delivery of (await subject.receiver()).receive(options)) {
        deliveries.push(delivery);
        if (delivery.caughtUp && follow) controller.abort();
      }
    })();
    await inTime(reading, goesOn, context);
    for (const delivery of deliveries) await delivery.ack();
    expect(await readAll(await subject.receiver()), behind).toEqual([]);
  });
}

function laneTests(startSource: StartSource): void {
  test("each lane has its own checkpoint", async () => {
    await using subject = await start(startSource);
    const receiver = await subject.receiver();
    for await (const delivery of receiver.receive(toTheEnd)) await delivery.ack();
    expect(await readAll(receiver, "logs/source/another"), "what another lane reads").toEqual(subject.uids);
    expect(await readAll(receiver), behind).toEqual([]);
  });

  test("lanes that read side by side get every entry each", async () => {
    await using subject = await start(startSource);
    const receiver = await subject.receiver();
    const lanes = [lane, "logs/source/another", "audit/source/exporter"];
    const read = await Promise.all(lanes.map((from) => readAll(receiver, from)));
    expect(read, "what each of three lanes has read").toEqual(lanes.map(() => subject.uids));
  });
}

function followTests(startSource: StartSource): void {
  test("goes on with new entries when follow is true", async (context) => {
    await using subject = await start(startSource);
    const { source } = subject;
    needs(source.append, context);
    const append = source.append.bind(source);
    const read: unknown[] = [];
    let wanted: readonly string[] = subject.uids;
    const following = (async () => {
      for await (const delivery of (await subject.receiver()).receive({ ...toTheEnd, follow: true })) {
        read.push(...uidsOf(delivery.batch));
        if (read.length >= entries + 2) return;
        if (delivery.caughtUp && wanted.length === entries) wanted = [...wanted, ...(await append(2))];
      }
    })();
    await inTime(following, "entries were appended, and receive() has not brought them", context);
    expect(read, "the uids of all that was read").toEqual(wanted);
  });
}

function stopTests(startSource: StartSource): void {
  test("reads nothing when the signal is aborted already", async () => {
    await using subject = await start(startSource);
    const receiver = await subject.receiver();
    const options = { signal: AbortSignal.abort(), lane, follow: true };
    const read: unknown[] = [];
    for await (const delivery of receiver.receive(options)) read.push(...uidsOf(delivery.batch));
    expect(read).toEqual([]);
  });

  test("completes without an error when the signal aborts before anything has come", async (context) => {
    await using subject = await start(startSource);
    const receiver = await subject.receiver();
    const controller = new AbortController();
    const following = readUntilStopped(receiver, controller.signal);
    controller.abort();
    await inTime(following, goesOn, context);
  });

  test.for([
    { moment: "between two deliveries", stop: (controller: AbortController) => controller.abort() },
    {
      moment: "while it waits for new entries",
      stop: (controller: AbortController) => setImmediate(() => controller.abort()),
    },
  ])("completes without an error when the signal aborts $moment", async ({ stop }, context) => {
    await using subject = await start(startSource);
    const receiver = await subject.receiver();
    const controller = new AbortController();
    const following = readUntilStopped(receiver, controller.signal, () => stop(controller));
    const read = await inTime(following, goesOn, context);
    expect(read, "the uids of all that was read").toEqual(subject.uids);
  });
}

async function readUntilStopped(
  receiver: Receiver,
  signal: AbortSignal,
  onCaughtUp: () => void = () => {},
): Promise<unknown[]> {
  const read: unknown[] = [];
  for await (const delivery of receiver.receive({ signal, lane, follow: true })) {
    read.push(...uidsOf(delivery.batch));
    if (delivery.caughtUp) onCaughtUp();
  }
  return read;
}

function disposalTests(startSource: StartSource): void {
  test("can be disposed before it is used, and again", async () => {
    await using subject = await start(startSource);
    const receiver = await subject.receiver();
    await receiver[Symbol.asyncDispose]();
    await expect(receiver[Symbol.asyncDispose]()).resolves.toBeUndefined();
  });

  test("can be disposed after it was used, and again", async () => {
    await using subject = await start(startSource);
    const receiver = await subject.receiver();
    await readAll(receiver);
    await receiver[Symbol.asyncDispose]();
    await expect(receiver[Symbol.asyncDispose]()).resolves.toBeUndefined();
  });
}
