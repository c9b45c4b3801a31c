import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RunRecord, StorageError } from "@loghook/pipeline";
import { openStorage } from "@loghook/storage-sqlite";
import { expect, onTestFinished, test } from "vitest";
import { type FakeIoOptions, fakeIo, runVerb } from "./fake-io.ts";
import { exitCodes } from "./io.ts";
import { addRunsCommand } from "./runs-command.ts";
import { describeRuns } from "./runs-report.ts";

const now = Date.UTC(2026, 2, 2, 9, 30);
const minuteMs = 60_000;

function run(n: number, overrides: Partial<RunRecord> = {}): RunRecord {
  const startedAt = now - n * 5 * minuteMs;
  return {
    id: `run-${n}`,
    lane: "logs/auth0/webhook",
    trigger: "schedule",
    status: "succeeded",
    startedAt,
    endedAt: startedAt + 3200,
    read: 1500,
    kept: 20,
    delivered: 20,
    parked: 0,
    dropped: 0,
    checkpoint: "90020260302091408334120000000000000001223372071234567801",
    ...overrides,
  };
}

const failed = run(1, {
  status: "failed",
  delivered: 7,
  error: {
    code: "DESTINATION_REFUSED",
    message: "POST https://hooks.example.com/ was answered with 401.",
    remedy: "The webhook answered 401: check exporters.webhook.authorization.",
  },
});

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "loghook-runs-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** A directory with this history, whose owner still has it open. */
async function historyOf(...runs: RunRecord[]): Promise<string> {
  const directory = await temporaryDirectory();
  const storage = await openStorage({ directory });
  onTestFinished(() => storage[Symbol.asyncDispose]());
  for (const run of runs) await storage.runs.save(run);
  return directory;
}

async function runs(args: readonly string[], options?: FakeIoOptions): Promise<string> {
  const io = fakeIo(options);
  expect(await runVerb(addRunsCommand, ["runs", ...args], io)).toBe(exitCodes.done);
  expect(io.errors()).toBe("");
  return io.output();
}

function describe(list: readonly RunRecord[], options: FakeIoOptions = {}): string {
  return describeRuns(list, { io: fakeIo(options), now });
}

test("shows the newest run first, with its numbers, beside the process that writes them", async () => {
  const directory = await historyOf(run(2), run(0), run(1));
  const lines = (await runs(["--directory", directory])).split("\n");
  expect(lines[0]).toMatch(/^status +started \(UTC\) +took +read +kept +delivered +checkpoint$/);
  expect(lines.slice(1, 4)).toEqual([
    "succeeded  2026-03-02 09:30:00   3 s  1,500    20         20  …234567801",
    "succeeded  2026-03-02 09:25:00   3 s  1,500    20         20  …234567801",
    "succeeded  2026-03-02 09:20:00   3 s  1,500    20         20  …234567801",
  ]);
});

test("as JSON it keeps everything, the checkpoint whole", async () => {
  const directory = await historyOf(failed, run(0, { nextRunAt: now + 5 * minuteMs }));
  const list = JSON.parse(await runs(["--directory", directory, "--json"])) as unknown;
  expect(list).toEqual([run(0, { nextRunAt: now + 5 * minuteMs }), failed]);
});

test("--lane, --failed and --limit choose", async () => {
  const directory = await historyOf(
    run(0, { lane: "a" }),
    run(1, { lane: "b" }),
    { ...failed, id: "x" },
    run(3, { lane: "b" }),
  );
  const ids = async (...args: string[]) =>
    (JSON.parse(await runs(["-d", directory, "--json", ...args])) as RunRecord[]).map(({ id }) => id);
  expect(await ids("--lane", "b")).toEqual(["run-1", "run-3"]);
  expect(await ids("--failed")).toEqual(["x"]);
  expect(await ids("--limit", "1")).toEqual(["run-0"]);
  expect(await runs(["-d", directory, "--lane", "nobody"])).toBe("No run matches.\n");
});

test("says what is wrong right below a failed run, and what to do", () => {
  const lines = describe([run(0), failed, run(2)]).split("\n");
  expect(lines[2]).toMatch(/^failed /);
  expect(lines.slice(3, 6)).toEqual([
    `  ${failed.error?.message}`,
    `  ${failed.error?.remedy}`,
    "  DESTINATION_REFUSED",
  ]);
  expect(lines[6]).toMatch(/^succeeded /);
});

test("a failed run is red on a terminal, and nowhere else", () => {
  const red = "\u001B[31m";
  const lines = describe([failed], { isTTY: true }).split("\n");
  expect(lines[1]).toContain(`${red}\u001B[1mfailed`);
  expect(lines[2]).toContain(`${red}  ${failed.error?.message}`);
  expect(describe([failed], { isTTY: true, env: { NO_COLOR: "1" } })).not.toContain("\u001B");
  expect(describe([failed])).not.toContain("\u001B");
});

test("fits into 80 columns", () => {
  const lines = describe([run(0), run(1, { read: 250_000, kept: 120_000, delivered: 120_000 })], {
    isTTY: true,
    columns: 80,
    env: { NO_COLOR: "1" },
  }).split("\n");
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  expect(lines[0]).toContain("checkpoint");
});

test("shows what was parked and dropped where there is any", () => {
  const head = (...list: RunRecord[]) => describe(list).split("\n")[0];
  expect(head(run(0))).not.toMatch(/parked|dropped/);
  expect(head(run(0), run(1, { parked: 3 }))).toMatch(/ delivered +parked +checkpoint$/);
  expect(head(run(0, { dropped: 1 }))).toMatch(/ delivered +dropped +checkpoint$/);
  const lines = describe([run(0, { parked: 1234, dropped: 5 }), run(1)]).split("\n");
  expect(lines[1]).toMatch(/ 20 +1,234 +5 +…/);
  expect(lines[2]).toMatch(/ 20 +0 +0 +…/);
});

test("names the lanes when there are several", () => {
  expect(describe([run(0), run(1)])).not.toContain("lane");
  const output = describe([run(0), run(1, { lane: "logs/auth0/otlp" })]);
  expect(output).toMatch(/^status +started \(UTC\) +lane /);
  expect(output).toContain("logs/auth0/otlp");
});

test("a run that is under way has taken as long as it has lasted so far", () => {
  const output = describe([run(1, { status: "running", endedAt: undefined, checkpoint: undefined })]);
  expect(output).toMatch(/^running +2026-03-02 09:25:00 +5 min .* -$/m);
});

test("says when the next run of each lane begins, as its newest run knows", () => {
  const list = [
    run(0, { nextRunAt: now + 5 * minuteMs }),
    run(1, { nextRunAt: now + minuteMs }),
    run(2, { lane: "other", nextRunAt: now - minuteMs }),
  ];
  const said = describe(list)
    .split("\n")
    .filter((line) => line.startsWith("Next run"));
  expect(said).toEqual(["Next run of logs/auth0/webhook: 2026-03-02 09:35:00 UTC, in 5 min."]);
});

test("an error message cannot steer the terminal", () => {
  const error = { code: "RETRYABLE", message: "a\u001B[2Jb\nsucceeded", remedy: undefined };
  const output = describe([run(0, { status: "failed", error })]);
  expect(output).not.toContain("\u001B");
  expect(output).not.toMatch(/^succeeded/m);
});

test("where there is no history yet it says so kindly, and touches nothing", async () => {
  const directory = await temporaryDirectory();
  const missing = join(directory, "missing");
  const sentence =
    /^There (are no runs in|is no directory) .* yet\. loghook run makes (it|the first one); --directory looks elsewhere\.\n$/;
  expect(await runs(["--directory", missing])).toMatch(sentence);
  expect(await runs(["--directory", directory])).toMatch(sentence);
  expect(await runs(["--directory", await historyOf()])).toMatch(sentence);
  expect(await runs(["--directory", missing, "--json"])).toBe("[]\n");
  expect(await runs(["--directory", import.meta.filename])).toContain("is not a directory");
  await expect(mkdir(missing)).resolves.toBeUndefined();
});

test("a file that is no history is an error", async () => {
  const directory = await temporaryDirectory();
  await writeFile(join(directory, "loghook.db"), "hello ".repeat(1000));
  const verb = runVerb(addRunsCommand, ["runs", "--directory", directory], fakeIo());
  await expect(verb).rejects.toThrow(StorageError);
});
