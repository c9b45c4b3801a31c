import { memoryStorage, testBatch } from "@loghook/testkit";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { expect, test } from "vitest";
import { trackSettlements } from "./settlements.ts";
import type { Ledger } from "./storage.ts";

const lane = "logs/auth0/webhook";
const uid = (record: ReadableLogRecord | undefined): string => String(record?.attributes["log.record.uid"]);

test("what is read is noted as the checkpoint moves over it, with how it was settled and by whom", async () => {
  const ledger = memoryStorage().ledger as Ledger;
  const settlements = trackSettlements({ lane, ledger });
  const batch = testBatch(5);
  settlements.read(batch, new Map([[uid(batch[1]), "filter"]]));
  settlements.setAside(batch[2] as ReadableLogRecord, "parked");
  settlements.setAside(batch[3] as ReadableLogRecord, "dropped");

  settlements.note(3);
  const first = await ledger.read(lane);
  expect(batch.map((record) => first.get(uid(record)))).toEqual([
    { as: "delivered" },
    { as: "filtered", by: "filter" },
    { as: "parked" },
    undefined,
    undefined,
  ]);
  expect(first.begin).toMatchObject({ uid: uid(batch[0]) });

  settlements.note(5);
  const second = await ledger.read(lane);
  expect(batch.slice(3).map((record) => second.get(uid(record))?.as)).toEqual(["dropped", "delivered"]);
});

test("who was set aside is known also where no ledger is kept", () => {
  const settlements = trackSettlements({ lane, ledger: undefined });
  const [one, two] = testBatch(2) as [ReadableLogRecord, ReadableLogRecord];
  settlements.read([one, two], new Map());
  settlements.setAside(one, "parked");
  settlements.note(2);
  expect([one, two].map(settlements.asideOf)).toEqual(["parked", undefined]);
});
