import type { RunRecord } from "@loghook/pipeline";
import { describe, expect, test } from "vitest";
import type { Ability } from "./ability.ts";
import { ledgerTests } from "./ledger-contract.ts";
import { needs } from "./needs.ts";
import { parkedTests } from "./parked-contract.ts";
import { type CreateStorage, openAlone, type StoragePlaces } from "./storage-places.ts";

/**
 * What every storage must honour, as tests: those of `Storage` in @loghook/pipeline. Call it at the top of a test file.
 * That it survives a crash is for the storage's own tests to show.
 *
 * @param subject the places in which storages are opened. Or just how to make a storage: whether it keeps anything when
 *   it is closed is then not looked at.
 */
export function storageContract(name: string, subject: CreateStorage | StoragePlaces): void {
  const create: CreateStorage = typeof subject === "function" ? subject : () => openAlone(subject);
  const places: Ability<StoragePlaces["start"]> =
    typeof subject === "function" ? { cannot: "it has no place to be opened in again" } : subject.start;
  describe(`${name} honours the storage contract`, () => {
    valueTests(create);
    ownerTests(create);
    runTests(create);
    runFilterTests(create);
    reopeningTests(places);
    parkedTests(create, places);
    ledgerTests(create, places);

    test("can be disposed before it is used, and again", async () => {
      const storage = await create();
      await storage[Symbol.asyncDispose]();
      await expect(storage[Symbol.asyncDispose]()).resolves.toBeUndefined();
    });
  });
}

function reopeningTests(places: Ability<StoragePlaces["start"]>): void {
  test("has everything again when it is closed and opened", async (context) => {
    needs(places, context);
    await using place = await places();
    {
      await using storage = await place.open();
      await storage.client("lane").set("checkpoint", "1");
      await storage.client("other").set("token", "2");
      await storage.client("other").delete("token");
      await storage.runs.save(runOf(1));
    }
    await using storage = await place.open();
    expect(await storage.client("lane").get("checkpoint"), "a value that was set").toBe("1");
    expect(await storage.client("other").get("token"), "a value that was deleted").toBeUndefined();
    expect(await storage.runs.list(), "the runs that were saved").toEqual([runOf(1)]);
  });
}

function valueTests(create: CreateStorage): void {
  test("a key that was never set has no value", async () => {
    await using storage = await create();
    expect(await storage.client("lane").get("checkpoint")).toBeUndefined();
  });

  test.for([
    { name: "a checkpoint", value: "90020260302091408334120000000000000001223372071234567801" },
    { name: "an empty text", value: "" },
    { name: "a text of many lines and scripts", value: "line\nζωή '; DROP TABLE kv; -- 🦔" },
    { name: "a long text", value: "x".repeat(100_000) },
  ])("gives back $name as it was set", async ({ value }) => {
    await using storage = await create();
    const client = storage.client("lane");
    await client.set("key", value);
    expect(await client.get("key")).toBe(value);
  });

  test("a value that is set again replaces the one before", async () => {
    await using storage = await create();
    const client = storage.client("lane");
    await client.set("checkpoint", "1");
    await client.set("checkpoint", "2");
    expect(await client.get("checkpoint")).toBe("2");
  });

  test("a deleted key has no value, and its neighbours keep theirs", async () => {
    await using storage = await create();
    const client = storage.client("lane");
    await client.set("checkpoint", "1");
    await client.set("token", "2");
    await client.delete("checkpoint");
    expect(await client.get("checkpoint")).toBeUndefined();
    expect(await client.get("token")).toBe("2");
  });

  test("keeps every one of many values that are set at once", async () => {
    await using storage = await create();
    const clients = [storage.client("one"), storage.client("another")];
    const numbers = Array.from({ length: 25 }, (_, index) => String(index));
    await Promise.all(clients.flatMap((client) => numbers.map((n) => client.set(`key ${n}`, n))));
    for (const client of clients) {
      const values = await Promise.all(numbers.map((n) => client.get(`key ${n}`)));
      expect(values, "what was set in many calls at once").toEqual(numbers);
    }
  });

  test("deleting a key that is not there does nothing", async () => {
    await using storage = await create();
    await expect(storage.client("lane").delete("checkpoint")).resolves.toBeUndefined();
  });
}

function ownerTests(create: CreateStorage): void {
  test.for([
    { owner: "auth0", key: "token", otherOwner: "auth0/eu", otherKey: "token" },
    { owner: "a", key: "b/c", otherOwner: "a/b", otherKey: "c" },
    { owner: "a", key: "b:c", otherOwner: "a:b", otherKey: "c" },
    { owner: "auth0", key: "token", otherOwner: "Auth0", otherKey: "Token" },
  ])("keeps $key of $owner apart from $otherKey of $otherOwner", async (row) => {
    await using storage = await create();
    const client = storage.client(row.owner);
    const other = storage.client(row.otherOwner);
    await client.set(row.key, "mine");
    expect(await other.get(row.otherKey), "what another owner finds").toBeUndefined();
    await other.set(row.otherKey, "theirs");
    expect(await client.get(row.key), "the value after another owner has set one").toBe("mine");
    await other.delete(row.otherKey);
    expect(await client.get(row.key), "the value after another owner has deleted one").toBe("mine");
  });

  test("one owner sees the same keys through every client", async () => {
    await using storage = await create();
    await storage.client("lane").set("checkpoint", "1");
    expect(await storage.client("lane").get("checkpoint")).toBe("1");
  });
}

const firstStart = Date.UTC(2026, 2, 2, 9);

/** Run number `n`, which starts n minutes after the first. */
function runOf(n: number, overrides: Partial<RunRecord> = {}): RunRecord {
  const startedAt = firstStart + n * 60_000;
  return {
    id: `run-${n}`,
    lane: "logs/auth0/webhook",
    trigger: "schedule",
    status: "succeeded",
    startedAt,
    endedAt: startedAt + 5_000,
    read: 100 + n,
    kept: 50,
    delivered: 50,
    parked: n,
    dropped: 2 * n,
    ...overrides,
  };
}

function idsOf(runs: readonly RunRecord[]): string[] {
  return runs.map((run) => run.id);
}

function runTests(create: CreateStorage): void {
  test("gives back a run with all that is known of it", async () => {
    await using storage = await create();
    const run = runOf(1, {
      status: "failed",
      checkpoint: "90020260302091408334120000000000000001223372071234567801",
      error: { code: "RETRYABLE", message: "No answer.", remedy: "Start the webhook." },
      nextRunAt: firstStart + 600_000,
    });
    await storage.runs.save(run);
    expect(await storage.runs.list()).toEqual([run]);
  });

  test("a run that is still under way has no end, checkpoint, error or next run", async () => {
    await using storage = await create();
    await storage.runs.save(runOf(1, { status: "running", endedAt: undefined }));
    const [run] = await storage.runs.list();
    expect([run?.endedAt, run?.checkpoint, run?.error, run?.nextRunAt]).toEqual(Array(4).fill(undefined));
  });

  test("a run that is saved again replaces the one with the same id", async () => {
    await using storage = await create();
    await storage.runs.save(runOf(1, { status: "running", endedAt: undefined, delivered: 0 }));
    await storage.runs.save(runOf(2));
    await storage.runs.save(runOf(1, { delivered: 7 }));
    const runs = await storage.runs.list();
    expect(idsOf(runs), "the runs, one of which was saved twice").toEqual(["run-2", "run-1"]);
    expect(runs, "the runs, one of which was saved twice").toEqual([runOf(2), runOf(1, { delivered: 7 })]);
  });

  test("keeps every one of many runs that are saved at once", async () => {
    await using storage = await create();
    const runs = Array.from({ length: 10 }, (_, index) => runOf(10 - index));
    await Promise.all(runs.map((run) => storage.runs.save(run)));
    const listed = idsOf(await storage.runs.list());
    expect(listed, "the runs that were saved in many calls at once").toEqual(idsOf(runs));
  });

  test("lists runs by their start, newest first, in whatever order they were saved", async () => {
    await using storage = await create();
    for (const n of [2, 4, 1, 3]) await storage.runs.save(runOf(n));
    expect(idsOf(await storage.runs.list())).toEqual(["run-4", "run-3", "run-2", "run-1"]);
  });
}

const history = [
  runOf(1),
  runOf(2, { status: "failed" }),
  runOf(3, { lane: "logs/auth0/other", status: "failed" }),
  runOf(4, { status: "running", endedAt: undefined }),
];

function runFilterTests(create: CreateStorage): void {
  test.for([
    { filter: { lane: "logs/auth0/webhook" }, ids: ["run-4", "run-2", "run-1"] },
    { filter: { lane: "logs/auth0" }, ids: [] },
    { filter: { status: "failed" as const }, ids: ["run-3", "run-2"] },
    { filter: { since: firstStart + 125_000 }, ids: ["run-4", "run-3", "run-2"] },
    { filter: { since: firstStart + 125_001 }, ids: ["run-4", "run-3"] },
    { filter: { since: firstStart + 999_000 }, ids: ["run-4"] },
    { filter: { limit: 2 }, ids: ["run-4", "run-3"] },
    { filter: { lane: "logs/auth0/webhook", status: "failed" as const, since: firstStart }, ids: ["run-2"] },
    { filter: { status: "failed" as const, limit: 1 }, ids: ["run-3"] },
    {
      filter: { lane: undefined, status: undefined, since: undefined, limit: undefined },
      ids: ["run-4", "run-3", "run-2", "run-1"],
    },
  ])("lists the runs of $filter", async ({ filter, ids }) => {
    await using storage = await create();
    for (const run of history) await storage.runs.save(run);
    const listed = idsOf(await storage.runs.list(filter));
    expect(listed, "the ids of the runs that list() gives").toEqual(ids);
  });

  test("lists the 50 newest runs when no limit is given, and more when asked to", async () => {
    await using storage = await create();
    for (let n = 1; n <= 60; n++) await storage.runs.save(runOf(n));
    const newest = await storage.runs.list();
    expect(newest, "the runs that list() gives when no limit is given").toHaveLength(50);
    expect(newest.at(-1)?.id).toBe("run-11");
    expect(await storage.runs.list({ limit: 60 }), "the runs up to a limit of 60").toHaveLength(60);
  });
}
