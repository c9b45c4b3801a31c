import {
  type ComponentSettings,
  type Delivery,
  type ReceiveOptions,
  SourceRefusedError,
} from "@loghook/pipeline";
import type { LaneCheckpoint, Position } from "./checkpoint.ts";
import type { Auth0Config } from "./config.ts";
import type { Start } from "./find-start.ts";
import type { FreshPages } from "./fresh-pages.ts";
import { createLagWatch, type LagWatch } from "./gap.ts";
import type { GapMemory } from "./gap-memory.ts";
import { createLaneReads, type LaneReads } from "./lane-reads.ts";
import { logIdTime } from "./log-id.ts";
import { createLookAgain, type LookAgain } from "./look-again.ts";
import { type LogSearches, type OpenLane, openLane } from "./open-lane.ts";
import { readPages } from "./read-pages.ts";
import type { Page, PageReader, ReadEntry, RecentPages } from "./recent-pages.ts";
import { createSelection, type Selection } from "./selection.ts";
import { toDelivery, toLateDelivery } from "./to-delivery.ts";
import { entryTime } from "./to-log-record.ts";

/** What the lanes of a receiver have in common. */
export interface SharedParts {
  readonly config: Auth0Config;
  readonly settings: ComponentSettings;
  readonly searches: LogSearches;
  readonly pages: RecentPages;
  readonly freshPages: FreshPages;
  readonly gapMemory: GapMemory;
  /** Aborted when the receiver is disposed of. */
  readonly closing: AbortSignal;
}

/** Reads a lane from its checkpoint on. Completes, without an error, also when it is told to stop. */
export async function* readLane(
  parts: SharedParts,
  options: ReceiveOptions,
): AsyncGenerator<Delivery, void, undefined> {
  const { config, settings } = parts;
  const { lane, follow, signal } = options;
  // The end of the log is looked for from now on, whatever other lanes have seen before.
  const newerThan = parts.pages.latestSerial;
  const left = new AbortController();
  const stop = AbortSignal.any([signal, parts.closing, left.signal]);
  const { domain, retentionMs } = config;
  const reading = createLaneReads({ ...settings, lane, follow, domain, policy: config.retry });
  using pages = parts.pages.open();
  try {
    const gapMemory = await parts.gapMemory.open(lane);
    const open = await openLane({ ...parts, lane, gapMemory, reading, signal: stop });
    const gapOptions = { ...settings, lane, domain, retentionMs, memory: gapMemory };
    const lag = createLagWatch(open.checkpoint, gapOptions);
    // It rejects when it is stopped, and has nothing else to say.
    lag.watch(stop).catch(() => {});
    await open.checkForGap();
    yield* deliveries(parts, open, { ...options, signal: stop, pages, reading, newerThan, lag });
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
  open: OpenLane,
  options: LaneOptions,
): AsyncGenerator<Delivery, void, undefined> {
  const { config, settings } = parts;
  const { checkpoint, start } = open;
  const { lane, follow } = options;
  const { select, ...selection } = createSelection(config);
  const again = openLookAgain(parts, open, { ...options, ...selection });
  const settle = createSettle(checkpoint, options);
  let from = start.logId;
  let order = 0;
  let saidCaughtUp = false;
  let wasEnd = false;
  let lastAskedAt = 0;

  async function* lateDeliveries(): AsyncGenerator<Delivery, void, undefined> {
    for await (const late of again.look(lastAskedAt)) {
      yield toLateDelivery(late, settle, { at: from, order });
      order += late.entries.length + 1;
    }
  }

  for await (const page of readPagesOf(parts, from, options)) {
    const entries = select(page.entries);
    const isEnd = page.next === from;
    if (isEnd) {
      refuseDeadEnd(page, entries, { domain: config.domain, start, from });
      // By the clock of the tenant, who deletes by it: one that is wrong here for a moment must hide nothing later.
      await checkpoint.reachedEnd(from, page.answeredAt ?? page.askedAt);
      options.lag.relax();
    }
    if (isEnd && !wasEnd) settings.logger.debug({ lane }, "Caught up: there is nothing newer to read.");
    wasEnd = isEnd;
    again.passed(from, page);
    options.lag.begin(firstTime(page));
    const caughtUp = isEnd || page.isShort;
    if (!isEnd || entries.length > 0 || !saidCaughtUp) {
      yield toDelivery(entries, settle, { caughtUp, from, next: page.next, order, lookAgain: again.spans });
      order += entries.length + 1;
    }
    saidCaughtUp = caughtUp;
    from = page.next;
    lastAskedAt = page.askedAt;
    if (follow && caughtUp) yield* lateDeliveries();
  }
  if (!follow) yield* lateDeliveries();
}

/** When the first entry of a page was ingested, or happened. */
function firstTime({ entries: [first] }: Page): number | undefined {
  return first && (logIdTime(first.logId ?? "") ?? entryTime(first.record.body));
}

/** Where a delivery that is acknowledged moves the checkpoint, and what it leaves to be looked at again. */
function createSettle(
  checkpoint: LaneCheckpoint,
  { lag, settledAmong }: LaneOptions,
): (position: Position) => Promise<void> {
  return async (position) => {
    // Without a ledger the next pass could not tell what is missing there.
    await checkpoint.settle(settledAmong ? position : { ...position, lookAgain: [] });
    lag.relax();
  };
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

function openLookAgain(
  { config, settings, freshPages }: SharedParts,
  { start, lookAgain }: OpenLane,
  { lane, signal, reading, settledAmong, recent, isWanted }: LaneOptions & Omit<Selection, "select">,
): LookAgain {
  return createLookAgain({
    lane,
    logger: settings.logger,
    overlapMs: config.overlapMs,
    begin: start.logId,
    spans: settledAmong ? lookAgain : [],
    settledAmong,
    recent,
    isWanted,
    read: (from, askedSince) =>
      reading((patient) => freshPages.read(from, { ...patient, askedSince }), signal),
  });
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
