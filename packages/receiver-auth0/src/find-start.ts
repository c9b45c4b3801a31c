import type { Logger } from "@loghook/pipeline";
import { compareLogIds, firstTimedLogId, laterLogId, logIdTime, seekLogId } from "./log-id.ts";
import type { StartFrom } from "./start-from.ts";
import type { LogPage } from "./tenant-log.ts";
import { entryTime } from "./to-log-record.ts";

/** Where a lane without a checkpoint begins to read: behind this id. */
export interface Start {
  readonly logId: string;
  /** Search knows this entry, so reading must find something. Undefined: the log may well be empty. */
  readonly expects?: string | undefined;
}

export interface FindStartOptions {
  search(first: "oldest" | "newest"): Promise<LogPage>;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly logger: Logger;
}

const dayMs = 86_400_000;
/** Ids carry the time of ingestion, which is seconds behind `date`. Five minutes allow for slow ones. */
export const ingestionMarginMs = 300_000;

export async function findStart(startFrom: StartFrom, options: FindStartOptions): Promise<Start> {
  switch (startFrom.kind) {
    case "beginning":
      return atTheBeginning(await options.search("oldest"), options.now);
    case "now":
      return behindTheNewest(await options.search("newest"), options.now);
    case "date":
      // Ids from before this time do not carry one, so only the beginning is sure to be before all of them.
      if (startFrom.time < firstTimedLogId + dayMs) {
        return atTheBeginning(await options.search("oldest"), options.now);
      }
      return { logId: seekLogId(startFrom.time - ingestionMarginMs) };
    case "log_id":
      if (startFrom.logId.length !== 56) {
        options.logger.warn({ logId: startFrom.logId }, "The log_id of start_from does not have 56 digits.");
      }
      return { logId: startFrom.logId };
  }
}

/**
 * A made-up id that no entry comes before. Search gives the oldest `date`; reading goes by id, in another order, so the
 * id of the oldest entry would leave out others with a later date and a smaller id. But no entry is ingested before it
 * happens, so each id carries at least the oldest `date`, and a day less allows for any clock.
 */
function atTheBeginning({ entries, answeredAt }: LogPage, now: number): Start {
  const ids = entries.flatMap(({ logId }) => logId ?? []).sort(compareLogIds);
  const smallest = ids[0];
  if (smallest === undefined) return { logId: seekLogId(earlier(now, answeredAt) - dayMs) };

  // Ids of before 2020 begin with 49, in every tenant, and their order is not that of time.
  const untimed = ids.find((id) => logIdTime(id) === undefined);
  if (untimed !== undefined)
    return { logId: untimed.slice(0, 1).padEnd(untimed.length, "0"), expects: smallest };

  const times = entries.flatMap(({ entry, logId }) => [entryTime(entry) ?? [], logIdTime(logId ?? "") ?? []]);
  return {
    logId: seekLogId(Math.max(Math.min(...times.flat()), firstTimedLogId) - dayMs),
    expects: smallest,
  };
}

function behindTheNewest({ entries, answeredAt }: LogPage, now: number): Start {
  const ids = entries.flatMap(({ logId }) => logId ?? []);
  if (ids.length === 0) return { logId: seekLogId(earlier(now, answeredAt)) };
  return { logId: ids.reduce(laterLogId) };
}

/** Of the two clocks the one that is behind: an id in the future would leave out what comes until then. */
function earlier(now: number, answeredAt: number | undefined): number {
  return Math.min(now, answeredAt ?? now);
}
