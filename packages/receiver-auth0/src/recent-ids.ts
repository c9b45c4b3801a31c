import { laterLogId } from "./log-id.ts";

/** Remembers the uids of the entries that were read last, no more. */
export interface RecentIds {
  /** False: it was there already. */
  add(uid: string, logId?: string | undefined): boolean;
  has(uid: string): boolean;
  /** The largest log_id of those that were forgotten. Undefined: none was. */
  readonly forgotten: string | undefined;
}

/** More than a lane may have in flight; what a look finds must be known while it is not settled. About 2 MB. */
const defaultCapacity = 20_000;

/** @param capacity how many are remembered; the oldest are forgotten first */
export function createRecentIds(capacity: number = defaultCapacity): RecentIds {
  const ids = new Map<string, string | undefined>();
  let forgotten: string | undefined;

  function forgetOldest(): void {
    const [[uid, logId] = [""]] = ids;
    ids.delete(uid);
    if (logId !== undefined) forgotten = forgotten === undefined ? logId : laterLogId(forgotten, logId);
  }

  return {
    add(uid, logId) {
      if (ids.has(uid)) return false;
      ids.set(uid, logId);
      if (ids.size > capacity) forgetOldest();
      return true;
    },
    has: (uid) => ids.has(uid),
    get forgotten() {
      return forgotten;
    },
  };
}
