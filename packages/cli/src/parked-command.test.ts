import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigError, type ParkedRecord, recordToText, type Storage } from "@loghook/pipeline";
import { openStorage } from "@loghook/storage-sqlite";
import { testRecord } from "@loghook/testkit";
import { expect, onTestFinished, test } from "vitest";
import { type FakeIoOptions, fakeIo, runVerb } from "./fake-io.ts";
import { exitCodes } from "./io.ts";
import { addParkedCommand } from "./parked-command.ts";

const uid = (n: number): string => String(testRecord(n).attributes["log.record.uid"]);

function parked(n: number, overrides: Partial<ParkedRecord> = {}): ParkedRecord {
  return {
    lane: "logs/auth0/webhook",
    uid: uid(n),
    parkedAt: Date.UTC(2026, 10, 22, 12, n),
    reason: "POST http://127.0.0.1/ was answered with 400.",
    remedy: "Look at what the webhook says.",
    answer: "bad \u001b[31mentry",
    attempts: 9,
    record: recordToText(testRecord(n)),
    ...overrides,
  };
}

/** A directory with these parked records, whose owner still has it open. */
async function directoryOf(...records: ParkedRecord[]): Promise<{ directory: string; storage: Storage }> {
  const directory = await mkdtemp(join(tmpdir(), "loghook-parked-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const storage = await openStorage({ directory });
  onTestFinished(() => storage[Symbol.asyncDispose]());
  for (const record of records) await storage.parked.add(record, { atMost: 1000 });
  return { directory, storage };
}

async function run(args: readonly string[], options?: FakeIoOptions): Promise<string> {
  const io = fakeIo(options);
  expect(await runVerb(addParkedCommand, ["parked", ...args], io), io.errors()).toBe(exitCodes.done);
  return io.output();
}

test("shows how many there are for which reason, and the newest first, beside the process that parks them", async () => {
  const other = parked(4, { lane: "logs/auth0/other", reason: "Too large.", remedy: undefined });
  const { directory } = await directoryOf(parked(1), parked(2), parked(3), other);
  const lines = (await run(["-d", directory, "--limit", "3"])).split("\n");
  expect(lines.slice(0, 3)).toEqual([
    "1 entry of logs/auth0/other: Too large.",
    "3 entries of logs/auth0/webhook: POST http://127.0.0.1/ was answered with 400.",
    "  Look at what the webhook says.",
  ]);
  expect(lines[4]).toMatch(/^id +parked \(UTC\) +lane +attempts +reason$/);
  expect(lines[5]).toBe(`${uid(4)}  2026-11-22 12:04:00  logs/auth0/other           9  Too large.`);
  expect(lines[6]).toContain(uid(3));
  expect(lines[8]).toBe("and 1 parked before these; --limit shows more.");
  expect(await run(["list", "-d", directory, "--lane", "logs/auth0/other"])).not.toContain(uid(1));
});

test("as JSON each has its whole record, with numbers as Auth0 wrote them", async () => {
  const record = recordToText(testRecord(1)).replace('"type":"f"', '"type":"f","id":12345678901234567890');
  const { directory } = await directoryOf(parked(1, { record }), parked(2));
  const text = await run(["--json", "-d", directory]);
  expect(text).toContain("12345678901234567890");
  const [first, second] = JSON.parse(text);
  expect(first).toMatchObject({ uid: uid(1), attempts: 9, parkedAt: "2026-11-22T12:01:00.000Z" });
  expect(second.record.body).toEqual(testRecord(2).body);
});

test("shows one with its reason, the answer, and the body that is sent", async () => {
  const { directory } = await directoryOf(parked(1), parked(2));
  const text = await run(["show", uid(2), "-d", directory]);
  expect(text).toContain("reason    POST http://127.0.0.1/ was answered with 400.");
  expect(text).toContain("answer    bad  [31mentry");
  expect(JSON.parse(text.slice(text.indexOf("{")))).toEqual(testRecord(2).body);
  expect(text).not.toContain(uid(1));
});

test("discards those that are named, and no other", async () => {
  const { directory, storage } = await directoryOf(parked(1), parked(2), parked(3));
  expect(await run(["discard", uid(1), uid(3), "-d", directory])).toBe("2 entries discarded.\n");
  expect(await storage.parked.list()).toMatchObject([{ uid: uid(2) }]);
});

test("discards all only when that is what was meant", async () => {
  const { directory, storage } = await directoryOf(parked(1), parked(2, { lane: "other" }));
  for (const vague of [[], ["--all"], [uid(1), "--all", "--yes"]]) {
    await expect(run(["discard", ...vague, "-d", directory])).rejects.toThrow(ConfigError);
  }
  expect(await storage.parked.count()).toBe(2);
  expect(await run(["discard", "--all", "--yes", "--lane", "other", "-d", directory])).toBe(
    "1 entry discarded.\n",
  );
  expect(await storage.parked.list()).toMatchObject([{ uid: uid(1) }]);
});

test.for([
  ["show", uid(7)],
  ["discard", uid(7)],
])("%s of what is not parked is refused by its id", async (args) => {
  const { directory } = await directoryOf(parked(1));
  await expect(run([...args, "-d", directory])).rejects.toThrow(`The entry ${uid(7)} is not parked.`);
});

test("where there is no storage yet, nothing is parked", async () => {
  expect(await run(["-d", join(tmpdir(), "loghook-parked-that-is-not-there")])).toBe("Nothing is parked.\n");
});
