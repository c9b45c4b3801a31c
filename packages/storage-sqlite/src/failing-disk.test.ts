import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, cpSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, type TestContext, test } from "vitest";
import { filledStorages, testFolder } from "./damaged-storage.test-kit.ts";
import { startStorageProcess } from "./storage-process.test-kit.ts";

let filled: Awaited<ReturnType<typeof filledStorages>>;
beforeAll(async () => {
  filled = await filledStorages();
});
afterAll(() => filled.remove());

describe("a disk", () => {
  /** Runs a storage in a shell of its own, where something is wrong with the disk, until it is told what became of it. */
  async function storeUnder(
    script: string,
    directory: string,
  ): Promise<{ code: number | null; output: string }> {
    const program = fileURLToPath(new URL("./failing-disk.test-child.ts", import.meta.url));
    const child = spawn("sh", ["-c", script], {
      env: { ...process.env, NODE: process.execPath, PROGRAM: program, DIRECTORY: directory },
    });
    const [output, [code]] = await Promise.all([text(child.stdout), once(child, "close")]);
    return { code, output };
  }
  const program = 'exec "$NODE" --conditions=source "$PROGRAM" "$DIRECTORY"';

  test("that is full (a real one) rejects what does not fit, and keeps what did", async ({ skip }) => {
    using folder = testFolder();
    const mount = `mount -t tmpfs -o size=400k none "$DIRECTORY"`;
    const permitted = await storeUnder(`unshare -m sh -c '${mount}'`, folder.path);
    skipUnless(permitted.code === 0, "this machine permits no mounts of its own", skip);
    const { output } = await storeUnder(`unshare -m sh -c '${mount} && ${program}'`, folder.path);
    expect(JSON.parse(output)).toEqual({
      rejected: `The storage in ${folder.path} cannot be written: the disk is full.`,
      firstSurvives: true,
      ledgerIsNotBehind: true,
      worksWithRoomAgain: true,
    });
  });

  test("that fails in the middle of a write (a real limit) rejects it, and keeps what was there", async ({
    skip,
  }) => {
    skipUnless(process.platform === "linux", "limits of the size of files are tested on Linux alone", skip);
    using folder = testFolder();
    const { output } = await storeUnder(`ulimit -f 400; ${program}`, folder.path);
    expect(JSON.parse(output)).toMatchObject({
      rejected: `The storage in ${folder.path} cannot be written: the disk reported a fault.`,
      firstSurvives: true,
      ledgerIsNotBehind: true,
    });
  });

  test("on which the file may not be written: refused with the remedy, and nothing changes", async () => {
    using folder = testFolder();
    const directory = join(folder.path, "storage");
    mkdirSync(directory);
    cpSync(join(filled.closed, "loghook.db"), join(directory, "loghook.db"));
    chmodSync(join(directory, "loghook.db"), 0o444);
    const before = readFileSync(join(directory, "loghook.db"));
    chmodSync(directory, 0o755);
    chmodSync(folder.path, 0o755);
    await using nobody = await startStorageProcess(directory, "nobody");
    expect(nobody.opening).toMatchObject({ opened: false, remedy: expect.stringContaining("write access") });
    expect(readFileSync(join(directory, "loghook.db"))).toEqual(before);
  });
});

function skipUnless(possible: boolean, reason: string, skip: TestContext["skip"]): void {
  if (!possible) skip(reason);
}
