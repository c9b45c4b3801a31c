import fc from "fast-check";
import { expect, test } from "vitest";
import { testFolder } from "./damaged-storage.test-kit.ts";
import { knownIn, lane, uidOf } from "./settlement.test-kit.ts";
import { openStorage } from "./storage.ts";
import { commands, emptyModel, openSubject } from "./storage-model.test-kit.ts";
import { startStorageProcess } from "./storage-process.test-kit.ts";

// On failure fast-check prints the seed and the shortest list of commands that fails: fc.assert(…, { seed, path }).
test("whatever happens to it, a storage holds what a model says", { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.commands(commands, { maxCommands: 40, size: "max" }), async (cmds) => {
      using folder = testFolder();
      const subject = openSubject(folder.path);
      await fc.asyncModelRun(() => ({ model: emptyModel(), real: subject }), cmds);
      await subject.storage[Symbol.asyncDispose]();
    }),
    { numRuns: 20 },
  );
});

test("killed anywhere while it writes, it has the last checkpoint that was told, and the ledger is not behind it", {
  timeout: 60_000,
}, async () => {
  using folder = testFolder();
  const directory = folder.path;
  let settled = 0;
  // Killed after so many commits, in the middle of one of the next: single entries are joined meanwhile.
  for (const [commits, perCommit] of [
    [1, 1],
    [70, 1],
    [5, 100],
    [20, 3],
  ] as const) {
    await using child = await startStorageProcess(directory);
    const told = await child.settleUntilKilled(
      { lane, from: settled + 1, to: 1_000_000, perCommit },
      commits,
    );
    await using storage = await openStorage({ directory });
    const checkpoint = (await storage.client(lane).get("checkpoint")) ?? "";
    expect(checkpoint >= (told ?? "")).toBe(true);
    settled = Number(checkpoint.slice(3));
    const part = await storage.ledger?.read(lane);
    expect(knownIn(part, settled)).toHaveLength(settled);
    expect(part?.begin?.uid).toBe(uidOf(1));
  }
});
