import type { LogBatch, Processor } from "@loghook/pipeline";
import { SeverityNumber } from "@opentelemetry/api";
import { describe, expect, test } from "vitest";
import { testRecord } from "./log-record.ts";

/**
 * What every processor must honour, as tests: those of `Processor` in @loghook/pipeline. Call it at the top of a test
 * file.
 *
 * @param create makes a new processor; best one that keeps some records and leaves others out
 * @param batch what it is given: uids must be unique. Default: records of several types and levels, some unknown.
 */
export function processorContract(
  name: string,
  create: () => Processor,
  batch: LogBatch = mixedBatch(),
): void {
  describe(`${name} honours the processor contract`, () => {
    test("returns a part of the batch in the order given, each record once and under its uid", async () => {
      const uids = uidsOf(await create().process(batch));
      expect(uids).toEqual(uidsOf(batch).filter((uid) => uids.includes(uid)));
    });

    test("leaves the batch and its records as they were", async () => {
      const before = JSON.stringify(batch);
      await create().process(Object.freeze([...batch]));
      expect(JSON.stringify(batch)).toBe(before);
    });

    test("makes nothing out of an empty batch", async () => {
      expect(await create().process([])).toEqual([]);
    });
  });
}

function uidsOf(batch: LogBatch): unknown[] {
  return batch.map((record) => record.attributes["log.record.uid"]);
}

const kinds = [
  { type: "s", severityNumber: SeverityNumber.INFO, category: "auth.login.success" },
  { type: "f", severityNumber: SeverityNumber.ERROR, category: "auth.login.fail" },
  { type: "cls", severityNumber: SeverityNumber.DEBUG, category: "other" },
  { type: "limit_wc", severityNumber: SeverityNumber.FATAL, category: "user.notification" },
  { type: "made_up", severityNumber: SeverityNumber.UNSPECIFIED, category: undefined },
];

/** Four records of each kind, all mixed up. */
function mixedBatch(): LogBatch {
  return [...kinds, ...kinds, ...kinds, ...kinds].map(({ type, severityNumber, category }, n) =>
    testRecord(n, {
      severityNumber,
      eventName: `auth0.${type}`,
      attributes: { ...testRecord(n).attributes, "auth0.type": type, "auth0.category": category },
    }),
  );
}
