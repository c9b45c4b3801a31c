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

/** What was read one after the other, and is forgotten together. */
interface Generation {
  /** Each a log_id, later than the one before: as nearly always. Cheaper than a map, and found as quickly. */
  readonly inOrder: string[];
  readonly others: Map<string, string | undefined>;
  readonly size: number;
}

function createGeneration(): Generation {
  const inOrder: string[] = [];
  const others = new Map<string, string | undefined>();
  return {
    inOrder,
    others,
    get size() {
      return inOrder.length + others.size;
    },
  };
}

/** The oldest are forgotten first, many together. */
export function createRecentIds({
  capacity = defaultCapacity,
  keepMs = Number.POSITIVE_INFINITY,
}: RecentIdsOptions = {}): RecentIds {
  let younger = createGeneration();
  let older = createGeneration();
  let forgotten: string | undefined;
  let latest = "";
  /** Of the first of the younger ones. */
  let youngerSince: number | undefined;

  function forgetOlder(): void {
    for (const logId of [older.inOrder.at(-1), ...older.others.values()]) {
      if (logId !== undefined) forgotten = forgotten === undefined ? logId : laterLogId(forgotten, logId);
    }
    older = younger;
    younger = createGeneration();
    youngerSince = undefined;
  }

  /** Looked at now and then, since it takes its time to read a time. */
  function areYoungerOld(logId: string | undefined): boolean {
    if (younger.size < alwaysKept || younger.size % 100 !== 0) return false;
    const now = logId && logIdTime(logId);
    return Boolean(now && youngerSince && now - youngerSince > keepMs);
  }

  const has = (uid: string): boolean => isIn(younger, uid) || isIn(older, uid);
  return {
    has,
    add(uid, logId) {
      const isLatest = uid === logId && compareLogIds(uid, latest) > 0;
      if (!isLatest && has(uid)) return false;
      if (logId !== undefined) latest = laterLogId(latest, logId);
      if (younger.size >= capacity || areYoungerOld(logId)) forgetOlder();
      if (younger.size === 0 && logId) youngerSince = logIdTime(logId);
      if (isLatest) younger.inOrder.push(uid);
      else younger.others.set(uid, logId);
      return true;
    },
    get forgotten() {
      return forgotten;
    },
  };
}

function isIn({ inOrder, others }: Generation, uid: string): boolean {
  return others.has(uid) || isAmong(inOrder, uid);
}

function isAmong(inOrder: readonly string[], logId: string): boolean {
  let [from, to] = [0, inOrder.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    const order = compareLogIds(inOrder[middle] as string, logId);
    if (order === 0) return true;
    if (order < 0) from = middle + 1;
    else to = middle;
  }
  return false;
}
