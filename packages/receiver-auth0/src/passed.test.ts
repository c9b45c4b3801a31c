import { startTenant } from "@loghook/auth0-simulator";
import { type Delivery, type LogBatch, StorageError } from "@loghook/pipeline";
import { expect, test } from "vitest";
import { laneMemory, settle } from "./look-again.test-kit.ts";
import { countingClock, lane, receiverOf, recordsOf, run, type TestReceiver } from "./receiver.test-kit.ts";
import { toLogRecord } from "./single-record.ts";

const origin = { domain: "acme.eu.auth0.com", resourceAttributes: {} };

async function passedOf(receiver: TestReceiver): Promise<(record: LogBatch[number]) => boolean> {
  return (await receiver.passed?.(lane)) ?? expect.unreachable("There is no checkpoint.");
}

test("tells what the checkpoint has passed from what is still to come", async () => {
  await using tenant = await startTenant({ entries: 100, logsItsOwnTokens: false });
  await using receiver = receiverOf(tenant);
  const records = recordsOf(await run(receiver, { handle: ({ batch, ack }) => batch.length > 0 && ack(60) }));
  const passed = await passedOf(receiver);
  expect(records.map(passed)).toEqual([...Array(60).fill(true), ...Array(40).fill(false)]);
});

test("what may still be given out behind the checkpoint, since it is looked at again, is not passed yet", async () => {
  const clock = countingClock();
  await using tenant = await startTenant({ entries: 100, now: clock.now, logsItsOwnTokens: false });
  tenant.generate(5);
  const { settled, ...memory } = laneMemory();
  await using receiver = receiverOf(tenant, {}, { clock, storage: memory.storage });
  const { settledAmong } = memory;
  const handle = (delivery: Delivery) => settle({ ...memory, settled }, delivery);
  const records = recordsOf(await run(receiver, { settledAmong, handle }));
  const passed = await passedOf(receiver);
  expect(records.map(passed)).toEqual([...Array(99).fill(true), ...Array(6).fill(false)]);
  clock.advance(60_000);
  await run(receiver, { settledAmong, handle });
  expect(records.every(await passedOf(receiver))).toBe(true);
});

test("is undefined without a checkpoint, and where start_from has moved away from it", async () => {
  await using tenant = await startTenant({ entries: 3, logsItsOwnTokens: false });
  await using receiver = receiverOf(tenant);
  expect(await receiver.passed?.(lane)).toBeUndefined();
  await run(receiver);
  expect(await receiver.passed?.("another/lane")).toBeUndefined();
  const { storage } = receiver.settings;
  await using elsewhere = receiverOf(tenant, { start_from: "2026-01-01" }, { storage });
  expect(await elsewhere.passed?.(lane)).toBeUndefined();
});

test("rejects on a checkpoint that cannot be understood", async () => {
  await using tenant = await startTenant();
  await using receiver = receiverOf(tenant);
  await receiver.settings.storage.set(`checkpoint/${lane}`, "{");
  await expect(receiver.passed?.(lane)).rejects.toBeInstanceOf(StorageError);
});

test.for([
  ["an hour before the checkpoint, so that it is behind it", -3_600_000, true],
  ["a second before it, where nobody can say", -1000, false],
  ["after it", 60_000, false],
] as const)("an entry without a log_id: %s", async ([, offsetMs, expected]) => {
  const now = Date.UTC(2026, 10, 2);
  await using tenant = await startTenant({ entries: 3, now: () => now, logsItsOwnTokens: false });
  await using receiver = receiverOf(tenant);
  await run(receiver);
  const passed = await passedOf(receiver);
  const date = new Date(now + offsetMs).toISOString();
  expect(passed(toLogRecord(JSON.stringify({ type: "f", date }), origin))).toBe(expected);
});
