import type { Auth0Config } from "./config.ts";
import { createRecentIds, type RecentIds } from "./recent-ids.ts";
import type { ReadEntry } from "./recent-pages.ts";
import { entryTime } from "./to-log-record.ts";

/** Which of the entries that a lane reads it gives out. */
export interface Selection {
  /** Leaves out what was read a moment ago, and what is not wanted. */
  select(entries: readonly ReadEntry[]): readonly ReadEntry[];
  /** False: it is older than a `start_from` that is a date. */
  isWanted(entry: ReadEntry): boolean;
  /** What was read a moment ago. */
  readonly recent: RecentIds;
}

/** What is looked at again is not older than one and a half of the overlap. */
const keptOverlaps = 3;

export function createSelection({
  startFrom,
  overlapMs,
}: Pick<Auth0Config, "startFrom" | "overlapMs">): Selection {
  const recent = createRecentIds({ keepMs: keptOverlaps * overlapMs });
  const isWanted = ({ record }: ReadEntry): boolean =>
    startFrom.kind !== "date" || (entryTime(record.body) ?? Number.POSITIVE_INFINITY) >= startFrom.time;
  return {
    select: (entries) => entries.filter((entry) => recent.add(entry.uid, entry.logId) && isWanted(entry)),
    isWanted,
    recent,
  };
}
