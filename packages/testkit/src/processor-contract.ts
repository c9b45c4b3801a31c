import { changedRecord, type LogBatch, type Processor } from "@loghook/pipeline";
import { SeverityNumber } from "@opentelemetry/api";
import { describe, expect, test } from "vitest";
import { testRecord } from "./log-record.ts";
import { recordTexts } from "./record-text.ts";

/** Makes a new processor, as for one lane. */
export type CreateProcessor = () => Processor | Promise<Processor>;

/**
 * What every processor must honour, as tests: those of `Processor` in @loghook/pipeline. Call it at the top of a test
 * file.
 *
 * @param create makes a new processor; best one that keeps some records and leaves others out
 * @param batch what it is given: uids must be unique. Default: records of several types and levels, some unknown, some
 *   with next to nothing in them.
 */
export function processorContract(
  name: string,
  create: CreateProcessor,
  batch: LogBatch = mixedBatch(),
): void {
  describe(`${name} honours the processor contract`, () => {
    recordTests(create, batch);
    lifeTests(create, batch);
  });
}

function recordTests(create: CreateProcessor, batch: LogBatch): void {
  // From before the first of these tests, whose processors get the same records.
  const before = recordTexts(batch);

  test("returns each record at most once, under the uid that it had", async () => {
    await using processor = await start(create);
    const given = uidsOf(batch);
    const returned = await processor.uidsOf(batch);
    const strangers = returned.filter((uid) => !given.includes(uid));
    const repeated = returned.filter((uid, index) => returned.indexOf(uid) !== index);
    expect(strangers, "process() returned records with uids that it was not given").toEqual([]);
    expect(repeated, "process() returned records with these uids more than once").toEqual([]);
  });

  test("returns the records in the order in which it got them", async () => {
    await using processor = await start(create);
    const returned = await processor.uidsOf(batch);
    const inOrder = uidsOf(batch).filter((uid) => returned.includes(uid));
    expect(returned, "the uids of the records that process() returned").toEqual(inOrder);
  });

  test("leaves the batch and its records as they were: other lanes hold them, too", async () => {
    await using processor = await start(create);
    await processor.process(Object.freeze([...batch]));
    expect(recordTexts(batch), "process() has changed records that it was given").toEqual(before);
  });

  test("makes nothing out of an empty batch", async () => {
    await using processor = await start(create);
    expect(await processor.process([]), "what process() returned for an empty batch").toEqual([]);
  });
}

const nothingToDispose = "it has nothing to dispose of";

function lifeTests(create: CreateProcessor, batch: LogBatch): void {
  test("what it has seen in one lane changes nothing in another", async () => {
    await using one = await start(create);
    await using another = await start(create);
    // Not those of the other tests: who remembers too much has seen them.
    const unseen = withOtherUids(batch);
    const kept = await one.uidsOf(unseen);
    const keptByAnother = await another.uidsOf(unseen);
    expect(keptByAnother, "a second processor kept other records of the same batch").toEqual(kept);
  });

  test("can be disposed before it is used, and again", async ({ skip }) => {
    const processor = await create();
    skip(!processor[Symbol.asyncDispose], nothingToDispose);
    await processor[Symbol.asyncDispose]?.();
    await processor[Symbol.asyncDispose]?.();
  });

  test("can be disposed after it was used, and again", async ({ skip }) => {
    const processor = await create();
    skip(!processor[Symbol.asyncDispose], nothingToDispose);
    await processor.process(batch);
    await processor[Symbol.asyncDispose]?.();
    await processor[Symbol.asyncDispose]?.();
  });
}

interface Subject extends AsyncDisposable {
  process(batch: LogBatch): Promise<LogBatch>;
  /** The uids of what it makes of the batch. */
  uidsOf(batch: LogBatch): Promise<unknown[]>;
}

async function start(create: CreateProcessor): Promise<Subject> {
  const processor = await create();
  return {
    process: async (batch) => await processor.process(batch),
    uidsOf: async (batch) => uidsOf(await processor.process(batch)),
    [Symbol.asyncDispose]: async () => await processor[Symbol.asyncDispose]?.(),
  };
}

function uidsOf(batch: LogBatch): unknown[] {
  return batch.map((record) => record.attributes["log.record.uid"]);
}

function withOtherUids(batch: LogBatch): LogBatch {
  return batch.map((record) => {
    const uid = `another-${record.attributes["log.record.uid"]}`;
    return changedRecord(record, { attributes: { ...record.attributes, "log.record.uid": uid } });
  });
}

const kinds = [
  { type: "s", severityNumber: SeverityNumber.INFO, category: "auth.login.success" },
  { type: "f", severityNumber: SeverityNumber.ERROR, category: "auth.login.fail" },
  { type: "cls", severityNumber: SeverityNumber.DEBUG, category: "other" },
  { type: "limit_wc", severityNumber: SeverityNumber.FATAL, category: "user.notification" },
  { type: "made_up", severityNumber: SeverityNumber.UNSPECIFIED, category: undefined },
];

/** Bodies that a source may have, too. Whoever looks into them may count on nothing. */
const oddBodies = [
  undefined,
  null,
  "a line of text",
  42,
  [],
  { details: null, scope: ["a", null, { b: [[]] }], ip: "", list: [null] },
  new Uint8Array([0, 255]),
];

/** Four records of each kind and some odd ones, all mixed up. */
function mixedBatch(): LogBatch {
  const usual = [...kinds, ...kinds, ...kinds, ...kinds].map(({ type, severityNumber, category }, n) =>
    testRecord(n, {
      severityNumber,
      eventName: `auth0.${type}`,
      attributes: { ...testRecord(n).attributes, "auth0.type": type, "auth0.category": category },
    }),
  );
  const odd = oddBodies.map((body, index) => oddRecord(usual.length + index, body));
  return usual.flatMap((record, index) => [record, ...odd.slice(index, index + 1)]);
}

/** No severity, no name, and of the attributes only the one that a record must have. */
function oddRecord(n: number, body: (typeof oddBodies)[number]): LogBatch[number] {
  const { severityNumber: _, severityText: __, eventName: ___, ...record } = testRecord(n);
  return { ...record, body, attributes: { "log.record.uid": record.attributes["log.record.uid"] } };
}
