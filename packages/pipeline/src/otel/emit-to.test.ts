import { testRecord } from "@loghook/testkit";
import { context, ROOT_CONTEXT, SeverityNumber, trace } from "@opentelemetry/api";
import {
  InMemoryLogRecordExporter,
  LoggerProvider,
  type ReadableLogRecord,
  SimpleLogRecordProcessor,
} from "@opentelemetry/sdk-logs";
import { expect, test } from "vitest";
import { emitTo } from "./emit-to.ts";

/** What comes out of a provider when the records go in. */
async function through(records: readonly ReadableLogRecord[]): Promise<ReadableLogRecord[]> {
  const exporter = new InMemoryLogRecordExporter();
  const provider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] });
  emitTo(provider.getLogger("auth0"))(records);
  await provider.forceFlush();
  return exporter.getFinishedLogRecords();
}

const { rawJSON } = JSON as unknown as { rawJSON(text: string): never };
const spanContext = {
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  traceFlags: 1,
};

test("times, severity, event name, body and attributes go along", async () => {
  const record = testRecord(1, {
    hrTime: [1_772_442_846, 480_000_001],
    hrTimeObserved: [1_772_442_850, 999_999_999],
    severityNumber: SeverityNumber.ERROR,
    severityText: "error",
    eventName: "auth0.f",
    body: { type: "f", details: { list: [null, { empty: "", nothing: null }], big: rawJSON("1.0") } },
    attributes: { "log.record.uid": "900", "auth0.type": "f", "geo.lat": 52.5, flag: false },
  });
  const [emitted] = await through([record]);
  expect(emitted).toMatchObject({
    hrTime: record.hrTime,
    hrTimeObserved: record.hrTimeObserved,
    severityNumber: SeverityNumber.ERROR,
    severityText: "error",
    eventName: "auth0.f",
    body: { type: "f", details: { list: [null, { empty: "", nothing: null }], big: 1 } },
    attributes: record.attributes,
    instrumentationScope: { name: "auth0" },
    droppedAttributesCount: 0,
  });
});

test.for([{ body: undefined }, { body: null }, { body: "" }, { body: 0 }, { body: [] }, { body: { a: {} } }])(
  "the body $body survives",
  async ({ body }) => {
    const [emitted] = await through([testRecord(1, { body: body as never })]);
    expect(emitted?.body).toEqual(body);
  },
);

test("what the record's resource says becomes attributes, save the name of the service", async () => {
  const { resource } = testRecord(1);
  const [first, second] = await through([
    testRecord(1, { attributes: { "log.record.uid": "1" } }),
    testRecord(2, {
      attributes: { region: "of the record" },
      resource: { ...resource, attributes: { region: "of the resource", "service.name": "auth0" } },
    }),
  ]);
  expect(first?.attributes).toEqual({ "log.record.uid": "1", "auth0.domain": "acme.eu.auth0.com" });
  expect(second?.attributes).toEqual({ region: "of the record" });
  expect(first?.resource.attributes).not.toHaveProperty("auth0.domain");
});

test("a record without severity and event name gets none", async () => {
  const { severityNumber: _, severityText: __, eventName: ___, ...bare } = testRecord(1);
  const [emitted] = await through([bare]);
  expect(emitted?.severityNumber).toBeUndefined();
  expect(emitted?.severityText).toBeUndefined();
  expect(emitted?.eventName).toBeUndefined();
});

test("the span is the record's own, never the one in which it is read", async () => {
  const reading = trace.setSpanContext(ROOT_CONTEXT, { ...spanContext, spanId: "1111111111111111" });
  context.setGlobalContextManager({
    active: () => reading,
    with: (...[, run, thisArg, ...args]) => run.call(thisArg as never, ...args),
    bind: (_context, target) => target,
    enable() {
      return this;
    },
    disable() {
      return this;
    },
  });
  try {
    const [own, none] = await through([testRecord(1, { spanContext }), testRecord(2)]);
    expect(own?.spanContext).toEqual(spanContext);
    expect(none?.spanContext).toBeUndefined();
  } finally {
    context.disable();
  }
});

test("leaves the records as they are, and emits them in order", async () => {
  const records = [testRecord(2), testRecord(1, { body: rawJSON("1e999") })];
  const before = JSON.stringify(records);
  const emitted = await through(records);
  expect(emitted.map(({ hrTime }) => hrTime)).toEqual(records.map(({ hrTime }) => hrTime));
  expect(emitted[1]?.body).toBe("1e999");
  expect(JSON.stringify(records)).toBe(before);
});
