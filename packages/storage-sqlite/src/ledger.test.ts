import { createHash } from "node:crypto";
import { mkdtempDisposableSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Storage, StorageError, silentLogger, systemClock } from "@loghook/pipeline";
import { type ManualClock, manualClock } from "@loghook/testkit";
import { describe, expect, test } from "vitest";
import { openDatabase } from "./database-file.ts";
import { storagePaths } from "./private-files.ts";
import { remember } from "./remembering-logger.test-kit.ts";
import { knownIn, lane, settlement, uidOf } from "./settlement.test-kit.ts";
import { type OpenStorageOptions, openStorage, ownStorage } from "./storage.ts";

const testFolder = () => mkdtempDisposableSync(join(tmpdir(), "loghook-ledger-"));
const dayMs = 86_400_000;
const start = Date.UTC(2026, 2, 2, 9);
const ledgerWindowMs = 7 * dayMs;

async function settle(storage: Storage, ...settlements: ReturnType<typeof settlement>[]): Promise<void> {
  storage.ledger?.note(lane, settlements);
  await storage.client(lane).set("checkpoint", settlements.at(-1)?.uid ?? "");
}

function change(directory: string, sql: string): void {
  const database = new DatabaseSync(join(directory, "loghook.db"));
  database.exec(sql);
  database.close();
}

function rowsIn(directory: string): number {
  const database = new DatabaseSync(join(directory, "loghook.db"), { readOnly: true });
  const { n } = database.prepare("SELECT count(*) AS n FROM ledger_part").get() ?? {};
  database.close();
  return Number(n);
}

describe("the ledger forgets", () => {
  /** Settles entry n on day n, up to `last`, and opens the storage again at the end of `today`. */
  async function settleDaily(last: number, then: (storage: Storage, clock: ManualClock) => Promise<void>) {
    using folder = testFolder();
    const clock = manualClock(start);
    const options: OpenStorageOptions = { directory: folder.path, clock, ledgerWindowMs };
    {
      await using storage = await openStorage(options);
      for (let n = 1; n <= last; n++) {
        await settle(storage, settlement(n, clock.now()));
        clock.advance(dayMs);
      }
    }
    await using storage = await openStorage(options);
    await then(storage, clock);
  }

  test("what is older than its window, and begins with what is left", async () => {
    await settleDaily(20, async (storage) => {
      const part = await storage.ledger?.read(lane);
      // 20 days later: entry 13 is seven days older than the newest, 12 is the last old one, with which it begins.
      expect(knownIn(part, 20)).toEqual([12, 13, 14, 15, 16, 17, 18, 19, 20]);
      expect(part?.begin).toEqual({ uid: uidOf(12), time: start + 11 * dayMs });
    });
  });

  test("nothing when only the clock has moved on", async () => {
    await settleDaily(5, async (storage, clock) => {
      clock.advance(365 * dayMs);
      await settle(storage, settlement(6, start + 5 * dayMs));
      const part = await storage.ledger?.read(lane);
      expect(knownIn(part, 6)).toEqual([1, 2, 3, 4, 5, 6]);
      expect(part?.begin?.uid).toBe(uidOf(1));
    });
  });

  test("nothing for one date that is still to come, which does not keep it from forgetting later", async () => {
    await settleDaily(5, async (storage, clock) => {
      await settle(storage, settlement(6, Date.UTC(2099, 0, 1)));
      clock.advance(dayMs);
      await settle(storage, settlement(7, clock.now()));
      expect(knownIn(await storage.ledger?.read(lane), 7)).toEqual([1, 2, 3, 4, 5, 6, 7]);
      for (let n = 8; n <= 30; n++) {
        clock.advance(dayMs);
        await settle(storage, settlement(n, clock.now()));
      }
      const part = await storage.ledger?.read(lane);
      expect(knownIn(part, 30)).toEqual([22, 23, 24, 25, 26, 27, 28, 29, 30]);
      expect(part?.begin?.uid).toBe(uidOf(22));
    });
  });

  test("nothing for one date of long ago", async () => {
    await settleDaily(5, async (storage, clock) => {
      await settle(storage, settlement(6, 0));
      clock.advance(dayMs);
      await settle(storage, settlement(7, clock.now()));
      expect(knownIn(await storage.ledger?.read(lane), 7)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    });
  });

  test("everything when none is kept any more, so that it has no gap when one is kept again", async () => {
    using folder = testFolder();
    const directory = folder.path;
    {
      await using storage = await openStorage({ directory });
      await settle(storage, settlement(1, Date.now()));
    }
    {
      await using storage = await openStorage({ directory, ledgerWindowMs: 0 });
      expect(storage.ledger).toBeUndefined();
      await storage.client(lane).set("checkpoint", uidOf(2));
    }
    await using storage = await openStorage({ directory });
    await settle(storage, settlement(3, Date.now()));
    const part = await storage.ledger?.read(lane);
    expect(knownIn(part, 3)).toEqual([3]);
    expect(part?.begin?.uid).toBe(uidOf(3));
  });
});

test("deleting rows by hand makes a hole, and does not move the beginning", async () => {
  using folder = testFolder();
  const clock = manualClock(start);
  const options = { directory: folder.path, clock, ledgerWindowMs };
  {
    await using storage = await openStorage(options);
    for (let n = 1; n <= 6; n++) await settle(storage, settlement(n, start + n));
  }
  change(folder.path, "DELETE FROM ledger_part WHERE id IN (1, 2, 4)");
  for (const last of [6, 100]) {
    await using storage = await openStorage(options);
    const part = await storage.ledger?.read(lane);
    expect(part?.begin?.uid).toBe(uidOf(1));
    expect(knownIn(part, 6)).toEqual([3, 5, 6]);
    for (let n = 7; n <= last; n++) await settle(storage, settlement(n, start + n));
  }
});

test("a hole is found for as long as its neighbours are known", async () => {
  using folder = testFolder();
  const clock = manualClock(start);
  const options = { directory: folder.path, clock, ledgerWindowMs };
  {
    await using storage = await openStorage(options);
    for (let n = 1; n <= 4; n++) await settle(storage, settlement(n, start + n * dayMs));
  }
  change(folder.path, "DELETE FROM ledger_part WHERE id = 3");
  clock.advance(10 * dayMs);
  await using storage = await openStorage(options);
  for (const n of [10]) await settle(storage, settlement(n, start + n * dayMs));
  clock.advance(dayMs);
  await settle(storage, settlement(11, start + 10 * dayMs));
  // The window begins at day 3, which is gone: what is left begins before it.
  const part = await storage.ledger?.read(lane);
  expect(part?.begin?.uid).toBe(uidOf(2));
  expect(knownIn(part, 11)).toEqual([2, 4, 10, 11]);
});

test("commits of one entry are joined, and none is lost by it", async () => {
  using folder = testFolder();
  const count = 500;
  {
    await using storage = await openStorage({ directory: folder.path });
    for (let n = 1; n <= count; n++)
      await settle(storage, settlement(n, Date.now() + n, n % 3 ? "delivered" : "parked"));
  }
  expect(rowsIn(folder.path)).toBeLessThan(64 + count / 64);
  expect(statSync(join(folder.path, "loghook.db")).size).toBeLessThan(100_000);
  await using storage = await openStorage({ directory: folder.path });
  const part = await storage.ledger?.read(lane);
  expect(knownIn(part, count)).toHaveLength(count);
  expect([1, 2, 3, 498].map((n) => part?.get(uidOf(n))?.as)).toEqual([
    "delivered",
    "delivered",
    "parked",
    "parked",
  ]);
  expect(part?.begin?.uid).toBe(uidOf(1));
});

test("what a full disk keeps from being written is written later, and does not grow while a lane tries again", async () => {
  using folder = testFolder();
  const paths = storagePaths(folder.path);
  const database = openDatabase(paths, { clock: systemClock, logger: silentLogger });
  using _closing = { [Symbol.dispose]: () => database.close() };
  await using storage = ownStorage(database, paths, { directory: folder.path, close: () => {} });
  // Of texts that cannot be made small.
  const uids = Array.from({ length: 3_000 }, (_, n) => createHash("sha256").update(`${n}`).digest("hex"));
  const many = uids.map((uid) => ({ ...settlement(1, Date.now()), uid }));
  const known = async () => {
    const part = await storage.ledger?.read(lane);
    return uids.filter((uid) => part?.get(uid)).length;
  };
  database.exec("PRAGMA max_page_count = 1");
  for (let attempt = 0; attempt < 3; attempt++) {
    await expect(settle(storage, ...many)).rejects.toThrow("the disk is full");
    expect(await storage.client(lane).get("checkpoint")).toBeUndefined();
    expect(await known()).toBe(3_000);
  }
  database.exec("PRAGMA max_page_count = 1000000");
  await storage.client("other").set("token", "1");
  expect(database.prepare("SELECT entries FROM ledger_part").all()).toEqual([{ entries: 3_000 }]);
});

test("a time that is none is noted all the same", async () => {
  using folder = testFolder();
  await using storage = await openStorage({ directory: folder.path });
  await settle(
    storage,
    settlement(1, Number.NaN),
    settlement(2, start + 0.5),
    settlement(3, Number.NEGATIVE_INFINITY),
  );
  expect(knownIn(await storage.ledger?.read(lane), 3)).toEqual([1, 2, 3]);
});

test("a reader sees what is durable, and notes nothing", async () => {
  using folder = testFolder();
  await using owner = await openStorage({ directory: folder.path });
  await settle(owner, settlement(1, Date.now()));
  await using reader = await openStorage({ directory: folder.path, readOnly: true });
  owner.ledger?.note(lane, [settlement(2, Date.now())]);
  expect(knownIn(await reader.ledger?.read(lane), 2)).toEqual([1]);
  await settle(owner, settlement(3, Date.now()));
  expect(knownIn(await reader.ledger?.read(lane), 3)).toEqual([1, 2, 3]);
  expect(() => reader.ledger?.note(lane, [settlement(4, Date.now())])).toThrow(StorageError);
});

describe("a row of the ledger that the disk has changed", () => {
  const changes = [
    {
      what: "what is packed",
      sql: "UPDATE ledger_part SET packed = CAST(packed || x'00' AS BLOB) WHERE id = 2",
      left: [3, 4],
    },
    { what: "a time", sql: "UPDATE ledger_part SET first_time = first_time + 1 WHERE id = 2", left: [3, 4] },
    { what: "how many there are", sql: "UPDATE ledger_part SET entries = 2 WHERE id = 2", left: [3, 4] },
    { what: "the last row", sql: "UPDATE ledger_part SET checksum = 0 WHERE id = 4", left: [] },
    { what: "where it begins", sql: "UPDATE ledger_lane SET begin_time = begin_time - 1", left: [] },
    { what: "what lane it is of", sql: "DELETE FROM ledger_lane", left: [] },
  ];

  test.for(changes)(
    "($what) is an error until the next start, which says what is left",
    async ({ sql, left }) => {
      using folder = testFolder();
      const directory = folder.path;
      const logger = remember();
      {
        await using storage = await openStorage({ directory });
        for (const n of [1, 2, 3, 4]) await settle(storage, settlement(n, start + n));
        change(directory, sql);
        if (!sql.startsWith("DELETE")) {
          await expect(storage.ledger?.read(lane)).rejects.toMatchObject({
            code: "STORAGE_UNUSABLE",
            message: expect.stringContaining("is not the one that was written"),
            remedy: expect.stringContaining("loghook run"),
          });
        }
        // Shipping goes on.
        await storage.client(lane).set("checkpoint", uidOf(4));
      }
      await using storage = await openStorage({ directory, logger });
      expect(logger.said).toEqual([expect.objectContaining({ level: "error" })]);
      const part = await storage.ledger?.read(lane);
      expect(knownIn(part, 4)).toEqual(left);
      expect(part?.begin?.uid).toBe(left[0] && uidOf(left[0]));
      expect(await storage.client(lane).get("checkpoint")).toBe(uidOf(4));
    },
  );

  test("is left alone when others are joined", async () => {
    using folder = testFolder();
    const logger = remember();
    await using storage = await openStorage({ directory: folder.path, logger });
    for (let n = 1; n <= 10; n++) await settle(storage, settlement(n, start + n));
    change(folder.path, "UPDATE ledger_part SET checksum = 0 WHERE id = 5");
    for (let n = 11; n <= 100; n++) await settle(storage, settlement(n, start + n));
    expect(logger.said).toEqual([
      expect.objectContaining({ level: "warn", message: "The ledger could not be made smaller." }),
    ]);
    await expect(storage.ledger?.read(lane)).rejects.toThrow("is not the one that was written");
    expect(await storage.client(lane).get("checkpoint")).toBe(uidOf(100));
  });
});
