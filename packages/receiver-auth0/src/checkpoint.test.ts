import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startTenant } from "@loghook/auth0-simulator";
import { StorageError, silentLogger, systemClock } from "@loghook/pipeline";
import { sqliteStorage } from "@loghook/storage-sqlite";
import { manualClock, memoryStorage, testSettings } from "@loghook/testkit";
import { expect, test } from "vitest";
import { createLaneCheckpoint, loadCheckpoint } from "./checkpoint.ts";
import { idsOf, lane, receiverOf, run } from "./receiver.test-kit.ts";

const clock = manualClock();

function open(stored?: { logId: string; caughtUpAt: number | undefined }) {
  const settings = testSettings({ clock });
  const options = { ...settings, lane, startFrom: "beginning" };
  const checkpoint = createLaneCheckpoint(stored, options);
  return { checkpoint, settings, load: () => loadCheckpoint(options) };
}

test("is durable when an acknowledgement resolves, and says that it moved", async () => {
  const { checkpoint, settings, load } = open();
  expect(await load()).toBeUndefined();
  await checkpoint.settle({ order: 1, logId: "a" });
  expect(await load()).toEqual({ logId: "a", startFrom: "beginning", caughtUpAt: undefined });
  expect(settings.events).toEqual([{ type: "checkpoint.moved", lane, checkpoint: "a" }]);
  expect(JSON.parse((await settings.storage.get(`checkpoint/${lane}`)) ?? "")).toEqual({
    log_id: "a",
    start_from: "beginning",
    at: "2026-03-02T09:00:00.000Z",
  });
});

test("never moves back, in whatever order it is told", async () => {
  const { checkpoint, settings, load } = open();
  await Promise.all([
    checkpoint.settle({ order: 2, logId: "b" }),
    checkpoint.settle({ order: 1, logId: "a" }),
    checkpoint.settle({ order: 3, logId: "c" }),
    checkpoint.settle({ order: 2, logId: "b" }),
  ]);
  expect((await load())?.logId).toBe("c");
  expect(settings.events.map((event) => "checkpoint" in event && event.checkpoint)).toEqual(["b", "c"]);
});

test("a failed write is told to who waits for it, and the next one is made all the same", async () => {
  const storage = memoryStorage().client("auth0");
  let broken = true;
  const set = async (key: string, value: string): Promise<void> => {
    if (broken) throw new StorageError("The disk is full.");
    await storage.set(key, value);
  };
  const options = { ...testSettings({ storage: { ...storage, set } }), lane, startFrom: "beginning" };
  const checkpoint = createLaneCheckpoint(undefined, options);
  await expect(checkpoint.settle({ order: 1, logId: "a" })).rejects.toThrow("The disk is full.");
  expect(await loadCheckpoint(options)).toBeUndefined();
  broken = false;
  await checkpoint.settle({ order: 1, logId: "a" });
  expect((await loadCheckpoint(options))?.logId).toBe("a");
});

test("keeps the time at which the log was seen to end there, once a minute at most", async () => {
  const { checkpoint, settings, load } = open();
  const start = clock.now();
  await checkpoint.settle({ order: 1, logId: "a" });
  await checkpoint.reachedEnd("a", start);
  await checkpoint.reachedEnd("a", start + 30_000);
  expect((await load())?.caughtUpAt).toBe(start);
  expect(checkpoint.settled).toEqual({ logId: "a", caughtUpAt: start + 30_000 });
  await checkpoint.reachedEnd("a", start + 60_000);
  expect((await load())?.caughtUpAt).toBe(start + 60_000);
  expect(settings.events).toHaveLength(1);
});

test("does not take the end of the log for its own while something is not settled", async () => {
  const { checkpoint, load } = open({ logId: "a", caughtUpAt: undefined });
  const seenAt = clock.now();
  await checkpoint.reachedEnd("b", seenAt);
  expect(checkpoint.settled).toEqual({ logId: "a", caughtUpAt: undefined });
  await checkpoint.settle({ order: 1, logId: "b" });
  expect(await load()).toMatchObject({ logId: "b", caughtUpAt: seenAt });
});

test.for(["", "{", "null", '"a"', '{"log_id":5}', '{"log_id":"","start_from":"now"}', '{"log_id":"a"}'])(
  "that cannot be understood (%j) is never taken for none",
  async (text) => {
    const { settings, load } = open();
    await settings.storage.set(`checkpoint/${lane}`, text);
    await expect(load()).rejects.toThrow(StorageError);
    await expect(load()).rejects.toThrow(`The checkpoint of the lane ${lane} cannot be read.`);
  },
);

test("lies in a file that another process goes on from", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "loghook-"));
  await using tenant = await startTenant({ entries: 10, logsItsOwnTokens: false });
  const config = sqliteStorage.config.parse({ directory: folder.path });
  const read: unknown[] = [];
  for (let process = 0; process < 3; process++) {
    await using storage = await sqliteStorage.create(config, {
      id: "sqlite_storage",
      logger: silentLogger,
      clock: systemClock,
    });
    await using receiver = receiverOf(tenant, { batch_size: 4 }, { storage: storage.client("auth0") });
    const signal = new AbortController().signal;
    for await (const delivery of receiver.receive({ lane, signal, follow: false })) {
      read.push(...idsOf([delivery]));
      await delivery.ack();
      break;
    }
  }
  expect(read).toEqual(tenant.entries.map(({ logId }) => logId));
  expect(tenant.requests.filter(({ path }) => path === "/oauth/token")).toHaveLength(1);
});

test("moves to the entry that was acknowledged, within a page and over pages", async () => {
  await using tenant = await startTenant({ entries: 6, logsItsOwnTokens: false });
  await using receiver = receiverOf(tenant, { batch_size: 3 });
  const ids = tenant.entries.map(({ logId }) => logId);
  const deliveries = await run(receiver, { handle: () => {} });
  const [first, second] = deliveries;
  const moves: [(() => Promise<void>) | undefined, string | undefined][] = [
    [() => first?.ack(0) ?? Promise.resolve(), undefined],
    [() => first?.ack(2) ?? Promise.resolve(), ids[1]],
    [() => first?.ack(1) ?? Promise.resolve(), ids[1]],
    [() => second?.ack(0) ?? Promise.resolve(), ids[2]],
    [() => first?.ack() ?? Promise.resolve(), ids[2]],
    [() => second?.ack(1) ?? Promise.resolve(), ids[3]],
    [() => second?.ack() ?? Promise.resolve(), ids[5]],
  ];
  await moves.slice(1).reduce(async (before, [move, expected]) => {
    await before;
    await move?.();
    const kept = await receiver.settings.storage.get(`checkpoint/${lane}`);
    expect(JSON.parse(kept ?? "").log_id).toBe(expected);
  }, Promise.resolve());
});
