import { spawnSync } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startTenant } from "@loghook/auth0-simulator";
import { startWebhook } from "@loghook/testkit";
import { expect, test } from "vitest";
import {
  type LoghookProcess,
  loghook,
  receivedIds,
  runLoghook,
  temporaryFolder,
  writeConfig,
  writtenIds,
} from "./harness.ts";

/** How the disk becomes full and has room again. */
interface Disk {
  /** Where the storage lies. */
  readonly directory: string;
  readonly outlivesProcess: boolean;
  readonly launch: { readonly preloads?: readonly string[]; readonly within?: readonly string[] };
  fill(process: LoghookProcess): Promise<void>;
  free(process: LoghookProcess): Promise<void>;
}

/** Entries that come while the disk is full: more than what is read ahead, and enough for the storage to grow. */
const manyEntries = 3000;

async function fillAndFree(folder: string, disk: Disk): Promise<void> {
  await using tenant = await startTenant({ entries: 300, logsItsOwnTokens: false });
  await using webhook = await startWebhook();
  const arrived = (): Set<string> => new Set(receivedIds(webhook));
  const config = await writeConfig(folder, { tenant, webhook, storage: { directory: disk.directory } });
  {
    await using running = loghook(["run", "--config", config], { cwd: folder, ...disk.launch });
    await running.printed("Run finished.");
    expect(arrived().size).toBe(300);

    await disk.fill(running);
    tenant.generate(manyEntries);
    // It says why, with what to do about it, and goes on trying; each time it stops before it has read far.
    await running.printed("Run failed.", 3);
    const failed = running.events.find(({ msg }) => msg === "Run failed.");
    expect(failed).toMatchObject({
      code: "STORAGE_UNUSABLE",
      error: expect.stringContaining("the disk is full"),
    });
    expect(failed).toMatchObject({ remedy: expect.stringContaining("Make room on the disk") });
    expect(arrived().size).toBeLessThan(300 + manyEntries);

    await disk.free(running);
    while (arrived().size < 300 + manyEntries) await webhook.received(webhook.requests.length + 1);
    running.kill("SIGTERM");
    expect(await running.ended).toBe(0);
  }
  expect([...arrived()].toSorted()).toEqual(writtenIds(tenant));

  if (!disk.outlivesProcess) return;
  const again = await runLoghook(["run", "--once", "--config", config], { cwd: folder });
  expect(again.events.at(-1)).toMatchObject({ msg: "Run finished.", read: 0, delivered: 0 });
}

test("a storage that cannot grow: the lane stops reading, says why, goes on when there is room, and nothing is lost", async () => {
  await using folder = await temporaryFolder();
  const toggle = async (running: LoghookProcess, state: string): Promise<void> => {
    running.kill("SIGUSR2");
    await running.printed(`"preload":"${state}"`);
  };
  await fillAndFree(folder.path, {
    directory: join(folder.path, ".loghook"),
    outlivesProcess: true,
    launch: { preloads: [fileURLToPath(new URL("./testdata/preloads/small-database.mjs", import.meta.url))] },
    fill: (running) => toggle(running, "full"),
    free: (running) => toggle(running, "roomy"),
  });
});

/** A file system of its own for one process and its children: nobody else sees it, and it goes with them. */
const mounting = (directory: string): string[] => [
  "unshare",
  "-Urm",
  "sh",
  "-c",
  'mount -t tmpfs -o size=8m tmpfs "$0" && exec "$@"',
  directory,
];

function whyNotMounted(): string | undefined {
  const [command = "", ...args] = [...mounting("/mnt"), "true"];
  const { status, error, stderr } = spawnSync(command, args, { encoding: "utf8" });
  return status === 0 ? undefined : String(error?.message ?? stderr).trim();
}

const cannot = whyNotMounted();

test.skipIf(cannot !== undefined)(
  `a disk that is full${cannot === undefined ? "" : ` (NOT RUN: no file system can be mounted here: ${cannot})`}: the lane stops reading, says why, goes on when there is room, and nothing is lost`,
  async () => {
    await using folder = await temporaryFolder();
    const disk = join(folder.path, "disk");
    await mkdir(disk);
    // The mounted file system as its process sees it: https://man7.org/linux/man-pages/man5/proc_pid_root.5.html
    const filler = ({ pid }: LoghookProcess): string => join(`/proc/${pid}/root`, disk, "filler");
    await fillAndFree(folder.path, {
      directory: join(disk, ".loghook"),
      outlivesProcess: false,
      launch: { within: mounting(disk) },
      async fill(running) {
        await expect(writeFile(filler(running), Buffer.alloc(16_000_000))).rejects.toThrow("ENOSPC");
      },
      free: (running) => rm(filler(running)),
    });
  },
);
