import type { ComponentSettings, LogBatch } from "@loghook/pipeline";
import { loadCheckpoint } from "./checkpoint.ts";
import { ingestionMarginMs } from "./find-start.ts";
import { compareLogIds, logIdTime } from "./log-id.ts";
import { isWithin } from "./log-spans.ts";
import { logIdOf } from "./parse-page.ts";
import type { StartFrom } from "./start-from.ts";
import { recordTime } from "./to-log-record.ts";

export interface PassedOptions extends Pick<ComponentSettings, "storage"> {
  readonly lane: string;
  readonly startFrom: StartFrom;
}

/**
 * Whether a lane's checkpoint has passed a record, and it will not be looked for again. Undefined: the lane has none, or
 * `start_from` has changed since, so that it would not read on from there.
 */
export async function loadPassed({
  storage,
  lane,
  startFrom,
}: PassedOptions): Promise<((record: LogBatch[number]) => boolean) | undefined> {
  const checkpoint = await loadCheckpoint({ storage, lane });
  if (checkpoint?.startFrom !== startFrom.text) return undefined;
  const { logId: standsAt, lookAgain = [] } = checkpoint;
  const time = logIdTime(standsAt);
  return (record) => {
    const logId = logIdOf(record.body);
    if (logId !== undefined) {
      return compareLogIds(logId, standsAt) <= 0 && !lookAgain.some((span) => isWithin(span, logId));
    }
    // Without an id it has no place of its own. It came along with others of its time, so when it is old enough, all of
    // them are behind the checkpoint; to say it was still to come would hide that it is missing.
    return time !== undefined && recordTime(record) < time - ingestionMarginMs;
  };
}
