import {
  type ComponentSettings,
  type Delivery,
  type ReceiveOptions,
  SourceRefusedError,
} from "@loghook/pipeline";
import type { Position } from "./checkpoint.ts";
import type { Auth0Config } from "./config.ts";
import type { Start } from "./find-start.ts";
import { createLagWatch, type GapMemory, type LagWatch } from "./gap.ts";
import { createLaneReads, type LaneReads } from "./lane-reads.ts";
import { logIdTime } from "./log-id.ts";
import { type LogSearches, type OpenLane, openLane } from "./open-lane.ts";
import { readPages } from "./read-pages.ts";
import { createRecentIds } from "./recent-ids.ts";
import type { Page, PageReader, ReadEntry, RecentPages } from "./recent-pages.ts";
import type { StartFrom } from "./start-from.ts";
import { toDelivery } from "./to-delivery.ts";
import { entryTime } from "./to-log-record.ts";

/** What the lanes of a receiver have in common. */
export interface SharedParts {
  readonly config: Auth0Config;
  readonly settings: ComponentSettings;
  readonly searches: LogSearches;
  readonly pages: RecentPages;
  readonly gapMemory: GapMemory;
  /** Aborted when the receiver is disposed of. */
  readonly closing: AbortSignal;
}

/** Reads a lane from its checkpoint on. Completes, without an error, also when it is told to stop. */
export async function* readLane(
  parts: SharedParts,
  { lane, follow, signal }: ReceiveOptions,
): AsyncGenerator<Delivery, void, undefined> {
  const { config, settings } = parts;
  // The end of the log is looked for from now on, whatever other lanes have seen before.
  const newerThan = parts.pages.latestSerial;
  const left = new AbortController();
  const stop = AbortSignal.any([signal, parts.closing, left.signal]);
  const { domain, retentionMs } = config;
  const reading = createLaneReads({ ...settings, lane, follow, domain, policy: config.retry });
  using pages = parts.pages.open();
  try {
    const open = await openLane({ ...parts, lane, reading, signal: stop });
    const gapOptions = { ...settings, lane, domain, retentionMs, memory: parts.gapMemory };
    const lag = createLagWatch(open.checkpoint, gapOptions);
    // It rejects when it is stopped, and has nothing else to say.
    lag.watch(stop).catch(() => {});
    yield* deliveries(parts, open, { lane, follow, signal: stop, pages, reading, newerThan, lag });
  } catch (error) {
    if (!stop.aborted) throw error;
  } finally {
    left.abort();
  }
}

interface LaneOptions extends ReceiveOptions {
  readonly pages: PageReader;
  readonly reading: LaneReads;
  readonly newerThan: number;
  readonly lag: LagWatch;
}

async function* deliveries(
  parts: SharedParts,
  { checkpoint, start }: OpenLane,
  options: LaneOptions,
): AsyncGenerator<Delivery, void, undefined> {
  const { config, settings } = parts;
  const settle = async (position: Position): Promise<void> => {
    await checkpoint.settle(position);
    options.lag.relax();
  };
  const select = createSelection(config.startFrom);
  let from = start.logId;
  let order = 0;
  let saidCaughtUp = false;
  let wasEnd = false;

  for await (const page of readPagesOf(parts, from, options)) {
    const entries = select(page.entries);
    const isEnd = page.next === from;
    if (isEnd) {
      refuseDeadEnd(page, entries, { domain: config.domain, start, from });
      await checkpoint.reachedEnd(from, page.askedAt);
    }
    if (isEnd && !wasEnd) {
      settings.logger.debug({ lane: options.lane }, "Caught up: there is nothing newer to read.");
    }
    wasEnd = isEnd;
    const caughtUp = isEnd || page.isShort;
    if (!isEnd || entries.length > 0 || !saidCaughtUp) {
      yield toDelivery(entries, settle, { caughtUp, from, next: page.next, order });
      order += entries.length + 1;
    }
    saidCaughtUp = caughtUp;
    from = page.next;
  }
}

function readPagesOf(
  { config, settings }: SharedParts,
  from: string,
  { follow, signal, pages, reading, newerThan }: LaneOptions,
): AsyncGenerator<Page, void, undefined> {
  return readPages({
    from,
    follow,
    pollIntervalMs: config.pollIntervalMs,
    clock: settings.clock,
    signal,
    newerThan,
    isEnough: follow ? () => false : createRunLimit(newerThan),
    read: (at, options) =>
      reading((patient) => pages.read(at, { ...patient, newerThan: options.newerThan }), options.signal),
  });
}

/** The Date header counts in whole seconds. */
const answeredAtGrainMs = 1000;

/**
 * A tenant that is always writing never shows a run the empty page at which it ends. So it ends, too, at a page that
 * leads to what was written after the run began, by the tenant's own clock: all that was there is read then. The page may
 * be full: where more is written than the destination takes, each of them is.
 */
function createRunLimit(newerThan: number): (page: Page) => boolean {
  let begunAt: number | undefined;
  return ({ serial, answeredAt, next }) => {
    if (serial > newerThan && answeredAt !== undefined) begunAt ??= answeredAt + answeredAtGrainMs;
    return begunAt !== undefined && (logIdTime(next) ?? 0) > begunAt;
  };
}

/** Leaves out what was delivered a moment ago, and what is older than a `start_from` that is a date. */
function createSelection(startFrom: StartFrom): (entries: readonly ReadEntry[]) => readonly ReadEntry[] {
  const recent = createRecentIds();
  const isWanted = ({ record }: ReadEntry): boolean =>
    startFrom.kind !== "date" || (entryTime(record.body) ?? Number.POSITIVE_INFINITY) >= startFrom.time;
  return (entries) => entries.filter((entry) => recent.add(entry.uid) && isWanted(entry));
}

/** Some ends are none: reading would stand still there without a word. */
function refuseDeadEnd(
  page: Page,
  entries: readonly ReadEntry[],
  { domain, start, from }: { domain: string; start: Start; from: string },
): void {
  if (entries.length > 0 && page.entries.every(({ logId }) => logId === undefined)) {
    throw new SourceRefusedError(
      `${domain} answered with ${entries.length} entries without a log_id, so nobody can say where to read on.`,
      { remedy: "Look at what GET /api/v2/logs answers, and at any proxy in between." },
    );
  }
  if (start.expects !== undefined && from === start.logId && page.entries.length === 0) {
    throw new SourceRefusedError(
      `${domain} has entries, the first ${start.expects}, but gives none behind the made-up log_id ${from}.`,
      { remedy: "Set start_from to a date within the tenant's retention, or to a log_id." },
    );
  }
}
