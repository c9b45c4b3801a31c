import {
  manualClock,
  memoryExporter,
  memoryReceiver,
  memoryStorage,
  testBatch,
  testRecord,
} from "@loghook/testkit";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { runPipelines } from "./assemble.ts";
import { type AuditOptions, auditPipelines } from "./audit.ts";
import {
  defineExporter,
  defineProcessor,
  defineReceiver,
  defineStorage,
  type LogBatch,
  type Receiver,
  type StorageFactory,
} from "./component.ts";
import { loadConfig } from "./config/config.ts";
import { ConfigError, SourceRefusedError } from "./errors.ts";
import { silentLogger } from "./logger.ts";
import type { Settlement, Storage } from "./storage.ts";

const none = z.strictObject({});
type LogRecord = LogBatch[number];

const timeOf = (record: LogRecord): number => record.hrTime[0] * 1000;
const uidOf = (record: LogRecord): string => String(record.attributes["log.record.uid"]);
const numbersOf = (entries: readonly { readonly id: string }[] = []): number[] =>
  entries.map(({ id }) => Number(id.slice(3)));

/** When the record with this number happened. */
const at = (n: number): number => timeOf(testRecord(n));

interface World {
  readonly records: LogRecord[];
  readonly storage: Storage;
  readonly checkpoints: Map<string, number>;
  readonly lists: { readonly from: number; readonly to: number }[];
  readonly exporters: readonly string[];
  /** The processor `odd` leaves out records with odd numbers while this is true. */
  leavesOdd: boolean;
  readonly receiver: Partial<Receiver>;
  readonly reader: StorageFactory["createReader"];
}

function world(given: Partial<World> = {}): World {
  const storage = memoryStorage();
  const { records = testBatch(100), checkpoints = new Map() } = given;
  const lists: World["lists"] = [];
  return {
    records,
    storage,
    checkpoints,
    lists,
    exporters: ["one"],
    leavesOdd: true,
    reader: async () => ({ ...storage, async [Symbol.asyncDispose]() {} }),
    ...given,
    receiver: {
      async *list({ from, to }) {
        lists.push({ from, to });
        const inside = records.filter((record) => timeOf(record) >= from && timeOf(record) < to);
        for (let start = 0; start < inside.length; start += 7) yield inside.slice(start, start + 7);
      },
      async passed(lane) {
        const count = checkpoints.get(lane);
        if (count === undefined) return undefined;
        const settled = new Set(records.slice(0, count).map(uidOf));
        return (record) => settled.has(uidOf(record));
      },
      ...given.receiver,
    },
  };
}

const isOdd = (record: LogRecord): boolean => Number(uidOf(record).slice(3)) % 2 === 1;

function configOf(parts: World) {
  const { records, checkpoints, storage, exporters } = parts;
  const factories = [
    defineReceiver({
      type: "in",
      config: none,
      create: () => ({ ...memoryReceiver({ records, checkpoints }), ...parts.receiver }),
    }),
    defineProcessor({
      type: "odd",
      config: none,
      create: () => ({
        process: (batch) => batch.filter((record) => !(parts.leavesOdd && isOdd(record))),
        explain: (record) => (parts.leavesOdd && isOdd(record) ? "its number is odd" : undefined),
      }),
    }),
    ...exporters.map((type) => defineExporter({ type, config: none, create: () => memoryExporter() })),
    defineStorage({
      type: "store",
      config: none,
      create: async () => storage,
      ...(parts.reader && { createReader: parts.reader }),
    }),
  ];
  const text = `
receivers: { in: }
processors: { odd: }
exporters: { ${exporters.map((name) => `${name}: `).join(", ")} }
extensions: { store: }
service:
  extensions: [store]
  pipelines: { logs: { receivers: [in], processors: [odd], exporters: [${exporters.join()}] } }`;
  return loadConfig(text, { file: "test.yaml", factories, env: {} });
}

const never = new AbortController().signal;

/** Runs the lanes once, as `loghook run --once` does. */
async function deliver(parts: World): Promise<void> {
  const outcome = await runPipelines(await configOf(parts), {
    once: true,
    stop: never,
    logger: silentLogger,
  });
  for (const { error } of outcome) if (error) throw error;
}

async function audit(parts: World, options: Partial<AuditOptions> = {}) {
  return await auditPipelines(await configOf(parts), {
    to: at(1_000_000),
    clock: manualClock(at(1_000_000)),
    signal: never,
    ...options,
  });
}

/** A lane whose records from `first` to `last` are in the ledger as delivered, and whose checkpoint is behind `last`. */
function settled(parts: World, which: { first: number; last: number; except?: number[] }): void {
  const { first, last, except = [] } = which;
  const lane = "logs/in/one";
  const noted = parts.records.slice(first - 1, last).filter((_, index) => !except.includes(first + index));
  parts.storage.ledger?.note(lane, noted.map(settlementOf));
  parts.checkpoints.set(lane, last);
}

function settlementOf(record: LogRecord): Settlement {
  return { uid: uidOf(record), time: timeOf(record), as: "delivered" };
}

describe("what became of each entry", () => {
  test("of lanes that ran in order nothing is missing, and every entry is accounted for", async () => {
    const parts = world({ exporters: ["one", "two"] });
    await deliver(parts);
    const report = await audit(parts);
    expect(report).toMatchObject({ version: 1, verdict: "complete" });
    expect(report.lanes.map(({ lane }) => lane)).toEqual(["logs/in/one", "logs/in/two"]);
    for (const lane of report.lanes) {
      expect(lane).toMatchObject({ verdict: "complete", entries: 100, missing: [] });
      expect(lane.counts).toMatchObject({ delivered: 50, filtered: 50, missing: 0, waiting: 0 });
      expect(lane.filteredBy).toMatchObject([{ processor: "odd", rule: "its number is odd", count: 50 }]);
    }
    expect(parts.lists).toHaveLength(1);
  });

  test("what the checkpoint has passed and the ledger does not know is missing, each with its id", async () => {
    const parts = world();
    settled(parts, { first: 1, last: 90, except: [30, 31, 77] });
    const { verdict, lanes } = await audit(parts);
    expect(verdict).toBe("missing");
    expect(numbersOf(lanes[0]?.missing)).toEqual([30, 31, 77]);
    expect(lanes[0]?.counts).toMatchObject({ delivered: 87, missing: 3, waiting: 10 });
    expect(lanes[0]?.missing[0]).toMatchObject({ time: new Date(at(30)).toISOString(), type: "auth0.f" });
  });

  test("a lane that has not begun has nothing but waiting entries, and nothing is wrong", async () => {
    const parts = world();
    const { verdict, lanes } = await audit(parts, { from: at(1) });
    expect(verdict).toBe("complete");
    expect(lanes[0]?.counts).toMatchObject({ waiting: 100, missing: 0, not_covered: 0 });
    expect(numbersOf(lanes[0]?.examples.waiting)).toEqual([1, 2, 3, 4, 5]);
  });

  test("without a ledger nothing that the checkpoint has passed can be judged, and that is said", async () => {
    const parts = world();
    parts.checkpoints.set("logs/in/one", 60);
    const { verdict, lanes } = await audit(parts, { from: at(1) });
    expect(verdict).toBe("unknown");
    expect(lanes[0]?.counts).toMatchObject({ not_covered: 60, waiting: 40 });
    expect(lanes[0]).not.toHaveProperty("ledgerBegin");
  });

  test("parked, taken up since, and dropped entries are told apart", async () => {
    const parts = world();
    const [first, second, third, fourth] = parts.records as [LogRecord, LogRecord, LogRecord, LogRecord];
    parts.storage.ledger?.note("logs/in/one", [
      { ...settlementOf(first), as: "parked" },
      { ...settlementOf(second), as: "parked" },
      { ...settlementOf(third), as: "dropped" },
    ]);
    parts.checkpoints.set("logs/in/one", 4);
    const parked = { lane: "logs/in/one", parkedAt: 0, reason: "no", attempts: 1, record: "{}" };
    for (const record of [first, fourth]) {
      await parts.storage.parked.add({ ...parked, uid: uidOf(record) }, { atMost: 9 });
    }
    const { lanes } = await audit(parts);
    // The fourth is in no ledger, but the storage holds it.
    expect(numbersOf(lanes[0]?.examples.parked)).toEqual([1, 4]);
    expect(lanes[0]?.counts).toMatchObject({ parked: 2, taken_up: 1, dropped: 1, missing: 0 });
  });

  test("counts stay exact where examples end", async () => {
    const parts = world({ records: testBatch(500) });
    settled(parts, { first: 1, last: 400 });
    const { lanes } = await audit(parts);
    expect(lanes[0]).toMatchObject({ entries: 500, counts: { delivered: 400, waiting: 100 } });
    expect(lanes[0]?.examples.delivered).toHaveLength(5);
  });
});

describe("the rule that left an entry out", () => {
  test("a rule that is no more is told as such", async () => {
    const parts = world();
    await deliver(parts);
    parts.leavesOdd = false;
    const { lanes } = await audit(parts);
    expect(lanes[0]?.filteredBy).toMatchObject([
      { processor: "odd", rule: "with its present settings it would keep them", count: 50 },
    ]);
  });

  test("so is a processor that the config does not name any more", async () => {
    const parts = world({ records: testBatch(3) });
    const gone = parts.records.map((record) => ({ ...settlementOf(record), as: "filtered", by: "gone" }));
    parts.storage.ledger?.note("logs/in/one", gone as Settlement[]);
    parts.checkpoints.set("logs/in/one", 3);
    const { lanes } = await audit(parts);
    expect(lanes[0]?.filteredBy).toMatchObject([
      { processor: "gone", rule: "the config has no such processor in this lane any more", count: 3 },
    ]);
  });
});

describe("the window", () => {
  test("begins by default where the ledger does, however the times of entries run", async () => {
    const parts = world();
    // The 39th comes before the first that is in the ledger, but says that it happened later.
    parts.records[38] = testRecord(39, { hrTime: testRecord(44).hrTime });
    // The 42nd comes after it, and says that it happened before.
    parts.records[41] = testRecord(42, { hrTime: testRecord(20).hrTime });
    settled(parts, { first: 40, last: 100, except: [50] });
    const { verdict, lanes } = await audit(parts);
    expect(verdict).toBe("missing");
    expect(numbersOf(lanes[0]?.missing)).toEqual([50]);
    expect(lanes[0]).toMatchObject({ entries: 61, counts: { delivered: 60, not_covered: 0 } });
    expect(lanes[0]?.ledgerBegin).toMatchObject({ time: new Date(at(40)).toISOString() });
  });

  test("may reach back behind the ledger: what was settled there cannot be judged", async () => {
    const parts = world();
    parts.records[38] = testRecord(39, { hrTime: testRecord(44).hrTime });
    settled(parts, { first: 40, last: 100 });
    const { verdict, lanes } = await audit(parts, { from: at(30), to: at(101) });
    expect(verdict).toBe("unknown");
    expect(lanes[0]?.counts).toMatchObject({ not_covered: 10, delivered: 61, missing: 0 });
    expect(numbersOf(lanes[0]?.examples.not_covered)).toEqual([30, 31, 32, 33, 34]);
  });

  test("where the source does not hold the first entry of the ledger any more, times tell", async () => {
    const parts = world();
    settled(parts, { first: 40, last: 100, except: [45] });
    parts.records.splice(39, 1);
    const { verdict, lanes } = await audit(parts);
    expect(verdict).toBe("missing");
    expect(numbersOf(lanes[0]?.missing)).toEqual([45]);
    expect(lanes[0]).toMatchObject({ entries: 60 });
  });

  test("takes in its beginning, and not its end", async () => {
    const parts = world();
    settled(parts, { first: 1, last: 100 });
    const { lanes } = await audit(parts, { from: at(20), to: at(30) });
    expect(numbersOf(lanes[0]?.examples.delivered)).toEqual([20, 21, 22, 23, 24]);
    expect(lanes[0]).toMatchObject({
      entries: 10,
      from: new Date(at(20)).toISOString(),
      to: new Date(at(30)).toISOString(),
    });
  });

  test("one that begins long after the ledger still knows that it reaches back", async () => {
    const parts = world({ records: testBatch(3000) });
    settled(parts, { first: 1, last: 3000, except: [2500] });
    const { lanes } = await audit(parts, { from: at(2000) });
    expect(numbersOf(lanes[0]?.missing)).toEqual([2500]);
    expect(lanes[0]?.counts).toMatchObject({ delivered: 1000, not_covered: 0 });
  });
});

describe("beside a running loghook", () => {
  test("what is settled while it looks counts, and what comes later waits", async () => {
    const parts = world();
    settled(parts, { first: 1, last: 50 });
    const { receiver } = parts;
    const { lanes } = await audit(
      world({
        ...parts,
        receiver: {
          async *list(options) {
            // Between the reading of the ledger and the listing the lane went on.
            settled(parts, { first: 51, last: 80 });
            if (receiver.list) yield* receiver.list(options);
          },
        },
      }),
    );
    expect(lanes[0]?.counts).toMatchObject({ missing: 0, not_covered: 0 });
    expect(lanes[0]?.entries).toBe(100);
  });

  test("nothing that a component stores gets into the storage", async () => {
    const parts = world();
    settled(parts, { first: 1, last: 100 });
    const config = await configOf(parts);
    const [pipeline] = config.pipelines;
    const seen: (string | undefined)[] = [];
    await parts.storage.client("receiver/in").set("token", "kept");
    const factory = defineReceiver({
      type: "in",
      config: none,
      async create(_config, { storage }) {
        seen.push(await storage.get("token"));
        await storage.set("token", "renewed");
        seen.push(await storage.get("token"));
        await storage.delete("token");
        seen.push(await storage.get("token"));
        return { ...memoryReceiver(), ...parts.receiver };
      },
    });
    const receivers = pipeline?.receivers.map((configured) => ({ ...configured, factory })) ?? [];
    const pipelines = config.pipelines.map((one) => ({ ...one, receivers }));
    await auditPipelines({ ...config, pipelines }, { signal: never });
    expect(seen).toEqual(["kept", "renewed", undefined]);
    expect(await parts.storage.client("receiver/in").get("token")).toBe("kept");
  });
});

describe("what cannot be found out", () => {
  test("a source that refuses is told in the report, with what was found before", async () => {
    const parts = world({
      receiver: {
        async *list() {
          yield testBatch(10);
          throw new SourceRefusedError("The tenant does not want to.", { remedy: "Ask it." });
        },
      },
    });
    settled(parts, { first: 1, last: 100 });
    const { verdict, lanes } = await audit(parts);
    expect(verdict).toBe("unknown");
    expect(lanes[0]).toMatchObject({
      entries: 10,
      error: { code: "SOURCE_REFUSED", message: "The tenant does not want to.", remedy: "Ask it." },
    });
  });

  test("what a cut-off listing could not decide is not said to be missing", async () => {
    const records = testBatch(100);
    // Settled before the ledger began, although its time is later.
    records[38] = testRecord(39, { hrTime: testRecord(44).hrTime });
    const parts = world({
      records,
      receiver: {
        async *list() {
          yield records.slice(30, 39);
          throw new SourceRefusedError("No more.");
        },
      },
    });
    settled(parts, { first: 40, last: 100 });
    const { verdict, lanes } = await audit(parts, { from: at(1) });
    expect(verdict).toBe("unknown");
    expect(lanes[0]?.counts).toMatchObject({ missing: 0, not_covered: 9 });
  });

  test("so is a receiver that cannot list", async () => {
    const parts = world({ receiver: { list: undefined as never } });
    const { verdict, lanes } = await audit(parts);
    expect(verdict).toBe("unknown");
    expect(lanes[0]?.error?.message).toBe("The receiver in cannot list what its source holds.");
  });

  test.for([
    { what: "a storage that only its owner can open", given: { reader: undefined }, lane: undefined },
    { what: "a lane that is not there", given: {}, lane: "logs/in/nine" },
  ])("$what is refused", async ({ given, lane }) => {
    await expect(audit(world(given), { lane })).rejects.toThrow(ConfigError);
  });

  test("one lane alone can be asked for", async () => {
    const parts = world({ exporters: ["one", "two"] });
    const { lanes } = await audit(parts, { lane: "logs/in/two" });
    expect(lanes.map(({ lane }) => lane)).toEqual(["logs/in/two"]);
  });

  test("without an end it has what is dated later, too, and says when it began", async () => {
    const parts = world({ records: testBatch(20) });
    settled(parts, { first: 1, last: 20 });
    const { lanes } = await audit(parts, { to: undefined, clock: manualClock(at(10)) });
    expect(lanes).toMatchObject([{ counts: { delivered: 20 }, to: new Date(at(10)).toISOString() }]);
  });

  test("where no ledger is kept it says so, and what to do", async () => {
    const parts = world({ records: testBatch(20) });
    const reader = async (): Promise<Storage> => ({ ...parts.storage, ledger: undefined });
    const { lanes } = await audit({ ...parts, reader });
    expect(lanes).toMatchObject([
      { verdict: "unknown", error: { code: "CONFIG_INVALID", message: "The storage keeps no ledger." } },
    ]);
  });

  test("when it is stopped it rejects with the reason, and leaves nothing open", async () => {
    const stop = new AbortController();
    const closed: string[] = [];
    const parts = world({
      receiver: {
        async *list() {
          yield testBatch(1);
          stop.abort(new Error("enough"));
        },
        [Symbol.asyncDispose]: async () => void closed.push("receiver"),
      },
    });
    await expect(audit(parts, { signal: stop.signal })).rejects.toThrow("enough");
    expect(closed).toEqual(["receiver"]);
  });

  test("progress is told page by page", async () => {
    const parts = world({ records: testBatch(20) });
    const listed: number[] = [];
    await audit(parts, { from: at(1), onProgress: (progress) => listed.push(progress.listed) });
    expect(listed).toEqual([7, 14, 20]);
  });
});
