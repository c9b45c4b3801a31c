import { cpSync, mkdtempDisposableSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ParkedRecord, Storage } from "@loghook/pipeline";
import { remember } from "./remembering-logger.test-kit.ts";
import { run } from "./run-record.test-kit.ts";
import { lane, settlement, uidOf } from "./settlement.test-kit.ts";
import { openStorage } from "./storage.ts";

export const testFolder = () => mkdtempDisposableSync(join(tmpdir(), "loghook-damage-"));

/** A parked record for entry `n`. */
export function parkedOf(n: number): ParkedRecord {
  return {
    lane,
    uid: uidOf(n),
    parkedAt: 1_000 + n,
    reason: "The destination answered 400.",
    attempts: 7,
    record: `{"description":"Wrong password ${n}."}`,
  };
}

/** What is told of a parked record that the disk has changed. */
export function changedParked({ lane, uid }: Pick<ParkedRecord, "lane" | "uid">): ParkedRecord {
  return {
    lane,
    uid,
    parkedAt: 0,
    reason: "The disk has changed what was kept of this entry: it can be discarded, but not sent.",
    remedy: "Look it up at the source by its id, then discard it.",
    attempts: 0,
    record: "null",
  };
}

/** Fills a storage with one of each kind: entries 1 and 2 settled, 3 and 4 parked. */
export async function fill(storage: Storage): Promise<void> {
  await storage.runs.save({ ...run("a", 1_000), status: "succeeded", endedAt: 2_000 });
  await storage.parked.add(parkedOf(3), { atMost: 9 });
  await storage.parked.add(parkedOf(4), { atMost: 9 });
  storage.ledger?.note(lane, [settlement(1, Date.now()), settlement(2, Date.now())]);
  await storage.client(lane).set("checkpoint", uidOf(2));
}

/** Files of a filled storage that was closed, and of one that was killed. To be copied, and disposed of together. */
export async function filledStorages() {
  const closed = testFolder();
  const killed = testFolder();
  const storage = await openStorage({ directory: closed.path });
  await fill(storage);
  // As it lies on the disk in this moment: that is what is left when the power goes.
  for (const file of ["loghook.db", "loghook.db-wal"])
    cpSync(join(closed.path, file), join(killed.path, file));
  await storage[Symbol.asyncDispose]();
  return {
    closed: closed.path,
    killed: killed.path,
    remove(): void {
      closed.remove();
      killed.remove();
    },
  };
}

/** Opens a copy of a storage after it was damaged. */
export async function openDamaged(directory: string, damage: (file: string) => void) {
  const folder = testFolder();
  cpSync(directory, folder.path, { recursive: true });
  damage(join(folder.path, "loghook.db"));
  const logger = remember();
  const storage = await openStorage({ directory: folder.path, logger });
  return {
    storage,
    said: logger.said,
    async [Symbol.asyncDispose]() {
      await storage[Symbol.asyncDispose]();
      folder.remove();
    },
  };
}

/** As `openDamaged`, but as a guest, who examines nothing. */
export async function openDamagedBeside(directory: string, damage: (file: string) => void) {
  const folder = testFolder();
  cpSync(directory, folder.path, { recursive: true });
  damage(join(folder.path, "loghook.db"));
  const storage = await openStorage({ directory: folder.path, beside: true });
  return {
    storage,
    async [Symbol.asyncDispose]() {
      await storage[Symbol.asyncDispose]();
      folder.remove();
    },
  };
}
