import { isDeepStrictEqual } from "node:util";
import { type ComponentSettings, StorageError } from "@loghook/pipeline";
import { z } from "zod";
import type { LogSpan } from "./log-spans.ts";

/** Up to where a lane is settled. */
export interface Checkpoint {
  readonly logId: string;
  /** When the log was last seen to end at `logId`, in milliseconds since 1970: nothing older is missing. */
  readonly caughtUpAt: number | undefined;
}

/** A checkpoint as it lies in the storage, with the `start_from` that led to it. */
export interface StoredCheckpoint extends Checkpoint {
  readonly startFrom: string;
  /** Where entries may still show up behind it. */
  readonly lookAgain?: readonly LogSpan[] | undefined;
}

/** A place in what a lane was given. `order` grows with every entry, whatever the ids do. */
export interface Position {
  readonly order: number;
  readonly logId: string;
  /** What must still be looked at when everything up to here is settled. Default: nothing. */
  readonly lookAgain?: readonly LogSpan[] | undefined;
}

/** What a pass goes on from. */
type ResumedCheckpoint = Omit<StoredCheckpoint, "startFrom">;

function durableState({ logId, caughtUpAt, lookAgain = [] }: ResumedCheckpoint): Required<ResumedCheckpoint> {
  return { logId, caughtUpAt, lookAgain };
}

export interface LaneCheckpoint {
  /** What the storage holds, and until when that is everything. Undefined: nothing yet. */
  readonly settled: Checkpoint | undefined;
  /** Everything up to here is dealt with. Durable when it resolves. A place behind the last one changes nothing. */
  settle(position: Position): Promise<void>;
  /** The log was seen to end at this id. */
  reachedEnd(logId: string, at: number): Promise<void>;
}

export interface LaneCheckpointOptions extends Pick<ComponentSettings, "storage" | "clock" | "emit"> {
  readonly lane: string;
  /** `StartFrom.text` of the config. */
  readonly startFrom: string;
}

/** A lane that rests at the end of the log notes that this often, lest every poll write to the disk. */
const restingIntervalMs = 60_000;

/** `[after, upTo]`. An earlier version wrote none. */
const storedSpans = z
  .array(z.tuple([z.string(), z.string()]).transform(([after, upTo]): LogSpan => ({ after, upTo })))
  .optional();

const keyOf = (lane: string): string => `checkpoint/${lane}`;

/** @throws StorageError when there is a checkpoint that cannot be understood: it is never taken for none */
export async function loadCheckpoint({
  storage,
  lane,
}: Pick<LaneCheckpointOptions, "storage" | "lane">): Promise<StoredCheckpoint | undefined> {
  const text = await storage.get(keyOf(lane));
  if (text === undefined) return undefined;
  try {
    const { log_id: logId, start_from: startFrom, caught_up_at, look_again } = JSON.parse(text);
    if (typeof logId !== "string" || logId === "" || typeof startFrom !== "string") throw new TypeError(text);
    const caughtUpAt = Date.parse(caught_up_at);
    return {
      logId,
      startFrom,
      caughtUpAt: Number.isNaN(caughtUpAt) ? undefined : caughtUpAt,
      lookAgain: storedSpans.parse(look_again),
    };
  } catch (cause) {
    throw new StorageError(`The checkpoint of the lane ${lane} cannot be read.`, {
      cause,
      remedy: "Put back a copy of the storage, or remove the entry and let start_from say where to begin.",
    });
  }
}

/**
 * Keeps a lane's checkpoint, which moves forward only.
 *
 * @param stored what the storage holds for this lane and this `startFrom`; undefined: nothing
 */
export function createLaneCheckpoint(
  stored: ResumedCheckpoint | undefined,
  options: LaneCheckpointOptions,
): LaneCheckpoint {
  const { lane, startFrom, storage, clock, emit } = options;
  let durable = stored && durableState(stored);
  let order = Number.NEGATIVE_INFINITY;
  let end: { logId: string; at: number } | undefined;
  let restedAt = Number.NEGATIVE_INFINITY;
  let lastWrite: Promise<void> = Promise.resolve();

  const caughtUpAt = (logId: string): number | undefined => {
    if (end?.logId === logId) return end.at;
    return durable?.logId === logId ? durable.caughtUpAt : undefined;
  };

  /** One after the other, so that an older place never overwrites a newer one. A failed write stops none behind it. */
  function inTurn(write: () => Promise<void>): Promise<void> {
    lastWrite = lastWrite.catch(() => {}).then(write);
    return lastWrite;
  }

  async function write(state: ResumedCheckpoint): Promise<void> {
    const next = durableState(state);
    if (isDeepStrictEqual(durable, next)) return;
    await saveCheckpoint({ storage, lane }, { ...next, startFrom, at: clock.now() });
    const hasMoved = durable?.logId !== next.logId;
    durable = next;
    if (hasMoved) emit({ type: "checkpoint.moved", lane, checkpoint: next.logId });
  }

  return {
    get settled() {
      return durable && { logId: durable.logId, caughtUpAt: caughtUpAt(durable.logId) };
    },
    settle: (position) =>
      inTurn(async () => {
        if (position.order <= order) return;
        const { logId, lookAgain } = position;
        await write({ logId, caughtUpAt: caughtUpAt(logId), lookAgain });
        order = position.order;
      }),
    reachedEnd: (logId, at) =>
      inTurn(async () => {
        end = { logId, at };
        if (durable?.logId !== logId || at - restedAt < restingIntervalMs) return;
        await write({ ...durable, logId, caughtUpAt: at });
        restedAt = at;
      }),
  };
}

export async function saveCheckpoint(
  { storage, lane }: Pick<LaneCheckpointOptions, "storage" | "lane">,
  checkpoint: StoredCheckpoint & { at: number },
): Promise<void> {
  const { logId, startFrom, caughtUpAt, at, lookAgain = [] } = checkpoint;
  const value = {
    log_id: logId,
    start_from: startFrom,
    at: new Date(at).toISOString(),
    ...(lookAgain.length > 0 && { look_again: lookAgain.map(({ after, upTo }) => [after, upTo]) }),
    ...(caughtUpAt !== undefined && { caught_up_at: new Date(caughtUpAt).toISOString() }),
  };
  // A lane that catches up settles something all the time.
  await storage.set(keyOf(lane), JSON.stringify(value), { mayWait: true });
}
