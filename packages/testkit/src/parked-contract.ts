import type { ParkedRecord, ParkedRecords, Storage } from "@loghook/pipeline";
import { expect, test } from "vitest";
import type { Ability } from "./ability.ts";
import { needs } from "./needs.ts";
import type { CreateStorage, StoragePlaces } from "./storage-places.ts";

const lane = "logs/auth0/webhook";
const firstParkedAt = Date.UTC(2026, 2, 2, 9);

/** Parked record number `n`, parked n minutes after the first. */
function parkedOf(n: number, overrides: Partial<ParkedRecord> = {}): ParkedRecord {
  return {
    lane,
    uid: `9002026030209000000000000000000000000122337207123456780${n}`,
    parkedAt: firstParkedAt + n * 60_000,
    reason: "The destination answered 400.",
    attempts: n,
    record: `{"log_id":"${n}"}`,
    ...overrides,
  };
}

const noBound = { atMost: 1000 };

async function uidsIn(
  parked: ParkedRecords,
  which?: Parameters<ParkedRecords["list"]>[0],
): Promise<string[]> {
  return (await parked.list(which)).map(({ uid }) => uid);
}

async function park(storage: Storage, ...records: ParkedRecord[]): Promise<void> {
  for (const record of records) expect(await storage.parked.add(record, noBound)).toBe(true);
}

/** What `Storage.parked` must honour. */
export function parkedTests(create: CreateStorage, places: Ability<StoragePlaces["start"]>): void {
  keepingTests(create);
  boundTests(create);
  listingTests(create);
  removalTests(create);

  test("has parked records again when it is closed and opened", async (context) => {
    needs(places, context);
    await using place = await places();
    {
      await using storage = await place.open();
      await park(storage, parkedOf(1), parkedOf(2), parkedOf(3));
      await storage.parked.remove(lane, [parkedOf(2).uid]);
    }
    await using storage = await place.open();
    expect(await uidsIn(storage.parked), "the parked records after it was opened again").toEqual(
      [parkedOf(1), parkedOf(3)].map(({ uid }) => uid),
    );
  });
}

function keepingTests(create: CreateStorage): void {
  test("gives back a parked record with all that is known of it", async () => {
    await using storage = await create();
    const full = parkedOf(1, {
      remedy: "Look into the log of the destination.",
      answer: "unknown field: \0 'log_id' ; DROP TABLE parked; -- 🦔\r\n",
      record: JSON.stringify({ body: { description: "x".repeat(50_000) } }),
    });
    await park(storage, full, parkedOf(2));
    expect(await storage.parked.list()).toEqual([full, parkedOf(2)]);
  });

  test("a record that is parked again takes the place of the former one", async () => {
    await using storage = await create();
    await park(
      storage,
      parkedOf(1),
      parkedOf(2),
      parkedOf(1, { parkedAt: firstParkedAt + 600_000, attempts: 9 }),
    );
    const listed = await storage.parked.list();
    expect(listed, "the parked records, one of which was parked twice").toHaveLength(2);
    expect(listed[1]?.attempts, "of the record that was parked twice").toBe(9);
    expect(await storage.parked.count(lane)).toBe(2);
  });

  test("a record with the same uid is another one in another lane", async () => {
    await using storage = await create();
    const other = parkedOf(1, { lane: "logs/auth0/backup" });
    await park(storage, parkedOf(1), other);
    await storage.parked.remove(other.lane, [other.uid]);
    expect(await storage.parked.list(), "after it was removed from another lane").toEqual([parkedOf(1)]);
  });
}

function boundTests(create: CreateStorage): void {
  test("parks no more of a lane than it is told, and says so", async () => {
    await using storage = await create();
    await park(storage, parkedOf(9, { lane: "logs/auth0/backup" }));
    const added: boolean[] = [];
    for (const n of [1, 2, 3]) added.push(await storage.parked.add(parkedOf(n), { atMost: 2 }));
    expect(added, "what add() says when two records may be parked").toEqual([true, true, false]);
    expect(await uidsIn(storage.parked, { lane })).toEqual([parkedOf(1).uid, parkedOf(2).uid]);
  });

  test("a record that is parked already may be parked again when there are as many as there may be", async () => {
    await using storage = await create();
    await park(storage, parkedOf(1), parkedOf(2));
    const again = parkedOf(1, { attempts: 7 });
    expect(await storage.parked.add(again, { atMost: 2 }), "of a record that is parked already").toBe(true);
    expect((await storage.parked.list({ uid: again.uid }))[0]?.attempts).toBe(7);
  });

  test("the bound holds for records that are parked at once", async () => {
    await using storage = await create();
    const records = Array.from({ length: 8 }, (_, n) => parkedOf(n));
    const added = await Promise.all(records.map((record) => storage.parked.add(record, { atMost: 5 })));
    expect(added.filter(Boolean), "of eight that were parked at once, five at most").toHaveLength(5);
    expect(await storage.parked.count(lane)).toBe(5);
  });
}

function listingTests(create: CreateStorage): void {
  const backup = parkedOf(3, { lane: "logs/auth0/backup" });
  const all = [parkedOf(4), parkedOf(2), backup, parkedOf(1)];

  test.for([
    { which: undefined, numbers: [1, 2, 3, 4] },
    { which: {}, numbers: [1, 2, 3, 4] },
    { which: { lane }, numbers: [1, 2, 4] },
    { which: { lane: "logs/auth0" }, numbers: [] },
    { which: { uid: parkedOf(2).uid }, numbers: [2] },
    { which: { lane: backup.lane, uid: parkedOf(2).uid }, numbers: [] },
    { which: { limit: 2 }, numbers: [1, 2] },
    { which: { lane, limit: 2 }, numbers: [1, 2] },
    { which: { lane: undefined, uid: undefined, limit: undefined }, numbers: [1, 2, 3, 4] },
  ])("lists the parked records of $which, oldest first", async ({ which, numbers }) => {
    await using storage = await create();
    await park(storage, ...all);
    const listed = await uidsIn(storage.parked, which);
    expect(listed, "the uids of the parked records that list() gives").toEqual(
      numbers.map((n) => parkedOf(n).uid),
    );
  });

  test("counts the parked records of a lane, and of all", async () => {
    await using storage = await create();
    expect(await storage.parked.count()).toBe(0);
    await park(storage, ...all);
    const counts = [storage.parked.count(), storage.parked.count(lane), storage.parked.count("logs")];
    expect(await Promise.all(counts)).toEqual([4, 3, 0]);
  });
}

function removalTests(create: CreateStorage): void {
  test("removes parked records, and says how many there were", async () => {
    await using storage = await create();
    await park(storage, parkedOf(1), parkedOf(2), parkedOf(3));
    const { parked } = storage;
    expect(await parked.remove(lane, [parkedOf(1).uid, "no such", parkedOf(3).uid])).toBe(2);
    expect(await parked.remove(lane, [parkedOf(1).uid])).toBe(0);
    expect(await parked.remove(lane, [])).toBe(0);
    expect(await parked.list()).toEqual([parkedOf(2)]);
  });
}
