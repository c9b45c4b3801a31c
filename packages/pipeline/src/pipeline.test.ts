import { setImmediate as turn } from "node:timers/promises";
import {
  manualClock,
  memoryExporter,
  memoryReceiver,
  memoryStorage,
  testBatch,
  testRecord,
} from "@loghook/testkit";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { describe, expect, test } from "vitest";
import { systemClock } from "./clock.ts";
import type { Delivery, LogBatch, Processor, Receiver } from "./component.ts";
import { ComponentError, RecordsRejectedError, RetryableError, StorageError } from "./errors.ts";
import { type Lane, type PassOptions, runPass } from "./pipeline.ts";
import { sourceJson, withSource } from "./record-source.ts";
import type { PipelineEvent } from "./telemetry.ts";

const never = new AbortController().signal;
const uid = (record: ReadableLogRecord): unknown => record.attributes["log.record.uid"];
const uids = (count: number, first = 1): unknown[] => testBatch(count, first).map(uid);

/** Keeps one record in `n`. */
const oneIn = (n: number): Processor => ({
  process: (batch) => batch.filter((record) => BigInt(String(uid(record)).slice(3)) % BigInt(n) === 0n),
});

type LaneParts = Pick<Lane, "receiver" | "exporter"> &
  Partial<Omit<Lane, "processors">> & { readonly processors?: readonly Processor[] };

function lane({ processors = [], ...parts }: LaneParts): Lane {
  const { parked, ledger } = memoryStorage();
  return {
    id: "logs/memory/memory",
    processors: processors.map((processor, index) => ({ id: `step/${index + 1}`, processor })),
    delivery: {
      maxBatchSize: 100,
      concurrency: 5,
      retry: { initialIntervalMs: 1, maxIntervalMs: 1, maxElapsedMs: undefined },
    },
    schedule: undefined,
    storage: memoryStorage().client("lane"),
    parked,
    ledger,
    ...parts,
  };
}

function options(overrides: Partial<PassOptions> = {}): PassOptions {
  return { follow: false, stop: never, abort: never, clock: systemClock, emit: () => {}, ...overrides };
}

const retry = { initialIntervalMs: 1, maxIntervalMs: 1, maxElapsedMs: undefined };

/** A receiver that does what the test writes. Nothing is kept of what is acknowledged. */
function scripted(
  receive: (options: Parameters<Receiver["receive"]>[0]) => AsyncIterable<Omit<Delivery, "ack">>,
): Receiver {
  return {
    async *receive(receiveOptions) {
      for await (const delivery of receive(receiveOptions)) yield { ...delivery, ack: async () => {} };
    },
    async [Symbol.asyncDispose]() {},
  };
}

/** What a promise rejects with, once everything has gone on that can go on without the clock. */
async function rejectionNow(promise: Promise<unknown>): Promise<unknown> {
  const rejection = promise.then(
    () => "resolved",
    (error: unknown) => error,
  );
  return Promise.race([rejection, turn("pending")]);
}

describe("the way of a record", () => {
  test("delivers everything and moves the checkpoint to the end", async () => {
    const receiver = memoryReceiver({ records: testBatch(1000) });
    const exporter = memoryExporter();
    await runPass(lane({ receiver, exporter }), options());
    expect(new Set(exporter.taken)).toEqual(new Set(uids(1000)));
    expect(exporter.taken).toHaveLength(1000);
    expect(receiver.checkpoint("logs/memory/memory")).toBe(1000);
  });

  test("notes in the ledger what became of each entry, and by whom, before the checkpoint moves over it", async () => {
    const { ledger } = memoryStorage();
    const receiver = memoryReceiver({ records: testBatch(250) });
    const ahead: unknown[] = [];
    const watched: Receiver = {
      ...receiver,
      async *receive(receiveOptions) {
        for await (const delivery of receiver.receive(receiveOptions)) {
          const ack = async (count = delivery.batch.length): Promise<void> => {
            const settled = await ledger?.read(receiveOptions.lane);
            const unknown = delivery.batch
              .slice(0, count)
              .filter((record) => !settled?.get(String(uid(record))));
            ahead.push(...unknown.map(uid));
            await delivery.ack(count);
          };
          yield { ...delivery, ack };
        }
      },
    };
    const processors = [oneIn(2), oneIn(3)];
    await runPass(lane({ receiver: watched, exporter: memoryExporter(), processors, ledger }), options());
    expect(ahead).toEqual([]);
    const settled = await ledger?.read("logs/memory/memory");
    expect(uids(6).map((id) => settled?.get(String(id)))).toEqual([
      { as: "filtered", by: "step/1" },
      { as: "filtered", by: "step/2" },
      { as: "filtered", by: "step/1" },
      { as: "filtered", by: "step/2" },
      { as: "filtered", by: "step/1" },
      { as: "delivered" },
    ]);
    expect(settled?.begin?.uid).toBe(uids(1)[0]);
  });

  test("tells the receiver which entries the lane has settled before", async () => {
    const { ledger } = memoryStorage();
    ledger?.note("logs/memory/memory", [{ uid: String(uids(1)[0]), time: 0, as: "delivered" }]);
    const answers: unknown[] = [];
    const receiver = scripted(async function* ({ settledAmong }) {
      answers.push(await settledAmong?.(testBatch(3)));
      yield { batch: [], caughtUp: true };
    });
    await runPass(lane({ receiver, exporter: memoryExporter(), ledger }), options());
    await runPass(lane({ receiver, exporter: memoryExporter(), ledger: undefined }), options());
    expect(answers).toEqual([new Set(uids(1)), undefined]);
  });

  test("moves the checkpoint over entries that a processor left out", async () => {
    const receiver = memoryReceiver({ records: testBatch(250) });
    const exporter = memoryExporter();
    await runPass(lane({ receiver, exporter, processors: [{ process: () => [] }] }), options());
    expect(exporter.calls).toEqual([]);
    expect(receiver.checkpoint("logs/memory/memory")).toBe(250);
  });

  test("regroups what was kept of several pages into full batches", async () => {
    const receiver = memoryReceiver({ records: testBatch(1050) });
    const exporter = memoryExporter();
    await runPass(lane({ receiver, exporter, processors: [oneIn(3)] }), options());
    expect(exporter.calls.map((batch) => batch.length)).toEqual([100, 100, 100, 50]);
  });

  test("sends a batch that is not full at once when the receiver is caught up", async () => {
    const receiver = memoryReceiver({ records: testBatch(3) });
    const delivered = Promise.withResolvers<void>();
    const stop = new AbortController();
    const running = runPass(
      lane({ receiver, exporter: memoryExporter(() => delivered.resolve()) }),
      options({ follow: true, stop: stop.signal }),
    );
    await delivered.promise;
    stop.abort();
    await running;
    expect(receiver.checkpoint("logs/memory/memory")).toBe(3);
  });

  test("keeps the checkpoint before a batch that is still on its way, however many after it are delivered", async () => {
    const receiver = memoryReceiver({ records: testBatch(400) });
    const first = Promise.withResolvers<void>();
    const others = Promise.withResolvers<void>();
    let calls = 0;
    const exporter = memoryExporter((batch) => {
      calls += 1;
      if (calls === 4) others.resolve();
      return uid(batch[0] as ReadableLogRecord) === uids(1)[0] ? first.promise : undefined;
    });
    const running = runPass(lane({ receiver, exporter }), options());
    await others.promise;
    expect(receiver.checkpoint("logs/memory/memory")).toBe(0);
    first.resolve();
    await running;
    expect(receiver.checkpoint("logs/memory/memory")).toBe(400);
  });

  test("moves the checkpoint into the middle of a page when a batch ends there", async () => {
    const receiver = memoryReceiver({ records: testBatch(200) });
    const exporter = memoryExporter((batch) => {
      if (batch.some((record) => uid(record) === uids(1, 60)[0])) throw new Error("no");
    });
    const delivery = { ...lane({ receiver, exporter }).delivery, maxBatchSize: 20, concurrency: 1 };
    await expect(runPass(lane({ receiver, exporter, delivery }), options())).rejects.toThrow("no");
    expect(receiver.checkpoint("logs/memory/memory")).toBe(40);
  });
});

describe("a destination that is slow or broken", () => {
  test("stops the reading when the destination does not take anything", async () => {
    const receiver = memoryReceiver({ records: testBatch(5000) });
    const stop = new AbortController();
    const abort = new AbortController();
    const full = Promise.withResolvers<void>();
    let calls = 0;
    const exporter = memoryExporter((_batch, { signal }) => {
      calls += 1;
      if (calls === 6) full.resolve();
      return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    });
    const running = runPass(
      lane({ receiver, exporter }),
      options({ stop: stop.signal, abort: abort.signal }),
    );
    await full.promise;
    expect(receiver.given).toBe(600);
    stop.abort();
    abort.abort();
    await running;
    expect(receiver.given).toBe(600);
    expect(receiver.checkpoint("logs/memory/memory")).toBe(0);
  });

  test("goes on trying after passing failures, and sends only what was not taken", async () => {
    const receiver = memoryReceiver({ records: testBatch(10) });
    const exporter = memoryExporter((batch) => {
      if (exporter.calls.length === 1) throw new RetryableError("half", { records: batch.slice(7) });
    });
    const events: PipelineEvent[] = [];
    await runPass(lane({ receiver, exporter }), options({ emit: (event) => events.push(event) }));
    expect(exporter.calls.map((batch) => batch.length)).toEqual([10, 3]);
    expect(events.map(({ type }) => type)).toContain("retry.scheduled");
    expect(receiver.checkpoint("logs/memory/memory")).toBe(10);
  });

  test("ends with the failure and an unmoved checkpoint when the time for retries is used up", async () => {
    const receiver = memoryReceiver({ records: testBatch(300) });
    const exporter = memoryExporter(() => {
      throw new RetryableError("The webhook is down.");
    });
    const retry = { initialIntervalMs: 1, maxIntervalMs: 1, maxElapsedMs: 5 };
    const delivery = { maxBatchSize: 100, concurrency: 5, retry };
    await expect(runPass(lane({ receiver, exporter, delivery }), options())).rejects.toThrow(
      "The webhook is down.",
    );
    expect(receiver.checkpoint("logs/memory/memory")).toBe(0);
  });

  test("delivers all others when some records are refused, parks just those, and goes on", async () => {
    const receiver = memoryReceiver({ records: testBatch(100) });
    const poison = new Set(uids(1, 17).concat(uids(1, 18), uids(1, 99)));
    const exporter = memoryExporter((batch) => {
      if (batch.some((record) => poison.has(uid(record))))
        throw new RecordsRejectedError("refused", { records: batch });
    });
    const { parked, ledger } = memoryStorage();
    const events: PipelineEvent[] = [];
    await runPass(
      lane({ receiver, exporter, parked, ledger }),
      options({ emit: (event) => events.push(event) }),
    );
    expect(new Set((await parked.list()).map((record) => record.uid))).toEqual(poison);
    expect(exporter.taken).toHaveLength(97);
    expect(receiver.checkpoint("logs/memory/memory")).toBe(100);
    const told = events.flatMap((event) => (event.type === "records.delivered" ? event.batch.map(uid) : []));
    expect(new Set(told)).toEqual(new Set(exporter.taken));
    const settled = await ledger?.read("logs/memory/memory");
    expect(uids(100).filter((id) => settled?.get(String(id))?.as !== "delivered")).toEqual([...poison]);
  });

  test("parks a record before the checkpoint moves over it", async () => {
    const { parked } = memoryStorage();
    const kept = Promise.withResolvers<void>();
    const add: typeof parked.add = async (...args) => {
      await kept.promise;
      return await parked.add(...args);
    };
    const receiver = memoryReceiver({ records: testBatch(3) });
    const exporter = memoryExporter((records) => {
      throw new RecordsRejectedError("refused", { records });
    });
    const running = runPass(lane({ receiver, exporter, parked: { ...parked, add } }), options());
    expect(await Promise.race([running, turn("pending")])).toBe("pending");
    expect(receiver.checkpoint("logs/memory/memory")).toBe(0);
    kept.resolve();
    await running;
    expect(receiver.checkpoint("logs/memory/memory")).toBe(3);
  });

  test("with on_rejected: block fails before the refused record, when all others are delivered", async () => {
    const poison = testRecord(42);
    const exporter = memoryExporter((records) => {
      if (records.some((record) => uid(record) === uid(poison)))
        throw new RecordsRejectedError("refused", { records });
    });
    const receiver = memoryReceiver({ records: testBatch(100) });
    const delivery = { maxBatchSize: 100, concurrency: 5, retry, onRejected: "block" } as const;
    await expect(runPass(lane({ receiver, exporter, delivery }), options())).rejects.toMatchObject({
      code: "RECORDS_REJECTED",
      message: `refused. Refused: ${uid(poison)}.`,
    });
    expect(exporter.taken).toHaveLength(99);
    expect(receiver.checkpoint("logs/memory/memory")).toBe(0);
  });

  test("parks nothing twice when more is refused than may be parked, so that making room gets it through", async () => {
    const poison = new Set(uids(3, 40));
    const exporter = memoryExporter((records) => {
      if (records.some((record) => poison.has(uid(record))))
        throw new RecordsRejectedError("refused", { records });
    });
    const receiver = memoryReceiver({ records: testBatch(100) });
    const { parked, ledger } = memoryStorage();
    const delivery = { maxBatchSize: 100, concurrency: 5, retry, maxParked: 2 };
    const parts = { receiver, exporter, delivery, parked, ledger, storage: memoryStorage().client("lane") };
    await expect(runPass(lane(parts), options())).rejects.toThrow("max_parked");
    await parked.remove(
      "logs/memory/memory",
      (await parked.list()).map((record) => record.uid),
    );
    await runPass(lane(parts), options());
    expect((await parked.list()).map((record) => record.uid)).toEqual(uids(1, 42));
    expect(exporter.taken).toHaveLength(97);
    expect(receiver.checkpoint("logs/memory/memory")).toBe(100);
    const settled = await ledger?.read("logs/memory/memory");
    expect(uids(100).filter((id) => settled?.get(String(id))?.as === "parked")).toEqual([...poison]);
  });

  test("reads and delivers nothing where nothing can be stored", async () => {
    const storage = {
      ...memoryStorage().client("lane"),
      set: () => Promise.reject(new StorageError("The disk is full.")),
    };
    const receiver = memoryReceiver({ records: testBatch(10) });
    const exporter = memoryExporter();
    await expect(runPass(lane({ receiver, exporter, storage }), options())).rejects.toThrow(
      "The disk is full.",
    );
    expect([receiver.given, exporter.calls]).toEqual([0, []]);
  });

  test("rejects with what the storage says when a checkpoint cannot be stored", async () => {
    const receiver = memoryReceiver({ records: testBatch(10) });
    const broken = {
      ...receiver,
      async *receive(...args: Parameters<typeof receiver.receive>) {
        for await (const delivery of receiver.receive(...args)) {
          yield { ...delivery, ack: () => Promise.reject(new Error("disk full")) };
        }
      },
    };
    await expect(runPass(lane({ receiver: broken, exporter: memoryExporter() }), options())).rejects.toThrow(
      "disk full",
    );
  });
});

describe("a receiver that fails", () => {
  test("ends the pass, and what was still being grouped never goes out", async () => {
    const clock = manualClock();
    const error = new Error("the source is gone");
    const exporter = memoryExporter();
    const receiver = scripted(async function* () {
      yield { batch: testBatch(3), caughtUp: false };
      throw error;
    });
    const running = runPass(lane({ receiver, exporter }), options({ clock, follow: true }));
    expect(await rejectionNow(running)).toBe(error);
    clock.advance(60_000);
    await turn();
    expect(exporter.calls).toEqual([]);
  });

  test("ends the pass at once with its error, although a batch is waiting to be sent again", async () => {
    const error = new Error("the source is gone");
    const waiting = Promise.withResolvers<void>();
    const exporter = memoryExporter(() => {
      throw new RetryableError("The webhook is down.");
    });
    const receiver = scripted(async function* () {
      yield { batch: testBatch(3), caughtUp: true };
      await waiting.promise;
      throw error;
    });
    const running = runPass(
      lane({ receiver, exporter }),
      options({
        clock: manualClock(),
        follow: true,
        emit: ({ type }) => type === "retry.scheduled" && waiting.resolve(),
      }),
    );
    expect(await rejectionNow(running)).toBe(error);
    expect(exporter.calls).toHaveLength(1);
  });
});

describe("the time for retries, where the config does not say it,", () => {
  const downFor = (retryAfterMs: number) =>
    memoryExporter(() => {
      throw new RetryableError("The webhook is down.", { retryAfterMs });
    });

  test("is five minutes in a run", async () => {
    const receiver = memoryReceiver({ records: testBatch(3) });
    const clock = manualClock();
    const exporter = downFor(150_000);
    const running = runPass(lane({ receiver, exporter }), options({ clock }));
    for (let wait = 1; wait <= 2; wait++) {
      expect(await rejectionNow(running)).toBe("pending");
      clock.advance(150_000);
    }
    expect(await rejectionNow(running)).toBeInstanceOf(RetryableError);
    expect(exporter.calls).toHaveLength(3);
    const tooLate = runPass(lane({ receiver, exporter: downFor(300_001) }), options({ clock }));
    expect(await rejectionNow(tooLate)).toBeInstanceOf(RetryableError);
  });

  test("has no end when following", async () => {
    const clock = manualClock();
    const stop = new AbortController();
    const exporter = downFor(24 * 60 * 60 * 1000);
    const running = runPass(
      lane({ receiver: memoryReceiver({ records: testBatch(3) }), exporter }),
      options({ clock, follow: true, stop: stop.signal }),
    );
    for (let day = 1; day <= 30; day++) {
      expect(await rejectionNow(running)).toBe("pending");
      clock.advance(24 * 60 * 60 * 1000);
    }
    expect(await rejectionNow(running)).toBe("pending");
    stop.abort();
    await running;
    expect(exporter.calls).toHaveLength(31);
  });

  test("is what the config says where it says it, also when following", async () => {
    const delivery = { maxBatchSize: 100, concurrency: 5, retry: { ...retry, maxElapsedMs: 1000 } };
    const receiver = memoryReceiver({ records: testBatch(3) });
    const running = runPass(
      lane({ receiver, exporter: downFor(1001), delivery }),
      options({ clock: manualClock(), follow: true }),
    );
    expect(await rejectionNow(running)).toBeInstanceOf(RetryableError);
  });
});

describe("processors that copy records", () => {
  const copying: Processor = { process: (batch) => batch.map((record) => ({ ...record })) };
  const failsAfter = (calls: number) => {
    const exporter = memoryExporter(() => {
      if (exporter.calls.length > calls) throw new Error("refused");
    });
    return exporter;
  };

  test("do not hinder the checkpoint from moving into the middle of a page", async () => {
    const receiver = memoryReceiver({ records: testBatch(100) });
    const delivery = { maxBatchSize: 20, concurrency: 1, retry };
    const parts = { receiver, exporter: failsAfter(2), delivery, processors: [copying, oneIn(2)] };
    await expect(runPass(lane(parts), options())).rejects.toThrow("refused");
    expect(receiver.checkpoint("logs/memory/memory")).toBe(80);
  });
});

describe("what a record was read from", () => {
  const json = '{ "user_name" : "ada" }';
  const read = () => {
    const { body: _, attributes, ...record } = testRecord(1);
    return withSource(record, { json, known: {}, attributesOf: () => attributes });
  };

  test.for([
    { name: "no processor", processors: [], sent: json },
    { name: "one that only selects", processors: [{ ...oneIn(1), onlySelects: true }], sent: json },
    { name: "one that may change it", processors: [oneIn(1)], sent: undefined },
  ])("is known to the exporter behind $name", async ({ processors, sent }) => {
    const exporter = memoryExporter();
    await runPass(lane({ receiver: memoryReceiver({ records: [read()] }), exporter, processors }), options());
    expect(exporter.calls.flat().map(sourceJson)).toEqual([sent]);
  });

  test("is not sent on where a processor takes something out of the record in place", async () => {
    const exporter = memoryExporter();
    const hiding: Processor = {
      process(batch) {
        for (const { body } of batch) delete (body as { user_name?: string }).user_name;
        return batch;
      },
    };
    const receiver = memoryReceiver({ records: [read()] });
    await runPass(lane({ receiver, exporter, processors: [hiding] }), options());
    const [record] = exporter.calls.flat();
    expect([record?.body, record && sourceJson(record)]).toEqual([{}, undefined]);
  });
});

describe("a processor that breaks its word", () => {
  test.for<[string, (batch: LogBatch) => unknown, string]>([
    ["returns the records in another order", (batch) => batch.toReversed(), "after records that come later"],
    ["takes the uids away", (batch) => batch.map((record) => ({ ...record, attributes: {} })), "without its"],
    ["returns no list", () => undefined, "returned nothing instead of a list of records"],
  ])("and %s fails the lane before anything is sent", async ([, process, message]) => {
    const receiver = memoryReceiver({ records: testBatch(20) });
    const exporter = memoryExporter();
    const processors = [oneIn(1), { process } as Processor];
    const failure = await rejectionNow(runPass(lane({ receiver, exporter, processors }), options()));
    expect(failure).toBeInstanceOf(ComponentError);
    expect(failure).toMatchObject({
      message: expect.stringMatching(new RegExp(`^The processor step/2 .*${message}`)),
    });
    expect(exporter.calls).toEqual([]);
    expect(receiver.checkpoint("logs/memory/memory")).toBe(0);
  });

  test("and empties the list that it was given only leaves the records out", async () => {
    const receiver = memoryReceiver({ records: testBatch(20) });
    const emptying: Processor = {
      process: (batch) => {
        (batch as ReadableLogRecord[]).length = 0;
        return batch;
      },
    };
    const exporter = memoryExporter();
    await runPass(lane({ receiver, exporter, processors: [emptying] }), options());
    expect(exporter.calls).toEqual([]);
    expect(receiver.checkpoint("logs/memory/memory")).toBe(20);
  });

  test("and throws nothing that says anything is told as that", async () => {
    const processors: Processor[] = [
      {
        process() {
          throw undefined;
        },
      },
    ];
    const receiver = memoryReceiver({ records: testBatch(20) });
    await expect(
      runPass(lane({ receiver, exporter: memoryExporter(), processors }), options()),
    ).rejects.toThrow("A component threw undefined, which says nothing.");
  });
});

describe("after a restart", () => {
  test("sends a full batch as before, although its second half comes late", async () => {
    const checkpoints = new Map<string, number>();
    const storage = memoryStorage().client("lane");
    const records = testBatch(130);
    const down = memoryExporter(() => {
      throw new Error("crash");
    });
    await expect(
      runPass(
        lane({ receiver: memoryReceiver({ records, checkpoints }), exporter: down, storage }),
        options(),
      ),
    ).rejects.toThrow("crash");
    expect(down.calls[0]?.map(uid)).toEqual(uids(100));

    const clock = manualClock();
    const second = Promise.withResolvers<void>();
    const exporter = memoryExporter();
    const receiver = scripted(async function* () {
      yield { batch: records.slice(0, 60), caughtUp: false };
      await second.promise;
      yield { batch: records.slice(60), caughtUp: true };
    });
    const running = runPass(lane({ receiver, exporter, storage }), options({ clock }));
    await turn();
    clock.advance(60_000);
    await turn();
    expect(exporter.calls).toEqual([]);
    second.resolve();
    await running;
    expect(exporter.calls.map((batch) => batch.map(uid))).toEqual(down.calls.map((batch) => batch.map(uid)));
  });

  test("nothing is left of the batches of twenty runs that were all settled", async () => {
    const client = memoryStorage().client("lane");
    const written: string[] = [];
    const storage = {
      ...client,
      set: (key: string, value: string) => {
        if (key === "batch-cuts") written.push(value);
        return client.set(key, value);
      },
    };
    const receiver = memoryReceiver();
    for (let run = 0; run < 20; run++) {
      receiver.append(testBatch(7, 1 + run * 7));
      await runPass(lane({ receiver, exporter: memoryExporter(), storage }), options());
      expect(await client.get("batch-cuts")).toBeUndefined();
    }
    const endsOf = (value: string): unknown[] => (JSON.parse(value) as { ends: unknown[] }).ends;
    expect(written.map((value) => endsOf(value).length)).toEqual(Array(20).fill(1));
  });

  test("groups the batches that were in flight as before, although more entries have come", async () => {
    const checkpoints = new Map<string, number>();
    const storage = memoryStorage().client("lane");
    const stop = new AbortController();
    const abort = new AbortController();
    const before = memoryExporter(() => {
      if (before.calls.length < 2) return;
      stop.abort();
      abort.abort();
      throw abort.signal.reason;
    });
    const records = testBatch(130);
    await runPass(
      lane({ receiver: memoryReceiver({ records, checkpoints }), exporter: before, storage }),
      options({ stop: stop.signal, abort: abort.signal }),
    );
    const after = memoryExporter();
    const receiver = memoryReceiver({ records: [...records, testRecord(131), testRecord(132)], checkpoints });
    await runPass(lane({ receiver, exporter: after, storage }), options());

    const inFlight = before.calls[1]?.map(uid);
    expect(inFlight).toEqual(uids(30, 101));
    expect(after.calls[0]?.map(uid)).toEqual(inFlight);
    expect(after.calls.flat().map(uid)).toEqual(uids(32, 101));
  });

  test("repeats nothing that was settled before the checkpoint moved, with a filter and batches across pages", async () => {
    const checkpoints = new Map<string, number>();
    const storage = memoryStorage().client("lane");
    const records = testBatch(1000);
    const taken: unknown[] = [];
    for (let run = 0; run < 5; run++) {
      const stop = new AbortController();
      const exporter = memoryExporter(() => {
        if (exporter.calls.length === 2) stop.abort();
      });
      const receiver = memoryReceiver({ records, checkpoints, pageSize: 70 });
      const delivery = { ...lane({ receiver, exporter }).delivery, maxBatchSize: 30, concurrency: 1 };
      await runPass(
        lane({ receiver, exporter, delivery, storage, processors: [oneIn(2)] }),
        options({ stop: stop.signal }),
      );
      taken.push(...exporter.taken);
    }
    expect(new Set(taken).size).toBe(taken.length);
    expect(taken).toEqual(
      records
        .filter((_, index) => index % 2 === 1)
        .map(uid)
        .slice(0, taken.length),
    );
  });
});
