import { defineStorage, recordToText, type Storage } from "@loghook/pipeline";
import { memoryStorage, testRecord } from "@loghook/testkit";
import { z } from "zod";

/** A storage as somebody would write it, with one record parked in it for as long as the process lives. */
export const mine = defineStorage({
  type: "mine",
  config: z.strictObject({}),
  create: open,
  createReader: open,
});

const kept = memoryStorage();
const isReady = kept.parked.add(
  {
    lane: "logs/auth0/webhook",
    uid: "one",
    parkedAt: 1,
    reason: "No.",
    attempts: 1,
    record: recordToText(testRecord(1)),
  },
  { atMost: 1 },
);

async function open(): Promise<Storage> {
  await isReady;
  return { ...kept, async [Symbol.asyncDispose]() {} };
}
