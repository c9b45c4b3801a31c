import {
  type MemoryExporter,
  manualClock,
  memoryExporter,
  memoryReceiver,
  memoryStorage,
  testBatch,
} from "@loghook/testkit";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { startPipelines } from "./assemble.ts";
import { defineExporter, defineReceiver, defineReporter, defineStorage, type Exporter } from "./component.ts";
import { loadConfig } from "./config/config.ts";
import { ConfigError, DestinationRefusedError, RetryableError } from "./errors.ts";
import { silentLogger } from "./logger.ts";
import type { PipelineEvent } from "./telemetry.ts";

const anything = z.looseObject({});
const retry = { initialIntervalMs: 1, maxIntervalMs: 60_000, maxElapsedMs: undefined };

/** Components that outlive their configs, as those of a process do. An exporter is known by its setting `name`. */
function createWorld() {
  const checkpoints = new Map<string, number>();
  const receiver = memoryReceiver({ records: testBatch(250), checkpoints });
  const storage = memoryStorage();
  const exporters = new Map<string, MemoryExporter>();
  const making = Promise.withResolvers<void>();
  const creation = Promise.withResolvers<void>();
  const made: string[] = [];
  const disposed: string[] = [];
  const heard: string[] = [];
  const exporter = (name: string): MemoryExporter => {
    const known = exporters.get(name) ?? memoryExporter();
    exporters.set(name, known);
    return known;
  };
  function leaving<T extends object>(component: T, name: string): T & AsyncDisposable {
    made.push(name);
    return { ...component, [Symbol.asyncDispose]: async () => void disposed.push(name) };
  }
  const factories = [
    defineReceiver({ type: "in", config: anything, create: () => leaving(receiver, "in") }),
    defineExporter({
      type: "out",
      config: z.strictObject({
        name: z.string(),
        broken: z.boolean().default(false),
        creating: z.boolean().default(false),
        stuck: z.boolean().default(false),
      }),
      delivery: () => ({ maxBatchSize: 100, concurrency: 2, retry }),
      async create({ name, broken, creating, stuck }) {
        if (broken) throw new ConfigError(`${name} is broken.`);
        if (creating) {
          making.resolve();
          await creation.promise;
        }
        const made = leaving(
          { export: (...call: Parameters<Exporter["export"]>) => exporter(name).export(...call) },
          name,
        );
        if (!stuck) return made;
        const hang = new Promise<void>(() => {});
        return { ...made, [Symbol.asyncDispose]: () => made[Symbol.asyncDispose]().then(() => hang) };
      },
    }),
    defineReporter({
      type: "bell",
      config: z.looseObject({ at: z.string() }),
      create({ at }, { id, events }) {
        if (at === "nowhere") throw new ConfigError("The bell is nowhere.");
        const stopListening = events.subscribe((event) => heard.push(`${at} ${event.type}`));
        const bell = leaving({}, id);
        return {
          async [Symbol.asyncDispose]() {
            stopListening();
            await bell[Symbol.asyncDispose]();
          },
        };
      },
    }),
    defineStorage({ type: "store", config: anything, create: async () => leaving(storage, "store") }),
  ];

  /** A config whose exporters are `out/<id>`, with these settings. */
  const configOf = (
    exporters: Record<string, string>,
    { store = "a", bell = "a" }: { store?: string; bell?: string } = {},
  ) => {
    const ids = Object.keys(exporters).map((id) => `out/${id}`);
    const text = `
receivers: { in: }
exporters: { ${Object.entries(exporters).map(([id, settings]) => `out/${id}: { ${settings} }`)} }
extensions: { store: { at: ${store} }, bell: { at: ${bell} } }
service:
  extensions: [store, bell]
  pipelines: { logs: { receivers: [in], exporters: [${ids}] } }`;
    return loadConfig(text, { file: "test.yaml", factories, env: {} });
  };
  return { receiver, storage, exporter, making, creation, made, disposed, heard, configOf, checkpoints };
}

async function start(world: ReturnType<typeof createWorld>, exporters: Record<string, string>) {
  const stop = new AbortController();
  const clock = manualClock();
  const events: PipelineEvent[] = [];
  const told: object[] = [];
  let heard = Promise.withResolvers<void>();
  const running = await startPipelines(await world.configOf(exporters), {
    stop: stop.signal,
    clock,
    logger: { ...silentLogger, error: (fields, message) => void told.push({ ...fields, message }) },
    onEvent(event) {
      events.push(event);
      heard.resolve();
      heard = Promise.withResolvers();
    },
  });
  /** Resolves when the checkpoint of a lane is there. */
  async function settled(id: string, count: number): Promise<void> {
    while (world.receiver.checkpoint(`logs/in/out/${id}`) < count) await heard.promise;
  }
  async function end(): Promise<void> {
    stop.abort();
    await running.outcome;
  }
  return { ...running, settled, end, stop, clock, events, told };
}

const idsOf = (count: number, first = 1): unknown[] =>
  testBatch(count, first).map((record) => record.attributes["log.record.uid"]);

describe("another config while the lanes run", () => {
  test("adds a lane that begins at the start, and leaves the others alone", async () => {
    const world = createWorld();
    const { reload, settled, end } = await start(world, { a: "name: a" });
    await settled("a", 250);
    const changes = await reload(await world.configOf({ a: "name: a", b: "name: b" }));
    expect(changes).toEqual({
      started: ["logs/in/out/b"],
      restarted: [],
      stopped: [],
      untouched: ["logs/in/out/a"],
    });
    await settled("b", 250);
    world.receiver.append(testBatch(5, 251));
    await settled("a", 255);
    await settled("b", 255);
    await end();
    expect(world.exporter("a").taken).toEqual(idsOf(255));
    expect(world.exporter("b").taken).toEqual(idsOf(255));
    // One receiver served all.
    expect(world.made).toEqual(["store", "bell", "a", "in", "b"]);
  });

  test("begins a lane with other settings anew from its checkpoint; nothing is lost or repeated", async () => {
    const world = createWorld();
    const { reload, settled, end } = await start(world, { a: "name: a" });
    await settled("a", 250);
    const { restarted } = await reload(await world.configOf({ a: "name: a2" }));
    expect(restarted).toEqual(["logs/in/out/a"]);
    world.receiver.append(testBatch(5, 251));
    await settled("a", 255);
    await end();
    expect(world.exporter("a").taken).toEqual(idsOf(250));
    expect(world.exporter("a2").taken).toEqual(idsOf(5, 251));
    expect(world.disposed.filter((name) => name === "a")).toHaveLength(1);
  });

  test("lets what is in flight finish before the lane begins anew, while the others go on", async () => {
    const world = createWorld();
    const held = Promise.withResolvers<void>();
    world.exporter("a").behaviour = () => held.promise;
    const { reload, settled, end } = await start(world, { a: "name: a", b: "name: b" });
    await settled("b", 250);
    const reloaded = reload(await world.configOf({ a: "name: a2", b: "name: b" }));
    world.receiver.append(testBatch(5, 251));
    await settled("b", 255);
    expect(world.exporter("a2").calls).toEqual([]);
    held.resolve();
    await reloaded;
    await settled("a", 255);
    await end();
    expect([...world.exporter("a").taken, ...world.exporter("a2").taken].toSorted()).toEqual(idsOf(255));
    expect(world.exporter("b").taken).toEqual(idsOf(255));
  });

  test("does not wait for a destination that is down: what waited for it goes to the new one", async () => {
    const world = createWorld();
    world.exporter("down").behaviour = () => {
      throw new RetryableError("down");
    };
    const { reload, settled, end } = await start(world, { a: "name: down" });
    await reload(await world.configOf({ a: "name: up" }));
    await settled("a", 250);
    await end();
    expect(world.exporter("up").taken.toSorted()).toEqual(idsOf(250));
  });

  test("ends a lane that it has no more; its checkpoint stays for when it comes back", async () => {
    const world = createWorld();
    const { reload, settled, end } = await start(world, { a: "name: a", b: "name: b" });
    await settled("a", 250);
    await settled("b", 250);
    const { stopped } = await reload(await world.configOf({ a: "name: a" }));
    expect(stopped).toEqual(["logs/in/out/b"]);
    expect(world.disposed).toEqual(["b"]);
    world.receiver.append(testBatch(5, 251));
    await settled("a", 255);
    expect(world.exporter("b").taken).toHaveLength(250);
    await reload(await world.configOf({ a: "name: a", b: "name: b" }));
    await settled("b", 255);
    await end();
    expect(world.exporter("b").taken).toEqual(idsOf(255));
  });

  test("changes nothing when one of its components cannot be made", async () => {
    const world = createWorld();
    const { reload, settled, end } = await start(world, { a: "name: a" });
    await settled("a", 250);
    const broken = await world.configOf({ a: "name: a2", b: "name: b", c: "name: c, broken: true" });
    await expect(reload(broken)).rejects.toThrow("c is broken.");
    // What had been made for it is gone again.
    expect(world.disposed.toSorted()).toEqual(["a2", "b"]);
    world.receiver.append(testBatch(5, 251));
    await settled("a", 255);
    expect(world.exporter("a").taken).toEqual(idsOf(255));
    await reload(await world.configOf({ a: "name: a2" }));
    await end();
  });

  test("is refused when its storage is another one", async () => {
    const world = createWorld();
    const { reload, end } = await start(world, { a: "name: a" });
    const other = await world.configOf({ a: "name: a" }, { store: "elsewhere" });
    await expect(reload(other)).rejects.toThrow("extensions.store cannot be changed while loghook runs.");
    await end();
  });

  test("gets new reporters only where theirs have changed", async () => {
    const world = createWorld();
    const { reload, end } = await start(world, { a: "name: a" });
    await reload(await world.configOf({ a: "name: a", b: "name: b" }));
    expect(world.disposed).toEqual([]);
    await reload(await world.configOf({ a: "name: a" }, { bell: "elsewhere" }));
    expect(world.disposed).toEqual(["bell", "b"]);
    await end();
    expect(world.disposed).toEqual(["bell", "b", "in", "a", "bell", "store"]);
  });

  test("may come many times in a row, while records appear", async () => {
    const world = createWorld();
    const { reload, settled, end } = await start(world, { a: "name: a0", b: "name: b" });
    const reloads = [];
    for (let round = 1; round <= 20; round++) {
      world.receiver.append(testBatch(10, 241 + round * 10));
      reloads.push(reload(await world.configOf({ a: `name: a${round}`, b: "name: b" })));
    }
    await Promise.all(reloads);
    await settled("a", 450);
    await settled("b", 450);
    await end();
    const taken = Array.from({ length: 21 }, (_, round) => world.exporter(`a${round}`).taken).flat();
    expect(taken.toSorted()).toEqual(idsOf(450));
    expect(world.exporter("b").taken.toSorted()).toEqual(idsOf(450));
  });

  test("comes too late when all lanes have ended", async () => {
    const world = createWorld();
    const { reload, end } = await start(world, { a: "name: a" });
    await end();
    await expect(reload(await world.configOf({ b: "name: b" }))).rejects.toThrow("The pipelines have ended.");
  });
});

describe("a component that hangs", () => {
  test("while it closes holds up neither its successor nor, after the grace time, anything else", async () => {
    const world = createWorld();
    const { reload, settled, stop, outcome, clock, told } = await start(world, { a: "name: a, stuck: true" });
    await settled("a", 250);
    const reloaded = reload(await world.configOf({ a: "name: a2" }));
    await expect.poll(() => world.disposed).toEqual(["a"]);
    world.receiver.append(testBatch(5, 251));
    await settled("a", 255);
    expect(world.exporter("a2").taken).toEqual(idsOf(5, 251));
    clock.advance(30_000);
    expect(await reloaded).toMatchObject({ restarted: ["logs/in/out/a"] });
    expect(told).toEqual([
      {
        component: "exporters.out/a",
        graceMs: 30_000,
        message: "A component does not close; it is left to itself.",
      },
    ]);
    stop.abort();
    await outcome;
  });

  test("while it is made for a reload does not hold up a stop, and is disposed of when it comes after all", async () => {
    const world = createWorld();
    const { reload, settled, end } = await start(world, { a: "name: a" });
    await settled("a", 250);
    const reloaded = reload(await world.configOf({ a: "name: a2, creating: true" }));
    const refused = expect(reloaded).rejects.toThrow();
    await world.making.promise;
    await end();
    await refused;
    expect(world.disposed).toEqual(["in", "a", "bell", "store"]);
    world.creation.resolve();
    await expect.poll(() => world.disposed).toEqual(["in", "a", "bell", "store", "a2"]);
  });

  test("while it is made at the start does not hold up a stop", async () => {
    const world = createWorld();
    const stop = new AbortController();
    const config = await world.configOf({ a: "name: a, creating: true" });
    const starting = startPipelines(config, {
      stop: stop.signal,
      clock: manualClock(),
      logger: silentLogger,
    });
    await world.making.promise;
    stop.abort();
    const { outcome, reload } = await starting;
    expect(await outcome).toEqual([]);
    await expect(reload(config)).rejects.toThrow();
    expect(world.disposed).toEqual(["bell", "store"]);
  });
});

describe("reporters", () => {
  test("go on with the lanes as they were when one of the new ones cannot be made", async () => {
    const world = createWorld();
    const { reload, settled, end } = await start(world, { a: "name: a" });
    await settled("a", 250);
    const broken = await world.configOf({ a: "name: a2" }, { bell: "nowhere" });
    await expect(reload(broken)).rejects.toThrow("The bell is nowhere.");
    world.heard.length = 0;
    world.receiver.append(testBatch(5, 251));
    await settled("a", 255);
    expect(world.exporter("a").taken).toEqual(idsOf(255));
    expect(world.heard).toContain("a records.delivered");
    await end();
    expect(world.made.filter((name) => name === "bell")).toHaveLength(2);
    expect(world.disposed.filter((name) => name === "bell")).toHaveLength(2);
  });

  test("that come later hear which lanes are failing", async () => {
    const world = createWorld();
    world.exporter("down").behaviour = () => {
      throw new DestinationRefusedError("401");
    };
    const { reload, events, end } = await start(world, { a: "name: down" });
    await expect.poll(() => events.some(({ type }) => type === "lane.failing")).toBe(true);
    await reload(await world.configOf({ a: "name: down" }, { bell: "b" }));
    expect(world.heard).toContain("b lane.failing");
    await end();
  });
});

test("a lane that another config has no more is told as removed when it has ended, one that begins anew is not", async () => {
  const world = createWorld();
  const { reload, settled, events, end } = await start(world, { a: "name: a", b: "name: b" });
  await settled("b", 250);
  await reload(await world.configOf({ a: "name: a2" }));
  expect(events.filter(({ type }) => type === "lane.removed")).toEqual([
    { type: "lane.removed", lane: "logs/in/out/b" },
  ]);
  await end();
});
