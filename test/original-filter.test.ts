import { createRequire } from "node:module";
import { filterProcessor } from "@loghook/processor-filter";
import { eventTypes } from "@loghook/receiver-auth0";
import { testRecord, testSettings } from "@loghook/testkit";
import { describe, expect, test } from "vitest";

// The engine that Auth0's log extensions ran on, as npm has it. Its whole processor runs here, unchanged, and reads
// from a tenant in memory in place of its HTTP client.

interface Entry {
  readonly _id: string;
  readonly date: string;
  readonly type: string;
}

interface EngineStream {
  client: { getLogs(params: { from: string; take: number }): Promise<object> };
}

interface EngineProcessor {
  createStream(options: object): Promise<EngineStream>;
  run(handler: (entries: Entry[], done: () => void) => void): Promise<{ status: { error?: unknown } }>;
}

interface Engine {
  readonly LogsProcessor: new (storage: object, options: object) => EngineProcessor;
  readonly logTypes: Readonly<Record<string, { level: number } | ((type: string) => string)>>;
}

const engine: Engine = createRequire(import.meta.url)("auth0-log-extension-tools");

/** The levels of the types that the engine knows. Its table has a function among the types; that is none. */
const engineLevels = new Map(
  Object.entries(engine.logTypes).flatMap(([code, type]) =>
    typeof type === "function" ? [] : [[code, type.level] as const],
  ),
);

/** LOG_LEVEL and LOG_TYPES, as the extension hands them on: the level is a text. */
interface Choice {
  readonly level: string | undefined;
  readonly types: readonly string[];
}

/** The types that the engine delivers out of a log with one entry of each. */
async function keptByEngine({ level, types }: Choice, log: readonly string[]): Promise<Set<string>> {
  const storage = { read: async () => ({ checkpointId: "0" }), write: async () => {} };
  const options = { domain: "tenant", clientId: "id", clientSecret: "secret", maxRunTimeSeconds: 3_600 };
  const processor = new engine.LogsProcessor(storage, { ...options, logLevel: level, logTypes: types });
  const createStream = processor.createStream;
  processor.createStream = async (given) =>
    Object.assign(await createStream.call(processor, given), { client: tenantInMemory(log) });

  const kept = new Set<string>();
  const { status } = await processor.run((entries, done) => {
    for (const { type } of entries) kept.add(type);
    done();
  });
  expect(status.error).toBeUndefined();
  return kept;
}

/** Answers by checkpoint. Like Auth0's it does not look at the query, so what is left out, the engine leaves out. */
function tenantInMemory(log: readonly string[]): EngineStream["client"] {
  const entries = log.map((type, index) => ({
    _id: String(index + 1),
    date: new Date().toISOString(),
    type,
  }));
  return {
    getLogs: async ({ from, take }) => ({
      logs: entries.slice(Number(from), Number(from) + take),
      limits: { remaining: 50 },
    }),
  };
}

// The severity numbers that receiver-auth0 gives to the levels 0 to 4; without a level it gives 0.
const severityNumbers = [5, 9, 13, 17, 21];

interface OwnOptions {
  readonly levels: ReadonlyMap<string, number>;
  readonly unknownTypes?: "keep" | "drop";
}

/** The types that our filter keeps of the same log, with `match: any`. */
async function keptByUs(choice: Choice, log: readonly string[], options: OwnOptions): Promise<Set<string>> {
  const { levels, unknownTypes = "keep" } = options;
  const config = filterProcessor.config.parse({
    ...(choice.level !== undefined && { min_level: choice.level }),
    types: choice.types,
    match: "any",
    unknown_types: unknownTypes,
  });
  const records = log.map((code) =>
    testRecord(1, {
      severityNumber: severityNumbers[levels.get(code) ?? -1] ?? 0,
      eventName: `auth0.${code}`,
      attributes: { "log.record.uid": `uid-${code}`, "auth0.type": code },
    }),
  );
  const kept = await (await filterProcessor.create(config, testSettings())).process(records);
  return new Set(kept.map((record) => String(record.attributes["auth0.type"])));
}

const ourLevels = new Map([...eventTypes.values()].map(({ code, level }) => [code, level]));
const engineTypes = [...engineLevels.keys()];
const newerTypes = [...ourLevels.keys()].filter((code) => !engineLevels.has(code));
const typesOfTomorrow = ["type_of_tomorrow", "another_type_of_tomorrow"];

const choices: Choice[] = [undefined, "0", "1", "2", "3", "4"].flatMap((level) =>
  [
    [],
    ["f"],
    ["f", "fp", "fu", "limit_wc"],
    ["s", "ss", "slo"],
    ["sapi", "fapi"],
    ["cls", "du", "fv", "gd_send_sms"],
    ["passkey_challenge_failed", "type_of_tomorrow"],
    engineTypes,
  ].map((types) => ({ level, types })),
);

test("the engine's table and ours have the sizes that this comparison rests on", () => {
  expect([engineTypes.length, newerTypes.length, ourLevels.size]).toEqual([98, 88, 186]);
  expect(engineTypes.filter((code) => !ourLevels.has(code))).toEqual([]);
});

describe("match: any over the 98 types of the engine's table", () => {
  test.for(choices)(
    "with the engine's levels: the same types at level $level with types $types",
    async (choice) => {
      const kept = await keptByUs(choice, engineTypes, { levels: engineLevels });
      expect(kept).toEqual(await keptByEngine(choice, engineTypes));
    },
  );

  // The extension's README documents these levels, its engine works by others. We hold what was documented.
  const reason = "the extension's README has our level, its engine another";
  const knownDifferences = [
    { code: "du", engine: 3, ours: 1, reason },
    { code: "cs", engine: 1, ours: 0, reason },
    { code: "cls", engine: 1, ours: 0, reason },
    { code: "sv", engine: 1, ours: 0, reason },
    { code: "fv", engine: 3, ours: 0, reason },
    { code: "svr", engine: 1, ours: 0, reason },
    { code: "scpr", engine: 1, ours: 0, reason },
  ];

  test("no other level differs than those seven", () => {
    const different = engineTypes
      .filter((code) => engineLevels.get(code) !== ourLevels.get(code))
      .map((code) => ({ code, engine: engineLevels.get(code), ours: ourLevels.get(code), reason }));
    expect(new Set(different)).toEqual(new Set(knownDifferences));
  });

  test.for(choices)(
    "with our levels: the same types at level $level with types $types, but for those of the seven that our level is too low for",
    async (choice) => {
      const lost = knownDifferences
        .filter(({ code }) => !choice.types.includes(code))
        .filter(({ engine, ours }) => engine >= Number(choice.level) && ours < Number(choice.level))
        .map(({ code }) => code);
      const kept = await keptByUs(choice, engineTypes, { levels: ourLevels });
      expect(kept).toEqual((await keptByEngine(choice, engineTypes)).difference(new Set(lost)));
    },
  );
});

describe("match: any over types that the engine's table does not have", () => {
  const filters = choices.filter(({ level, types }) => level !== undefined || types.length > 0);

  test.for(filters)(
    "the 88 newer types at level $level with types $types: the engine drops all that are not named, we go by their level",
    async (choice) => {
      const named = newerTypes.filter((code) => choice.types.includes(code));
      const loudEnough = newerTypes.filter((code) => (ourLevels.get(code) ?? 0) >= Number(choice.level));
      expect(await keptByEngine(choice, newerTypes)).toEqual(new Set(named));
      expect(await keptByUs(choice, newerTypes, { levels: ourLevels })).toEqual(
        new Set([...named, ...loudEnough]),
      );
    },
  );

  test.for(filters)(
    "types unknown to both at level $level with types $types: the engine drops all that are not named, unknown_types keep keeps them and drop drops them",
    async (choice) => {
      const named = new Set(typesOfTomorrow.filter((code) => choice.types.includes(code)));
      const ours = { levels: ourLevels };
      expect(await keptByEngine(choice, typesOfTomorrow)).toEqual(named);
      expect(await keptByUs(choice, typesOfTomorrow, ours)).toEqual(new Set(typesOfTomorrow));
      expect(await keptByUs(choice, typesOfTomorrow, { ...ours, unknownTypes: "drop" })).toEqual(named);
    },
  );

  test("with nothing set the engine keeps even what it does not know, and so do we", async () => {
    const nothing = { level: undefined, types: [] };
    const log = [...engineTypes, ...newerTypes, ...typesOfTomorrow];
    expect(await keptByEngine(nothing, log)).toEqual(new Set(log));
    expect(await keptByUs(nothing, log, { levels: ourLevels })).toEqual(new Set(log));
  });
});

test("LOG_LEVEL -, the empty choice of the extension's form, is the same as no min_level", async () => {
  const types = ["f", "limit_wc"];
  const kept = await keptByUs({ level: undefined, types }, engineTypes, { levels: ourLevels });
  expect(kept).toEqual(await keptByEngine({ level: "-", types }, engineTypes));
});
