import { testBatch, testRecord } from "@loghook/testkit";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  InMemoryLogRecordExporter,
  LoggerProvider,
  type ReadableLogRecord,
  SimpleLogRecordProcessor,
} from "@opentelemetry/sdk-logs";
import { describe, expect, test } from "vitest";
import { encodeRequest } from "./encode-request.ts";
import { countGroups, readRequest } from "./otlp-wire.test-kit.ts";

const rawJson = JSON as typeof JSON & { rawJSON(text: string): object };

/** As receiver-auth0 parses entries: numbers that no double holds keep their text. */
function parseEntry(text: string): unknown {
  return JSON.parse(text, ((_key: string, value: unknown, { source }: { source?: string }) =>
    typeof value === "number" && JSON.stringify(value) !== source
      ? rawJson.rawJSON(source ?? "")
      : value) as never);
}

function withBody(body: unknown): ReadableLogRecord {
  return testRecord(1, { body: body as NonNullable<ReadableLogRecord["body"]> });
}

const bodies: { entry: string; arrives: unknown }[] = [
  { entry: "{}", arrives: {} },
  { entry: "[]", arrives: [] },
  { entry: "null", arrives: null },
  { entry: '"just a text"', arrives: "just a text" },
  { entry: '""', arrives: "" },
  { entry: "true", arrives: true },
  { entry: "false", arrives: false },
  { entry: "5", arrives: 5n },
  { entry: "[1,[2,[{}]],null]", arrives: [1n, [2n, [{}]], null] },
  { entry: '{"a":null,"b":[null,{"c":null}]}', arrives: { a: null, b: [null, { c: null }] } },
  { entry: '{"":"","a":{"":[]},"b":{}}', arrives: { "": "", a: { "": [] }, b: {} } },
  {
    entry: '{"a":0,"b":-0,"c":-1,"d":127,"e":128,"f":-2147483649,"g":4294967296}',
    arrives: { a: 0n, b: 0n, c: -1n, d: 127n, e: 128n, f: -2147483649n, g: 4294967296n },
  },
  {
    entry: '{"a":9007199254740991,"b":-9007199254740991,"c":9007199254740992}',
    arrives: { a: 9007199254740991n, b: -9007199254740991n, c: 9007199254740992n },
  },
  {
    entry: "[9007199254740993,-9007199254740993,72057594037927935,72057594037927936,72057594037927937]",
    arrives: [
      9007199254740993n,
      -9007199254740993n,
      72057594037927935n,
      72057594037927936n,
      72057594037927937n,
    ],
  },
  {
    entry: "[9223372036854775807,-9223372036854775808,1152921504606847000]",
    arrives: [9223372036854775807n, -9223372036854775808n, 1152921504606847000n],
  },
  {
    entry: "[9223372036854775808,-9223372036854775809,12345678901234567890123,1e400]",
    arrives: ["9223372036854775808", "-9223372036854775809", "12345678901234567890123", "1e400"],
  },
  { entry: "[12345678901234567000,1e300,-1e+21]", arrives: [12345678901234567000, 1e300, -1e21] },
  { entry: "[0.1,-1.5,1.0,1e3,5e-324]", arrives: [0.1, -1.5, 1n, 1000n, 5e-324] },
  { entry: "[0.1234567890123456789]", arrives: ["0.1234567890123456789"] },
  {
    entry: '{"__proto__":{"polluted":1},"constructor":{"prototype":null},"hasOwnProperty":"a","toJSON":"b"}',
    arrives: Object.fromEntries([
      ["__proto__", { polluted: 1n }],
      ["constructor", { prototype: null }],
      ["hasOwnProperty", "a"],
      ["toJSON", "b"],
    ]),
  },
  {
    entry: '{"rawJSON":"5","stringValue":"6","intValue":7,"values":[]}',
    arrives: { rawJSON: "5", stringValue: "6", intValue: 7n, values: [] },
  },
  { entry: '"{\\"stringValue\\":\\"i5\\"}"', arrives: '{"stringValue":"i5"}' },
  { entry: '"Zoë 😀 مرحبا \\u2028 \\u0000\\b\\f\\"\\\\"', arrives: 'Zoë 😀 مرحبا \u2028 \0\b\f"\\' },
  { entry: '["\\ud83d","\\ude00 a","a\\ud83d"]', arrives: ["\ufffd", "\ufffd a", "a\ufffd"] },
  { entry: '{"\\ud83d":"\\ud83d\\ud83d\\ude00"}', arrives: { "\ufffd": "\ufffd😀" } },
  // Many a protobuf library reads no more than 100 messages within each other; protobufjs is one.
  { entry: `${"[".repeat(45)}7${"]".repeat(45)}`, arrives: nested(45, 7n) },
  { entry: `"${"x".repeat(1_000_000)}"`, arrives: "x".repeat(1_000_000) },
];

/** As a text, in which even the order of keys and an own `__proto__` can be compared. */
function written(value: unknown): string {
  return JSON.stringify(value, (_key, inner) =>
    typeof inner === "bigint" ? { int64: String(inner) } : inner,
  );
}

function nested(depth: number, value: unknown): unknown {
  return depth === 0 ? value : [nested(depth - 1, value)];
}

describe.for(["proto", "json"] as const)("%s", (encoding) => {
  function arrivalOf(record: ReadableLogRecord) {
    const [arrival] = readRequest(encodeRequest([record], encoding), encoding);
    return arrival;
  }

  test.for(bodies)("the entry $entry arrives as it is", ({ entry, arrives }) => {
    expect(written(arrivalOf(withBody(parseEntry(entry)))?.body)).toBe(written(arrives));
  });

  test("all bodies of one batch arrive together, in their order", () => {
    const batch = bodies.map(({ entry }) => withBody(parseEntry(entry)));
    const arrivals = readRequest(encodeRequest(batch, encoding), encoding).map(({ body }) => body);
    expect(written(arrivals)).toBe(written(bodies.map(({ arrives }) => arrives)));
  });

  test("what parsed JSON never holds arrives as far as it can", () => {
    const body = {
      a: 12345678901234567890n,
      b: 9007199254740993n,
      c: undefined,
      d: [undefined, Number.NaN, -Infinity],
      e: new Uint8Array([0, 255]),
      f: [rawJson.rawJSON('"a"'), rawJson.rawJSON("null"), rawJson.rawJSON("true")],
    };
    expect(arrivalOf(withBody(body))?.body).toEqual({
      a: "12345678901234567890",
      b: 9007199254740993n,
      d: [null, "NaN", "-Infinity"],
      e: Buffer.from([0, 255]),
      f: ["a", null, true],
    });
  });

  test("everything else that a record says arrives with it", () => {
    const resource = resourceFromAttributes(
      { "service.name": "auth0" },
      { schemaUrl: "https://s.example/r" },
    );
    const record: ReadableLogRecord = {
      hrTime: [1_772_442_846, 123_456_789],
      hrTimeObserved: [1_772_442_847, 1],
      severityNumber: 17,
      severityText: "error",
      eventName: "auth0.f",
      body: "a body",
      attributes: {
        "log.record.uid": "900",
        "a.list": ["a", "b"],
        "a.number": 7,
        "a.double": 0.5,
        "a.big": 2 ** 60,
        "a.truth": false,
        absent: undefined,
      },
      spanContext: { traceId: "0123456789abcdef0123456789abcdef", spanId: "0123456789abcdef", traceFlags: 1 },
      resource,
      instrumentationScope: { name: "a scope", version: "1.2.3", attributes: { "scope.big": 2 ** 60 } },
      droppedAttributesCount: 0,
    };
    expect(arrivalOf(record)).toEqual({
      resource: { "service.name": "auth0" },
      resourceSchemaUrl: "https://s.example/r",
      scope: { name: "a scope", version: "1.2.3", attributes: { "scope.big": 1152921504606847000n } },
      timeUnixNano: "1772442846123456789",
      observedTimeUnixNano: "1772442847000000001",
      severityNumber: 17,
      severityText: "error",
      eventName: "auth0.f",
      attributes: {
        "log.record.uid": "900",
        "a.list": ["a", "b"],
        "a.number": 7n,
        "a.double": 0.5,
        "a.big": 1152921504606847000n,
        "a.truth": false,
      },
      body: "a body",
      traceId: "0123456789abcdef0123456789abcdef",
      spanId: "0123456789abcdef",
      flags: 1,
    });
  });

  test.for([
    { time: [0, 1], nanos: "1" },
    { time: [1_772_442_846, 999_999_999], nanos: "1772442846999999999" },
    { time: [18_446_744_073, 709_551_615], nanos: "18446744073709551615" },
    { time: [18_446_744_073, 709_551_616], nanos: "0" },
    { time: [253_402_300_800, 0], nanos: "0" },
    { time: [-1, 999_999_999], nanos: "0" },
    { time: [Number.NaN, 0], nanos: "0" },
  ] as { time: [number, number]; nanos: string }[])("the time $time arrives as $nanos", ({ time, nanos }) => {
    expect(arrivalOf(testRecord(1, { hrTime: time, hrTimeObserved: time }))).toMatchObject({
      timeUnixNano: nanos,
      observedTimeUnixNano: nanos,
    });
  });

  test("records are grouped by resource and scope, with big integers in every group", () => {
    const scope = { name: "another scope" };
    const resource = resourceFromAttributes({ "auth0.domain": "other.eu.auth0.com" });
    const body = rawJson.rawJSON("9007199254740993") as never;
    const other = rawJson.rawJSON("-9223372036854775807") as never;
    const batch = [
      testRecord(1, { body }),
      testRecord(2, { resource, body: other }),
      testRecord(3, { instrumentationScope: scope, body }),
      testRecord(4, { body: other }),
    ];
    const bytes = encodeRequest(batch, encoding);
    expect(countGroups(bytes, encoding)).toEqual({ resources: 2, scopes: 3 });
    const arrivals = readRequest(bytes, encoding);
    const seen = arrivals.map((arrival) => [
      String(arrival.attributes["log.record.uid"]).at(-1),
      arrival.body,
      arrival.resource["auth0.domain"],
    ]);
    expect(seen).toEqual([
      ["1", 9007199254740993n, "acme.eu.auth0.com"],
      ["4", -9223372036854775807n, "acme.eu.auth0.com"],
      ["3", 9007199254740993n, "acme.eu.auth0.com"],
      ["2", -9223372036854775807n, "other.eu.auth0.com"],
    ]);
  });

  test("a record that lacks what the serializers need arrives with the rest", () => {
    const bare = { body: { a: 1 }, hrTime: [1, 2] } as unknown as ReadableLogRecord;
    expect(arrivalOf(bare)).toEqual({
      resource: {},
      resourceSchemaUrl: undefined,
      scope: { name: "", version: "", attributes: {} },
      timeUnixNano: "1000000002",
      observedTimeUnixNano: "0",
      severityNumber: 0,
      severityText: "",
      eventName: "",
      attributes: {},
      body: { a: 1n },
      traceId: "",
      spanId: "",
      flags: 0,
    });
  });

  test("a record that OpenTelemetry's SDK has made arrives with all that it says", async () => {
    const exporter = new InMemoryLogRecordExporter();
    const provider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] });
    provider.getLogger("app", "1.0.0", { schemaUrl: "https://s.example" }).emit({
      timestamp: [1_772_442_846, 5],
      severityNumber: 13,
      severityText: "warning",
      eventName: "app.event",
      body: { big: 2 ** 60 },
      attributes: { a: 1 },
    });
    const [record] = exporter.getFinishedLogRecords();
    expect(arrivalOf(record as ReadableLogRecord)).toMatchObject({
      scope: { name: "app", version: "1.0.0" },
      timeUnixNano: "1772442846000000005",
      severityNumber: 13,
      severityText: "warning",
      eventName: "app.event",
      body: { big: 1152921504606847000n },
      attributes: { a: 1n },
    });
    await provider.shutdown();
  });

  test("records stay as they are", () => {
    const batch = bodies.map(({ entry }) => withBody(parseEntry(entry)));
    const before = structuredText(batch);
    encodeRequest(batch.map(deepFrozen), encoding);
    expect(structuredText(batch)).toBe(before);
  });

  test("a body that cannot be written is a rejection of the whole batch, so that it is found by halves", () => {
    const circle: Record<string, unknown> = {};
    circle.again = circle;
    const batch = [...testBatch(2), withBody(circle)];
    expect(() => encodeRequest(batch, encoding)).toThrow(
      expect.objectContaining({ code: "RECORDS_REJECTED", records: batch }),
    );
  });
});

function structuredText(batch: readonly ReadableLogRecord[]): string {
  return JSON.stringify(batch.map(({ body, attributes, hrTime }) => ({ body, attributes, hrTime })));
}

function deepFrozen<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFrozen(inner);
  }
  return value;
}
