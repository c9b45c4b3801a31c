import { addAbortListener } from "node:events";
import type {
  ComponentFactory,
  ComponentSettings,
  Delivery,
  Exporter,
  ExportOptions,
  ListOptions,
  LogBatch,
  Processor,
  ReceiveOptions,
  Receiver,
} from "../component.ts";
import { ComponentError, LoghookError, RetryableError, StorageError } from "../errors.ts";
import { checkProcessed, isRecord } from "../processed.ts";
import type { Ledger, Storage, StorageClient } from "../storage.ts";
import { describeThrown } from "./thrown.ts";

/** A component that somebody else has written. */
export interface OwnComponent {
  readonly kind: ComponentFactory["kind"];
  /** For messages: `exporter kafka/one of ./kafka.ts`. */
  readonly owner: string;
  readonly origin: string;
  readonly settings: Pick<ComponentSettings, "id" | "logger" | "clock">;
}

/**
 * The component, whose failures are told as its own. An error that loghook knows goes on as it is. Any other says
 * nothing about what is to be done: of an exporter it is a `RetryableError`, with which nothing is lost; of a storage a
 * `StorageError`; of the others a `ComponentError`.
 */
export function heldToContract(made: unknown, component: OwnComponent): unknown {
  switch (component.kind) {
    case "receiver":
      return ownReceiver(made as Receiver, component);
    case "processor":
      return ownProcessor(made as Processor, component);
    case "exporter":
      return ownExporter(made as Exporter, component);
    case "storage":
      return ownStorage(made as Storage, component);
    case "reporter":
      return made;
  }
}

function ownReceiver(receiver: Receiver, component: OwnComponent): Receiver {
  const fail = failingAs(ComponentError, component);
  async function* receive(options: ReceiveOptions): AsyncGenerator<Delivery> {
    try {
      for await (const delivery of receiver.receive(options)) {
        if (!isDelivery(delivery)) throw new Error("It gave something that is no delivery of records.");
        if (!delivery.batch.every(hasUid))
          throw new Error("It gave a record without a text as log.record.uid.");
        const { batch, caughtUp } = delivery;
        yield { batch, caughtUp, ack: (count) => Promise.try(() => delivery.ack(count)).catch(fail) };
      }
      const hasLeft = options.follow && !options.signal.aborted;
      if (hasLeft) throw new Error("It has ended, although it was told to follow its source.");
    } catch (thrown) {
      fail(thrown);
    }
  }
  async function* list(options: ListOptions): AsyncGenerator<LogBatch> {
    try {
      for await (const batch of receiver.list?.(options) ?? []) {
        const isBatch = Array.isArray(batch) && batch.every(isRecord);
        if (!isBatch) throw new Error("It listed something that is no batch of records.");
        yield batch;
      }
    } catch (thrown) {
      fail(thrown);
    }
  }
  async function passed(lane: string): Promise<((record: LogBatch[number]) => boolean) | undefined> {
    try {
      const hasPassed = await receiver.passed?.(lane);
      if (hasPassed === undefined) return undefined;
      if (typeof hasPassed !== "function") throw new Error("What its passed resolves with is no function.");
      return (record) => {
        try {
          return hasPassed(record);
        } catch (thrown) {
          return fail(thrown);
        }
      };
    } catch (thrown) {
      return fail(thrown);
    }
  }
  return {
    receive,
    ...(receiver.list && { list }),
    ...(receiver.passed && { passed }),
    [Symbol.asyncDispose]: async () => await receiver[Symbol.asyncDispose](),
  };
}

function isDelivery(value: unknown): value is Delivery {
  const { batch, ack } = (value ?? {}) as Partial<Delivery>;
  return Array.isArray(batch) && batch.every(isRecord) && typeof ack === "function";
}

/** What is parked and noted is told apart by it. */
function hasUid({ attributes }: LogBatch[number]): boolean {
  const uid = attributes["log.record.uid"];
  return typeof uid === "string" && uid !== "";
}

function ownProcessor(processor: Processor, component: OwnComponent): Processor {
  const fail = failingAs(ComponentError, component);
  const owner = `The ${component.owner}`;
  return {
    // A list of its own to it: one that is changed in place could not be compared with.
    process: (given) =>
      Promise.try(() => processor.process([...given]))
        .then((returned) => checkProcessed(returned, { given, owner }))
        .catch(fail),
    ...(processor.explain && {
      explain(record) {
        try {
          const reason: unknown = processor.explain?.(record);
          if (reason === undefined || typeof reason === "string") return reason;
          throw new Error("What its explain says is no text.");
        } catch (thrown) {
          return fail(thrown);
        }
      },
    }),
    [Symbol.asyncDispose]: async () => await processor[Symbol.asyncDispose]?.(),
  };
}

function ownExporter(exporter: Exporter, component: OwnComponent): Exporter {
  const fail = failingAs(RetryableError, component);
  return {
    async export(batch, options) {
      using _watch = watchForSilence(options, component);
      try {
        // A list of its own to it: what it takes out of it would count as nothing left to deliver.
        await exporter.export([...batch], options);
      } catch (thrown) {
        fail(thrown);
      }
    },
    [Symbol.asyncDispose]: async () => await exporter[Symbol.asyncDispose](),
  };
}

/** How long an export may take before somebody is told. Own exporters are to have time-outs, and may have forgotten. */
const silenceMs = 300_000;

function watchForSilence({ signal }: ExportOptions, { settings }: OwnComponent): Disposable {
  const { id, logger, clock } = settings;
  const over = new AbortController();
  const listener = addAbortListener(signal, () => over.abort());
  clock.sleep(silenceMs, { signal: over.signal }).then(
    () => logger.warn({ exporter: id }, "An export has not ended for five minutes. It may never do so."),
    () => {},
  );
  return {
    [Symbol.dispose]() {
      over.abort();
      listener[Symbol.dispose]();
    },
  };
}

function ownStorage(storage: Storage, component: OwnComponent): Storage {
  const fail = failingAs(StorageError, component);
  const { runs, parked, ledger } = storage;
  return {
    client(owner) {
      try {
        return ownClient(storage.client(owner), fail);
      } catch (thrown) {
        return fail(thrown);
      }
    },
    runs: {
      save: (run) => Promise.try(() => runs.save(run)).catch(fail),
      list: (options) => Promise.try(() => runs.list(options)).catch(fail),
    },
    parked: {
      add: (record, options) => Promise.try(() => parked.add(record, options)).catch(fail),
      list: (which) => Promise.try(() => parked.list(which)).catch(fail),
      count: (lane) => Promise.try(() => parked.count(lane)).catch(fail),
      remove: (lane, uids) => Promise.try(() => parked.remove(lane, uids)).catch(fail),
    },
    ledger: ledger && ownLedger(ledger, fail),
    [Symbol.asyncDispose]: async () => await storage[Symbol.asyncDispose](),
  };
}

function ownLedger(ledger: Ledger, fail: (thrown: unknown) => never): Ledger {
  return {
    note(lane, settlements) {
      try {
        const answer: unknown = ledger.note(lane, settlements);
        if (answer === undefined) return;
        // What is noted later would be behind the checkpoint. What becomes of it is not to end the process.
        Promise.resolve(answer).catch(() => {});
        throw new Error("The note of its ledger must answer at once, with nothing.");
      } catch (thrown) {
        fail(thrown);
      }
    },
    read: (lane, options) => Promise.try(() => ledger.read(lane, options)).catch(fail),
  };
}

function ownClient(client: StorageClient, fail: (thrown: unknown) => never): StorageClient {
  return {
    get: (key) => Promise.try(() => client.get(key)).catch(fail),
    set: (...value) => Promise.try(() => client.set(...value)).catch(fail),
    delete: (key) => Promise.try(() => client.delete(key)).catch(fail),
  };
}

type FailureClass = new (message: string, options: { cause: unknown; remedy: string }) => LoghookError;

function failingAs(Failure: FailureClass, { owner, origin }: OwnComponent) {
  return (thrown: unknown): never => {
    if (thrown instanceof LoghookError) throw thrown;
    throw new Failure(`The ${owner} failed: ${describeThrown(thrown)}`, {
      cause: thrown,
      remedy: `Look into ${origin}.`,
    });
  };
}
