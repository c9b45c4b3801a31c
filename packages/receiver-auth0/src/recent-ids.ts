import { compareLogIds, laterLogId, logIdTime } from "./log-id.ts";

/** Remembers the uids of the entries that were read last, no more. */
export interface RecentIds {
  /** False: it was there already. */
  add(uid: string, logId?: string | undefined): boolean;
  has(uid: string): boolean;
  /** The largest log_id of those that were forgotten. Undefined: none was. */
  readonly forgotten: string | undefined;
}

export interface RecentIdsOptions {
  /** How many are remembered at least; at most twice as many. Default: more than a lane may have in flight, 3 MB. */
  readonly capacity?: number;
  /**
   * What is older than this by the time in its log_id, with a thousand behind it, is not looked for any more. Default:
   * for ever.
   */
  readonly keepMs?: number;
}

const defaultCapacity = 15_000;
const alwaysKept = 1000;

/** The oldest are forgotten first, many together. */
export function createRecentIds({
  capacity = defaultCapacity,
  keepMs = Number.POSITIVE_INFINITY,
}: RecentIdsOptions = {}): RecentIds {
  // A map that loses its first entry each time it gets a new one has to look for it behind all the places of lost ones.
  let younger = new Map<string, string | undefined>();
  let older = new Map<string, string | undefined>();
  let forgotten: string | undefined;
  let latest = "";
  /** Of the first of the younger ones. */
  let youngerSince: number | undefined;

  function forgetOlder(): void {
    for (const logId of older.values()) {
      if (logId !== undefined) forgotten = forgotten === undefined ? logId : laterLogId(forgotten, logId);
    }
    older = younger;
    younger = new Map();
    youngerSince = undefined;
  }

  /** Looked at now and then, since it takes its time to read a time. */
  function areYoungerOld(logId: string | undefined): boolean {
    if (younger.size < alwaysKept || younger.size % 100 !== 0) return false;
    const now = logId && logIdTime(logId);
    return Boolean(now && youngerSince && now - youngerSince > keepMs);
  }

  const has = (uid: string): boolean => younger.has(uid) || older.has(uid);
  return {
    has,
    add(uid, logId) {
      // Behind all others, as nearly always: then it need not be looked for.
      const isLatest = uid === logId && compareLogIds(uid, latest) > 0;
      if (!isLatest && has(uid)) return false;
      if (logId !== undefined) latest = laterLogId(latest, logId);
      if (younger.size >= capacity || areYoungerOld(logId)) forgetOlder();
      if (younger.size === 0 && logId) youngerSince = logIdTime(logId);
      younger.set(uid, logId);
      return true;
    },
    get forgotten() {
      return forgotten;
    },
  };
}
