import { existsSync } from "node:fs";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import type { ParkedRecord } from "@loghook/pipeline";
import { openStorage } from "@loghook/storage-sqlite";
import { laneId, storageDirectory } from "./chaos-config.ts";
import type { LanePlan } from "./plan.ts";

/** What the storage says of a lane. */
interface LaneState {
  /** Undefined: none is stored yet. */
  readonly checkpoint: string | undefined;
  readonly parked: readonly ParkedRecord[];
}

export type States = ReadonlyMap<string, LaneState>;

/** Looks into the storage beside its owner. */
export async function peek(folder: string, lanes: readonly LanePlan[]): Promise<States> {
  return await statesIn(storageDirectory(folder), lanes);
}

/** Looks into a copy, so that the next start finds everything as the last one left it. */
export async function peekAfterDeath(folder: string, lanes: readonly LanePlan[]): Promise<States> {
  const directory = storageDirectory(folder);
  if (!existsSync(join(directory, "loghook.db"))) return noStates(lanes);
  const copy = await mkdtemp(join(folder, "peek-"));
  for (const name of ["loghook.db", "loghook.db-wal", "loghook.db-journal"]) {
    if (existsSync(join(directory, name))) await copyFile(join(directory, name), join(copy, name));
  }
  try {
    return await statesIn(copy, lanes);
  } finally {
    await rm(copy, { recursive: true });
  }
}

async function statesIn(directory: string, lanes: readonly LanePlan[]): Promise<States> {
  await using storage = await openStorage({ directory, readOnly: true });
  const receiver = storage.client("receiver/auth0");
  const states = new Map<string, LaneState>();
  for (const lane of lanes) {
    const stored = await receiver.get(`checkpoint/${laneId(lane)}`);
    const checkpoint = stored === undefined ? undefined : String(JSON.parse(stored).log_id);
    states.set(lane.name, { checkpoint, parked: (await storage.parked?.list({ lane: laneId(lane) })) ?? [] });
  }
  return states;
}

function noStates(lanes: readonly LanePlan[]): States {
  return new Map(lanes.map(({ name }) => [name, { checkpoint: undefined, parked: [] }]));
}
