import { ConfigError } from "@loghook/pipeline";
import {
  BatchLogRecordProcessor,
  InMemoryLogRecordExporter,
  LoggerProvider,
  type LogRecordProcessor,
} from "@opentelemetry/sdk-logs";
import { expect, test } from "vitest";
import { FilterLogRecordProcessor, type FilterSettings } from "./log-record-processor.ts";

interface AppRecord {
  readonly body: string;
  readonly severityNumber?: number;
  readonly eventName?: string;
  readonly attributes?: Record<string, string>;
}

const records: AppRecord[] = [
  { body: "debug line", severityNumber: 5 },
  { body: "error line", severityNumber: 17 },
  { body: "line without severity" },
  { body: "login", eventName: "user.login", severityNumber: 9 },
  { body: "login without severity", eventName: "user.login" },
  { body: "signup without severity", eventName: "user.signup" },
  { body: "order failed", eventName: "order.failed", severityNumber: 21 },
  { body: "auth0 f", eventName: "auth0.f", attributes: { "auth0.type": "f" }, severityNumber: 17 },
  { body: "auth0 new type", eventName: "auth0.brand_new", attributes: { "auth0.type": "brand_new" } },
];

/** What an exporter behind the filter gets of the records. */
async function passing(settings: FilterSettings): Promise<unknown[]> {
  const exporter = new InMemoryLogRecordExporter();
  const next = new BatchLogRecordProcessor({ exporter });
  const provider = new LoggerProvider({ processors: [new FilterLogRecordProcessor(settings, next)] });
  const logger = provider.getLogger("app");
  for (const record of records) logger.emit(record);
  await provider.forceFlush();
  return exporter.getFinishedLogRecords().map(({ body }) => body);
}

test.for<{ settings: FilterSettings; leftOut: string[] }>([
  { settings: {}, leftOut: [] },
  { settings: { min_level: "debug" }, leftOut: [] },
  { settings: { min_level: "error" }, leftOut: ["debug line", "login"] },
  {
    settings: { min_level: "error", unknown_types: "drop" },
    leftOut: [
      "debug line",
      "line without severity",
      "login",
      "login without severity",
      "signup without severity",
      "auth0 new type",
    ],
  },
  { settings: { types: "user.*" }, leftOut: ["order failed", "auth0 f"] },
  {
    settings: { types: ["user.login"], unknown_types: "drop" },
    leftOut: [
      "debug line",
      "error line",
      "line without severity",
      "signup without severity",
      "order failed",
      "auth0 f",
      "auth0 new type",
    ],
  },
  {
    settings: { types: ["f"] },
    leftOut: ["login", "login without severity", "signup without severity", "order failed"],
  },
  {
    settings: { exclude_types: "user.*, brand_*" },
    leftOut: records
      .slice(3, 6)
      .map(({ body }) => body)
      .concat("auth0 new type"),
  },
  {
    settings: { min_level: 4, types: "user.login", match: "any", unknown_types: "drop" },
    leftOut: [
      "debug line",
      "error line",
      "line without severity",
      "signup without severity",
      "auth0 f",
      "auth0 new type",
    ],
  },
])("$settings leaves out $leftOut", async ({ settings, leftOut }) => {
  const kept = records.map(({ body }) => body).filter((body) => !leftOut.includes(body));
  expect(await passing(settings)).toEqual(kept);
});

test("hands on the very record and its context, the flush with its options, and the shutdown", async () => {
  const calls: unknown[][] = [];
  const next: LogRecordProcessor = {
    onEmit: (...args) => void calls.push(["onEmit", ...args]),
    forceFlush: async (...args) => void calls.push(["forceFlush", ...args]),
    shutdown: async () => void calls.push(["shutdown"]),
  };
  const filter = new FilterLogRecordProcessor({ min_level: "error" }, next);
  const record = { severityNumber: 17, attributes: {} } as never;
  const context = {} as never;
  filter.onEmit(record, context);
  filter.onEmit({ severityNumber: 9, attributes: {} } as never, context);
  await filter.forceFlush({ timeoutMillis: 5 });
  await filter.shutdown();
  expect(calls).toEqual([["onEmit", record, context], ["forceFlush", { timeoutMillis: 5 }], ["shutdown"]]);
  expect(calls[0]?.[1]).toBe(record);
});

test("a flush or a shutdown that fails is not hidden", async () => {
  const failing = () => Promise.reject(new Error("no"));
  const next = { onEmit() {}, forceFlush: failing, shutdown: failing };
  const filter = new FilterLogRecordProcessor({}, next);
  await expect(filter.forceFlush()).rejects.toThrow("no");
  await expect(filter.shutdown()).rejects.toThrow("no");
});

test.for<{ settings: FilterSettings; severityNumber: number | undefined; expected: boolean }>([
  { settings: { min_level: "error" }, severityNumber: 9, expected: false },
  { settings: { min_level: "error" }, severityNumber: 17, expected: true },
  { settings: { min_level: "error" }, severityNumber: 0, expected: true },
  { settings: { min_level: "error" }, severityNumber: undefined, expected: true },
  { settings: { min_level: "error", types: "x" }, severityNumber: 9, expected: false },
  { settings: { min_level: "error", types: "x", match: "any" }, severityNumber: 9, expected: true },
  { settings: { types: "x" }, severityNumber: 9, expected: true },
])("a logger knows that $severityNumber with $settings is enabled: $expected", (given) => {
  const next = new BatchLogRecordProcessor({ exporter: new InMemoryLogRecordExporter() });
  const provider = new LoggerProvider({ processors: [new FilterLogRecordProcessor(given.settings, next)] });
  const { severityNumber } = given;
  const logger = provider.getLogger("app");
  expect(logger.enabled(severityNumber === undefined ? {} : { severityNumber })).toBe(given.expected);
});

test("the next processor may say that nothing is enabled", () => {
  const next = { onEmit() {}, async forceFlush() {}, async shutdown() {}, enabled: () => false };
  const provider = new LoggerProvider({ processors: [new FilterLogRecordProcessor({}, next)] });
  expect(provider.getLogger("app").enabled()).toBe(false);
});

test("settings that cannot be used are refused in sentences", () => {
  const next = { onEmit() {}, async forceFlush() {}, async shutdown() {} };
  const make = () => new FilterLogRecordProcessor({ min_level: "loud", typos: [] } as never, next);
  expect(make).toThrow(ConfigError);
  expect(make).toThrow(
    "FilterLogRecordProcessor cannot be made: " +
      'min_level must be a level: 0, 1, 2, 3, 4 or debug, info, warning, error, critical, found "loud"; ' +
      "typos is not a setting (did you mean types).",
  );
});
