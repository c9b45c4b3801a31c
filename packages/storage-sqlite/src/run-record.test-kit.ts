import type { RunRecord, Storage } from "@loghook/pipeline";

/** A run that has just begun. */
export function run(id: string, startedAt: number): RunRecord {
  return {
    id,
    lane: "logs/auth0/webhook",
    trigger: "schedule",
    status: "running",
    startedAt,
    read: 30,
    kept: 20,
    delivered: 10,
    parked: 2,
    dropped: 1,
  };
}

export async function idsOf(storage: Storage): Promise<string[]> {
  return (await storage.runs.list()).map(({ id }) => id);
}
