import type { ParkedRecord, ParkedRecords } from "@loghook/pipeline";

/** Parked records that are forgotten with the process. */
export function memoryParked(): ParkedRecords {
  const parked = new Map<string, ParkedRecord>();
  const keyOf = (lane: string, uid: string): string => JSON.stringify([lane, uid]);
  const ofLane = (lane: string | undefined): ParkedRecord[] =>
    [...parked.values()].filter((record) => lane === undefined || record.lane === lane);
  return {
    async add(record, { atMost }) {
      const key = keyOf(record.lane, record.uid);
      if (!parked.has(key) && ofLane(record.lane).length >= atMost) return false;
      parked.set(key, record);
      return true;
    },
    async list({ lane, uid, limit } = {}) {
      return ofLane(lane)
        .filter((record) => uid === undefined || record.uid === uid)
        .sort((a, b) => a.parkedAt - b.parkedAt)
        .slice(0, limit);
    },
    async count(lane) {
      return ofLane(lane).length;
    },
    async remove(lane, uids) {
      return uids.filter((uid) => parked.delete(keyOf(lane, uid))).length;
    },
  };
}
