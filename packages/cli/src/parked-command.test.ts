import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { ConfigError, type ParkedRecord, recordToText, type Storage } from "@loghook/pipeline";
import { openStorage } from "@loghook/storage-sqlite";
import { startWebhook, testRecord } from "@loghook/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { type FakeIoOptions, fakeIo, runVerb } from "./fake-io.ts";
import { type ExitCode, exitCodes } from "./io.ts";
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
  const directory = await temporaryFolder();
  const storage = await openStorage({ directory });
  onTestFinished(() => storage[Symbol.asyncDispose]());
  for (const record of records) await storage.parked.add(record, { atMost: 1000 });
  return { directory, storage };
}

async function run(args: readonly string[], options?: FakeIoOptions): Promise<string> {
  const { code, out, err } = await outcomeOf(args, options);
  expect({ code, err }).toEqual({ code: exitCodes.done, err: "" });
  return out;
}

async function outcomeOf(
  args: readonly string[],
  options?: FakeIoOptions,
): Promise<{ code: ExitCode; out: string; err: string }> {
  const io = fakeIo(options);
  const code = await runVerb(addParkedCommand, ["parked", ...args], io);
  return { code, out: io.output(), err: io.errors() };
}

/** The path of a config whose storage is this, and whose webhook is there. */
async function configOf(
  storage: string,
  { url = "http://127.0.0.1:9", components = "" } = {},
): Promise<string> {
  const folder = await temporaryFolder();
  const file = join(folder, "loghook.yaml");
  await writeFile(
    file,
    `
${components}
receivers: { auth0: { domain: tenant.example.com, client_id: id, client_secret: secret } }
exporters: { webhook: { url: "${url}" } }
extensions: { ${storage} }
service:
  extensions: [${storage.replace(/:.*/s, "")}]
  pipelines: { logs: { receivers: [auth0], exporters: [webhook] } }`,
  );
  return file;
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "loghook-parked-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
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

test("what a hostile entry or answer says cannot steer the terminal, and stays what it was as JSON", async () => {
  const hostile = "\u009B31m\u202Eevil\u007F\u0085\u{E0001}";
  const record = recordToText({ ...testRecord(1), body: { user_agent: hostile } });
  const { directory } = await directoryOf(parked(1, { record, reason: hostile, answer: hostile }));
  const list = await run(["--json", "-d", directory]);
  const one = await run(["show", uid(1), "--json", "-d", directory]);
  for (const text of [list, one]) {
    expect(JSON.parse(text)).toMatchObject([{ reason: hostile, record: { body: { user_agent: hostile } } }]);
  }
  const shown = await run(["show", uid(1), "-d", directory]);
  expect(JSON.parse(shown.slice(shown.indexOf("{")))).toEqual({ user_agent: hostile });
  for (const text of [list, one, shown, await run(["-d", directory])]) {
    expect(text).not.toMatch(/[^\P{C}\n]/u);
  }
});

test.for(["show", "discard"])("%s names every id that is not parked", async (verb) => {
  const { directory, storage } = await directoryOf(parked(1), parked(2, { lane: "other" }));
  const ids = verb === "show" ? [uid(7)] : [uid(7), uid(1), uid(8)];
  expect(await outcomeOf([verb, ...ids, "-d", directory])).toEqual({
    code: exitCodes.notParked,
    out: verb === "show" ? "" : "1 entry discarded.\n",
    err: `Not parked in ${directory}: ${ids.filter((id) => id !== uid(1)).join(", ")}.\n`,
  });
  const { err } = await outcomeOf([verb, uid(1), "--lane", "other", "-d", directory]);
  expect(err).toBe(`Not parked of other in ${directory}: ${uid(1)}.\n`);
  expect(await storage.parked.count("other")).toBe(1);
});

test.for([
  { args: [], said: "Nothing is parked in " },
  { args: ["--lane", "logs/auth0/webhook"], said: "Nothing of logs/auth0/webhook is parked in " },
  { args: ["discard", "--all", "--yes"], said: "Nothing is parked in " },
])("says where it has looked when nothing is parked: $args", async ({ args, said }) => {
  const { directory, storage } = await directoryOf();
  await storage.runs.save({
    ...{ id: "1", lane: "logs/auth0/webhook", trigger: "once", status: "succeeded", startedAt: 1 },
    ...{ endedAt: 2, read: 0, kept: 0, delivered: 0, parked: 0, dropped: 0 },
  });
  expect(await run([...args, "-d", directory])).toBe(`${said}${directory}.\n`);
});

test.for([["list"], ["show", uid(1)], ["discard", uid(1)], ["discard", "--all", "--yes"]])(
  "a lane that neither storage nor config knows is refused: %s",
  async (args) => {
    const { directory } = await directoryOf(parked(1));
    const place = ["-d", directory, "--lane", "logs/auth0/typo"];
    await expect(run([...args, ...place])).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: `There is no lane logs/auth0/typo in ${directory}.`,
      remedy: "There is logs/auth0/webhook.",
    });
    const config = await configOf(`sqlite_storage: { directory: ${directory} }`);
    await expect(run([...args, "-c", config, "--lane", "logs/auth0/typo"])).rejects.toThrow(ConfigError);
  },
);

test.for([["list"], ["show", uid(1)], ["discard", uid(1)], ["discard", "--all", "--yes"], ["send"]])(
  "where there is no storage it says so, and where: %s",
  async (args) => {
    const directory = join(await temporaryFolder(), "nowhere");
    const refused = { code: "CONFIG_INVALID", message: `There is no storage in ${directory}.` };
    const config = await configOf(`sqlite_storage: { directory: ${directory} }`);
    await expect(run([...args, "-c", config])).rejects.toMatchObject(refused);
    if (args[0] === "send") return;
    await expect(run([...args, "-d", directory])).rejects.toMatchObject(refused);
  },
);

test("looks into the storage of a config, and not into two places", async () => {
  const { directory, storage } = await directoryOf(parked(1), parked(2));
  const config = await configOf(`sqlite_storage: { directory: ${directory} }`);
  expect(await run(["-c", config])).toContain(uid(2));
  expect(await run(["show", uid(1), "-c", config])).toContain("attempts  9");
  expect(await run(["discard", uid(1), "-c", config])).toBe("1 entry discarded.\n");
  expect(await storage.parked.list()).toMatchObject([{ uid: uid(2) }]);
  const { code, err } = await outcomeOf(["-c", config, "-d", directory]);
  expect(code).toBe(exitCodes.config);
  expect(err).toContain("cannot be used with option");
});

test("looks into a storage of one's own", async () => {
  const kit = fileURLToPath(new URL("own-storage.test-kit.ts", import.meta.url));
  const config = await configOf("mine:", { components: `components: [${kit}]` });
  expect(await run(["-c", config])).toContain("1 entry of logs/auth0/webhook: No.");
  expect(await run(["discard", "one", "-c", config])).toBe("1 entry discarded.\n");
  expect(await run(["--lane", "logs/auth0/webhook", "-c", config])).toBe(
    `Nothing of logs/auth0/webhook is parked in extensions.mine of ${config}.\n`,
  );
});

test("a record that the disk has changed is shown without what it says, and is discarded", async () => {
  const { directory, storage } = await directoryOf(parked(1), parked(2));
  using database = new DatabaseSync(join(directory, "loghook.db"));
  database.prepare("UPDATE parked_record SET reason = 'x' WHERE uid = ?").run(uid(1));
  expect(await run(["show", uid(1), "-d", directory])).toContain("The disk has changed what was kept");
  expect(JSON.parse(await run(["--json", "-d", directory]))).toMatchObject([
    { uid: uid(1), record: null },
    { uid: uid(2) },
  ]);
  expect(await run(["discard", uid(1), uid(1), "-d", directory])).toBe("1 entry discarded.\n");
  expect(await storage.parked.list()).toMatchObject([{ uid: uid(2) }]);
});

describe("send", () => {
  async function startWorld(...records: ParkedRecord[]) {
    const { directory, storage } = await directoryOf(...records);
    const webhook = await startWebhook();
    onTestFinished(() => webhook[Symbol.asyncDispose]());
    return {
      storage,
      directory,
      config: await configOf(`sqlite_storage: { directory: ${directory} }`, webhook),
    };
  }

  test("delivers what is parked, and names each id that is not", async () => {
    const { storage, directory, config } = await startWorld(parked(1), parked(2));
    expect(await outcomeOf(["send", uid(7), uid(1), uid(8), "-c", config])).toEqual({
      code: exitCodes.notParked,
      out: "logs/auth0/webhook: 1 entry delivered.\n",
      err: `Not parked in ${directory}: ${uid(7)}, ${uid(8)}.\n`,
    });
    expect(await storage.parked.list()).toMatchObject([{ uid: uid(2) }]);
    expect(await run(["send", "-c", config])).toBe("logs/auth0/webhook: 1 entry delivered.\n");
    expect(await run(["send", "-c", config])).toBe(`Nothing is parked in ${directory}.\n`);
  });

  test("refuses a lane that the config does not have", async () => {
    const { config } = await startWorld(parked(1));
    const sent = outcomeOf(["send", "-c", config, "--lane", "logs/auth0/typo"]);
    await expect(sent).rejects.toThrow("The config has no lane logs/auth0/typo.");
  });
});
