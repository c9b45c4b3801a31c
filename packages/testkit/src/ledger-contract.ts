import type { Ledger, LedgerPart, Settlement, Storage } from "@loghook/pipeline";
import { expect, type TestContext, test } from "vitest";
import type { Ability } from "./ability.ts";
import { needs } from "./needs.ts";
import type { CreateStorage, StoragePlaces } from "./storage-places.ts";

const lane = "logs/auth0/webhook";
// Near enough to now for every window.
const firstTime = Date.now() - 3_600_000;
const uidOf = (n: number): string => `900${String(n).padStart(53, "0")}`;

/** Settlement number `n`, of an entry that happened n seconds after the first. */
function settlementOf(n: number, overrides: Partial<Settlement> = {}): Settlement {
  return { uid: uidOf(n), time: firstTime + n * 1000, as: "delivered", ...overrides };
}

const settlementsOf = (first: number, last: number): Settlement[] =>
  Array.from({ length: last - first + 1 }, (_, index) => settlementOf(first + index));

function ledgerOf({ ledger }: Storage, { skip }: Pick<TestContext, "skip">): Ledger {
  return ledger ?? skip("it keeps no ledger");
}

/** Something durable, which takes along what is noted. */
const commit = (storage: Storage): Promise<void> => storage.client(lane).set("checkpoint", "1");

function known(part: LedgerPart, uids: readonly string[]): string[] {
  return uids.filter((uid) => part.get(uid) !== undefined);
}

/** What `Storage.ledger` must honour, where there is one. */
export function ledgerTests(create: CreateStorage, places: Ability<StoragePlaces["start"]>): void {
  notingTests(create);
  beginTests(create);
  sinceTests(create);
  durabilityTests(places);
}

function notingTests(create: CreateStorage): void {
  test("the ledger says how each record was settled, before and after it is durable", async (context) => {
    await using storage = await create();
    const ledger = ledgerOf(storage, context);
    const all = [
      settlementOf(1),
      settlementOf(2, { as: "filtered", by: "filter/loud ones" }),
      settlementOf(3, { as: "parked" }),
      settlementOf(4, { as: "dropped" }),
      settlementOf(5, { as: "filtered" }),
    ];
    ledger.note(lane, all.slice(0, 2));
    ledger.note(lane, all.slice(2));
    for (const when of ["before", "after"]) {
      const part = await ledger.read(lane);
      const found = all.map(({ uid }) => part.get(uid));
      const expected = all.map(({ as, by }) => (by === undefined ? { as } : { as, by }));
      expect(found, `what the ledger says ${when} a write`).toEqual(expected);
      expect(part.get(uidOf(6)), "of a record that was not noted").toBeUndefined();
      await commit(storage);
    }
  });

  test("the last settlement of a record counts", async (context) => {
    await using storage = await create();
    const ledger = ledgerOf(storage, context);
    ledger.note(lane, [settlementOf(1, { as: "parked" }), settlementOf(2)]);
    ledger.note(lane, [settlementOf(1)]);
    expect((await ledger.read(lane)).get(uidOf(1)), "of a record that was noted twice").toEqual({
      as: "delivered",
    });
    await commit(storage);
    ledger.note(lane, [settlementOf(1, { as: "dropped" })]);
    expect((await ledger.read(lane)).get(uidOf(1)), "of a record that was noted twice").toEqual({
      as: "dropped",
    });
    await commit(storage);
    expect((await ledger.read(lane)).get(uidOf(1)), "of a record that was noted twice").toEqual({
      as: "dropped",
    });
  });

  test("each lane has a ledger of its own", async (context) => {
    await using storage = await create();
    const ledger = ledgerOf(storage, context);
    ledger.note(lane, [settlementOf(1)]);
    ledger.note("logs/auth0/backup", [settlementOf(2, { as: "parked" })]);
    await commit(storage);
    const part = await ledger.read("logs/auth0/backup");
    expect(known(part, [uidOf(1), uidOf(2)]), "what is known of another lane").toEqual([uidOf(2)]);
    expect(part.begin?.uid).toBe(uidOf(2));
  });

  test("a uid may be any text", async (context) => {
    await using storage = await create();
    const ledger = ledgerOf(storage, context);
    const uids = ["", "a", "ζωή 🦔", "line\nline", '"quoted",', "\0", "__proto__", "x".repeat(500), uidOf(1)];
    for (const uid of uids) {
      ledger.note(lane, [settlementOf(1, { uid })]);
      await commit(storage);
    }
    ledger.note(
      lane,
      uids.map((uid) => settlementOf(1, { uid: `${uid}+` })),
    );
    await commit(storage);
    const all = [...uids, ...uids.map((uid) => `${uid}+`)];
    expect(known(await ledger.read(lane), all)).toEqual(all);
    expect((await ledger.read(lane)).get("toString")).toBeUndefined();
  });

  test("nothing of many is left out", async (context) => {
    await using storage = await create();
    const ledger = ledgerOf(storage, context);
    const all = settlementsOf(1, 900);
    for (let at = 0, size = 1; at < all.length; at += size, size = (size % 7) + 1) {
      ledger.note(lane, all.slice(at, at + size));
      await commit(storage);
    }
    const uids = all.map(({ uid }) => uid);
    expect(known(await ledger.read(lane), uids), "what is known of 900 records").toEqual(uids);
  });
}

function beginTests(create: CreateStorage): void {
  test("there is no beginning of a lane of which nothing was noted", async (context) => {
    await using storage = await create();
    const ledger = ledgerOf(storage, context);
    ledger.note("logs/auth0/backup", [settlementOf(1)]);
    ledger.note(lane, []);
    await commit(storage);
    const part = await ledger.read(lane);
    expect(part.begin, "the beginning of a lane of which nothing was noted").toBeUndefined();
    expect(part.get(uidOf(1))).toBeUndefined();
  });

  test("the ledger begins with the first that was noted, and stays there", async (context) => {
    await using storage = await create();
    const ledger = ledgerOf(storage, context);
    const begin = { uid: uidOf(5), time: settlementOf(5).time };
    ledger.note(lane, [settlementOf(5), settlementOf(6)]);
    expect((await ledger.read(lane)).begin, "where the ledger begins").toEqual(begin);
    await commit(storage);
    // One that happened earlier, and was read later.
    for (const n of [3, 7, 5]) {
      ledger.note(lane, [settlementOf(n)]);
      await commit(storage);
      expect((await ledger.read(lane)).begin, "where the ledger begins").toEqual(begin);
    }
    expect((await ledger.read(lane, { since: settlementOf(7).time })).begin).toEqual(begin);
  });
}

function sinceTests(create: CreateStorage): void {
  test("knows every record since a time, in whatever order they came", async (context) => {
    await using storage = await create();
    const ledger = ledgerOf(storage, context);
    for (const n of [1, 8, 2, 9, 3, 7]) {
      ledger.note(lane, [settlementOf(n)]);
      await commit(storage);
    }
    ledger.note(lane, [settlementOf(6), settlementOf(4)]);
    const part = await ledger.read(lane, { since: settlementOf(6).time });
    const uids = [6, 7, 8, 9].map(uidOf);
    expect(known(part, uids), "what is known since a time").toEqual(uids);
  });
}

function durabilityTests(places: Ability<StoragePlaces["start"]>): void {
  const writes: Record<string, (storage: Storage) => Promise<unknown>> = {
    "a value is set": commit,
    "another one's value is deleted": (storage) => storage.client("other").delete("token"),
    "a record is parked": ({ parked }) =>
      parked.add(
        { lane, uid: "1", parkedAt: firstTime, reason: "No.", attempts: 1, record: "{}" },
        { atMost: 1 },
      ),
    "parked records are removed": ({ parked }) => parked.remove(lane, []),
    "the storage is disposed of": async () => {},
  };

  test.for(Object.keys(writes))("has what was noted again, when %s", async (write, context) => {
    needs(places, context);
    await using place = await places();
    {
      await using storage = await place.open();
      ledgerOf(storage, context).note(lane, settlementsOf(1, 3));
      await writes[write]?.(storage);
    }
    await using storage = await place.open();
    const part = await ledgerOf(storage, context).read(lane);
    const uids = [1, 2, 3].map(uidOf);
    expect(known(part, uids), "what the ledger knows when it was opened again").toEqual(uids);
    expect(part.begin).toEqual({ uid: uidOf(1), time: settlementOf(1).time });
  });
}
