import type { Delivery } from "@loghook/pipeline";
import type { LaneCheckpoint } from "./checkpoint.ts";
import { compareLogIds, laterLogId } from "./log-id.ts";
import type { ReadEntry } from "./recent-pages.ts";

/** Where a delivery stands in what its lane reads. */
export interface DeliveryPlace {
  readonly caughtUp: boolean;
  /** The id behind which this page was read, and the one where the next begins. */
  readonly from: string;
  readonly next: string;
  readonly order: number;
}

/** @param entries what is delivered of a page */
export function toDelivery(
  entries: readonly ReadEntry[],
  settle: LaneCheckpoint["settle"],
  { caughtUp, from, next, order }: DeliveryPlace,
): Delivery {
  const settledId = isInOrder(entries) ? lastId : lastIdBeforeRest;
  /** Entries that were left out of a delivery count as settled with the one before them, at its end with the last. */
  const placeBehind = (count: number): string =>
    count >= entries.length ? next : laterLogId(from, settledId(entries, count) ?? from);
  return {
    batch: entries.map(({ record }) => record),
    caughtUp,
    ack: (count = entries.length) => settle({ order: order + count, logId: placeBehind(count) }),
  };
}

function isInOrder(entries: readonly ReadEntry[]): boolean {
  let last = "";
  for (const { logId } of entries) {
    if (logId === undefined) continue;
    if (compareLogIds(logId, last) < 0) return false;
    last = logId;
  }
  return true;
}

function lastId(entries: readonly ReadEntry[], count: number): string | undefined {
  return entries.slice(0, count).findLast(({ logId }) => logId !== undefined)?.logId;
}

/**
 * The largest id of the first `count` entries that is smaller than all ids of the rest, since what is read again begins
 * behind it. Where the order is lost, an entry without an id may belong anywhere: while one is left, there is no such id.
 */
function lastIdBeforeRest(entries: readonly ReadEntry[], count: number): string | undefined {
  const rest = entries.slice(count).map(({ logId }) => logId ?? "");
  return entries
    .slice(0, count)
    .flatMap(({ logId }) => logId ?? [])
    .filter((id) => rest.every((left) => compareLogIds(id, left) < 0))
    .reduce<string | undefined>((last, id) => (last === undefined ? id : laterLogId(last, id)), undefined);
}
