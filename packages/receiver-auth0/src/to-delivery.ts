import type { Delivery } from "@loghook/pipeline";
import type { LaneCheckpoint } from "./checkpoint.ts";
import { compareLogIds, laterLogId } from "./log-id.ts";
import { type LogSpan, spansUpTo } from "./log-spans.ts";
import type { LateEntries } from "./look-again.ts";
import type { ReadEntry } from "./recent-pages.ts";

/** Where a delivery stands in what its lane reads. */
export interface DeliveryPlace {
  readonly caughtUp: boolean;
  /** The id behind which this page was read, and the one where the next begins. */
  readonly from: string;
  readonly next: string;
  readonly order: number;
  /** What must be looked at again once all of this is settled. */
  readonly lookAgain: readonly LogSpan[];
}

/** @param entries what is delivered of a page */
export function toDelivery(
  entries: readonly ReadEntry[],
  settle: LaneCheckpoint["settle"],
  { caughtUp, from, next, order, lookAgain }: DeliveryPlace,
): Delivery {
  const settledId = isInOrder(entries) ? lastId : lastIdBeforeRest;
  /** Entries that were left out of a delivery count as settled with the one before them, at its end with the last. */
  const placeBehind = (count: number): string =>
    count >= entries.length ? next : laterLogId(from, settledId(entries, count) ?? from);
  return {
    batch: entries.map(({ record }) => record),
    caughtUp,
    async ack(count = entries.length) {
      const logId = placeBehind(count);
      // What is behind that place is read again, if need be, by reading on.
      await settle({ order: order + count, logId, lookAgain: spansUpTo(lookAgain, logId) });
    },
  };
}

/** Where a delivery of late entries stands: it moves the checkpoint to no other place than that before it. */
export interface LateDeliveryPlace {
  readonly at: string;
  readonly order: number;
}

/** @param late found behind the place where the lane stands. It is looked for again until all of it is settled */
export function toLateDelivery(
  { entries, before, after }: LateEntries,
  settle: LaneCheckpoint["settle"],
  { at, order }: LateDeliveryPlace,
): Delivery {
  return {
    batch: entries.map(({ record }) => record),
    caughtUp: true,
    ack: (count = entries.length) =>
      settle({ order: order + count, logId: at, lookAgain: count < entries.length ? before : after }),
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
