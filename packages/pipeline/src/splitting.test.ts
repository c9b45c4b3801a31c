import { memoryExporter, testBatch } from "@loghook/testkit";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { describe, expect, test } from "vitest";
import type { LogBatch } from "./component.ts";
import {
  BatchTooLargeError,
  DestinationRefusedError,
  RecordsRejectedError,
  RetryableError,
} from "./errors.ts";
import { splitting } from "./splitting.ts";

const never = new AbortController().signal;
const uid = (record: ReadableLogRecord): unknown => record.attributes["log.record.uid"];

describe("a batch with refused records in it", () => {
  const positions = Array.from({ length: 100 }, (_, index) => [index]);

  test.for([...positions, [0, 1, 2], [0, 50, 99], [10, 11, 70]])(
    "at %s loses just those",
    async (poisoned) => {
      const batch = testBatch(100);
      const poison = new Set(poisoned.map((index) => batch[index]));
      const exporter = memoryExporter((part) => {
        if (part.some((record) => poison.has(record)))
          throw new RecordsRejectedError("400", { records: part });
      });
      const error = await splitting(exporter)
        .export(batch, { signal: never })
        .catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(RecordsRejectedError);
      expect(new Set((error as RecordsRejectedError).records)).toEqual(poison);
      expect(exporter.taken.toSorted()).toEqual(batch.filter((record) => !poison.has(record)).map(uid));
      expect(exporter.calls.length).toBeLessThanOrEqual(2 * poison.size * (Math.log2(100) + 1));
    },
  );
});

describe("a destination that refuses everything, and names as refused", () => {
  const batch = testBatch(20);
  type Naming = (part: LogBatch, sofar: readonly LogBatch[]) => LogBatch;

  test.for<{ named: string; naming: Naming; refused?: LogBatch }>([
    { named: "what it was sent", naming: (part) => part },
    { named: "copies of it", naming: (part) => part.map((record) => ({ ...record })) },
    { named: "nothing", naming: () => [] },
    { named: "no list", naming: () => undefined as never },
    { named: "two records that it was not sent", naming: () => testBatch(2, 900) },
    { named: "all that it was ever sent", naming: (_part, sofar) => sofar.flat() },
    { named: "always the same two", naming: () => batch.slice(0, 2), refused: batch.slice(0, 2) },
  ])(
    "$named, is asked less than twice for each record, and then they are refused",
    async ({ naming, refused }) => {
      const exporter = memoryExporter((part) => {
        throw new RecordsRejectedError("400", { records: naming(part, exporter.calls) });
      });
      const error = await splitting(exporter)
        .export(batch, { signal: never })
        .catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(RecordsRejectedError);
      expect((error as RecordsRejectedError).records).toEqual(refused ?? batch);
      expect(exporter.calls.length).toBeLessThan(2 * batch.length);
    },
  );
});

describe("a batch of which a part was taken when the rest could not be sent", () => {
  const batch = testBatch(8);
  const giant = batch.slice(0, 1);

  test.for([
    { taken: "the first half", records: undefined, left: batch.slice(4) },
    { taken: "more than the first half", records: batch.slice(6), left: batch.slice(6) },
    { taken: "the first half, as the error says", records: batch.slice(4), left: batch.slice(4) },
  ])("rejects with all that is left of it: $taken was taken", async ({ records, left }) => {
    const down = new RetryableError("down", { records, retryAfterMs: 5000 });
    const exporter = memoryExporter((part) => {
      if (part.length === 8) throw new BatchTooLargeError("413");
      if (part[0] === batch[4]) throw down;
    });
    await expect(splitting(exporter).export(batch, { signal: never })).rejects.toMatchObject({
      name: "RetryableError",
      message: "down",
      retryAfterMs: 5000,
      records: left,
    });
  });

  test("rejects with what is left of it, too, where the destination refuses all of a sudden", async () => {
    const exporter = memoryExporter((part) => {
      if (part.length === 8) throw new BatchTooLargeError("413");
      if (part[0] === batch[4]) throw new DestinationRefusedError("302", { retryAfterMs: 5000 });
    });
    await expect(splitting(exporter).export(batch, { signal: never })).rejects.toMatchObject({
      name: "DestinationRefusedError",
      message: "302",
      retryAfterMs: 5000,
      records: batch.slice(4),
    });
  });

  test("counts what was not tried as left where nothing was taken and the error names the first part", async () => {
    const exporter = memoryExporter((part) => {
      throw part.length === 8 ? new BatchTooLargeError("413") : new RetryableError("down", { records: part });
    });
    await expect(splitting(exporter).export(batch, { signal: never })).rejects.toMatchObject({
      name: "RetryableError",
      records: batch,
    });
  });

  test("counts what was not tried and what was refused as left, too", async () => {
    const exporter = memoryExporter((part) => {
      if (part.length > 2 || part[0] === giant[0]) throw new RecordsRejectedError("400", { records: part });
      if (part[0] === batch[2]) throw new RetryableError("down", { records: part });
    });
    await expect(splitting(exporter).export(batch, { signal: never })).rejects.toMatchObject({
      name: "RetryableError",
      records: [...giant, ...batch.slice(2)],
    });
  });
});

describe("a batch that is too large", () => {
  const atMost = (size: number) =>
    memoryExporter((batch) => {
      if (batch.length > size) throw new BatchTooLargeError("413");
    });

  test("is halved until it is taken, and the size that worked is kept", async () => {
    const exporter = atMost(30);
    const wrapped = splitting(exporter);
    await wrapped.export(testBatch(100), { signal: never });
    expect(exporter.calls.map((batch) => batch.length)).toEqual([100, 50, 25, 25, 50, 25, 25]);
    await wrapped.export(testBatch(100, 101), { signal: never });
    expect(exporter.calls.slice(7).map((batch) => batch.length)).toEqual([25, 25, 25, 25]);
    expect(exporter.taken).toEqual(testBatch(200).map(uid));
  });

  test.for([
    { size: 100, atMostTaken: 20, parts: [13, 12, 13, 12, 13, 12, 13, 12] },
    { size: 90, atMostTaken: 20, parts: [12, 11, 11, 11, 12, 11, 11, 11] },
    { size: 7, atMostTaken: 3, parts: [2, 2, 3] },
  ])(
    "of $size records goes out in the same halves of halves whatever is known of the size, when $atMostTaken are taken",
    async ({ size, atMostTaken, parts }) => {
      for (const earlier of [undefined, size, size - 10, 100, 45, 23, 21]) {
        const exporter = atMost(atMostTaken);
        const wrapped = splitting(exporter);
        if (earlier && earlier > 0) await wrapped.export(testBatch(earlier), { signal: never });
        const calls = exporter.calls.length;
        await wrapped.export(testBatch(size, 1001), { signal: never });
        const taken = exporter.calls.slice(calls).filter((batch) => batch.length <= atMostTaken);
        expect(
          taken.map((batch) => batch.length),
          `after a batch of ${earlier}`,
        ).toEqual(parts);
        expect(taken.flat().map(uid)).toEqual(testBatch(size, 1001).map(uid));
      }
    },
  );

  test("for one record alone makes that record a refused one", async () => {
    const [giant] = testBatch(1);
    const exporter = memoryExporter((batch) => {
      if (batch.some((record) => uid(record) === uid(giant as ReadableLogRecord)))
        throw new BatchTooLargeError("413");
    });
    const wrapped = splitting(exporter);
    const error = await wrapped.export(testBatch(100), { signal: never }).catch((caught: unknown) => caught);
    expect((error as RecordsRejectedError).records.map(uid)).toEqual([uid(giant as ReadableLogRecord)]);
    expect(exporter.taken).toHaveLength(99);
    await wrapped.export(testBatch(100, 101), { signal: never });
    expect(exporter.calls.slice(-2).map((batch) => batch.length)).toEqual([50, 50]);
  });
});

test("any other error goes through as it is", async () => {
  const error = new RetryableError("down");
  const exporter = memoryExporter(() => {
    throw error;
  });
  await expect(splitting(exporter).export(testBatch(10), { signal: never })).rejects.toBe(error);
  expect(exporter.calls).toHaveLength(1);
});
