import type { Logger, ReceiveOptions } from "@loghook/pipeline";
import { compareLogIds } from "./log-id.ts";
import { joinSpans, type LogSpan, span, spansUpTo, youngPart } from "./log-spans.ts";
import type { RecentIds } from "./recent-ids.ts";
import type { Page, ReadEntry } from "./recent-pages.ts";

// The API orders entries by log_id, but shows some later than others: indexing can lag, so that an entry may appear
// behind one that was read already. What was read when it was young is therefore read once more when it is older.
// https://auth0.com/docs/deploy-monitor/logs/log-data-retention

/** What is to be looked at again, and what was found there. */
export interface LookAgain {
  /** What must still be looked at, in the order of the ids. */
  readonly spans: readonly LogSpan[];
  /** The lane has read this page behind an id. */
  passed(after: string, page: Page): void;
  /**
   * Looks where it is time to, page by page, and gives what is to be given out; at the end what has changed without.
   * Called when a page that was asked for at `at` has shown the end of the log: lanes that share that page look together,
   * too.
   */
  look(at: number): AsyncGenerator<LateEntries, void, undefined>;
}

/** What a look at one page has found. */
export interface LateEntries {
  /** To be given out. */
  readonly entries: readonly ReadEntry[];
  /** What must be looked at again as long as they are not settled, and then. */
  readonly before: readonly LogSpan[];
  readonly after: readonly LogSpan[];
}

export interface LookAgainOptions {
  readonly lane: string;
  /** As in `ReceiveOptions`. */
  readonly settledAmong: ReceiveOptions["settledAmong"] | undefined;
  readonly logger: Logger;
  /** How late an entry may show up. 0: never look. */
  readonly overlapMs: number;
  /** Where this pass began to read. */
  readonly begin: string;
  /** From the last pass. */
  readonly spans: readonly LogSpan[];
  /** Of the entries that this pass has read. */
  readonly recent: RecentIds;
  isWanted(entry: ReadEntry): boolean;
  /** Reads a page that was asked for at this time or later. */
  read(from: string, askedSince: number): Promise<Page>;
}

/** Beside as many pages as were read since the last time, this many may be read by looking. */
const pagesAtLeast = 5;

export function createLookAgain(options: LookAgainOptions): LookAgain {
  const { lane, logger, overlapMs, recent, read } = options;
  let spans = overlapMs > 0 ? options.spans : [];
  /** When the spans were read. Undefined: by another pass. */
  let readAt: number | undefined;
  // What the last pass has left is looked at to the end.
  let credit = Number.POSITIVE_INFINITY;

  function passed(after: string, page: Page): void {
    if (overlapMs === 0) return;
    const young = youngPart(after, page, overlapMs);
    if (page.entries.length > 0) credit += 1;
    if (!young) return;
    if (spans.length === 0) readAt = page.askedAt;
    spans = joinSpans([...spans, young]);
  }

  function isDue(at: number): boolean {
    if (spans.length === 0) return false;
    // The clock may have been set back.
    return readAt === undefined || Math.abs(at - readAt) >= overlapMs / 2;
  }

  async function* look(at: number): AsyncGenerator<LateEntries, void, undefined> {
    if (!isDue(at)) return;
    readAt = at;
    let left = spans;
    let young: readonly LogSpan[] = [];
    let untold: LateEntries | undefined;
    for (; left[0] && credit > 0; credit -= 1) {
      const [first, ...others] = left;
      const page = await read(first.after, at);
      const parts = lookedAt(first, page);
      young = [...young, ...parts.young];
      left = [...parts.rest, ...others];
      const before = spans;
      spans = joinSpans([...young, ...left]);
      const found = { entries: await lateOnes(page, first), before, after: spans };
      untold = found.entries.length === 0 ? found : undefined;
      if (!untold) yield found;
    }
    credit = pagesAtLeast;
    if (untold) yield untold;
  }

  /** What of a span is still young, and what the page behind its beginning does not reach. */
  function lookedAt({ after, upTo }: LogSpan, page: Page): { young: LogSpan[]; rest: LogSpan[] } {
    // A page that leads nowhere: what stood there is gone.
    if (page.next === after) return { young: [], rest: [] };
    const young = youngPart(after, page, overlapMs);
    return {
      young: young ? [...spansUpTo([young], upTo)] : [],
      rest: [span(page.next, upTo)].filter((rest) => rest !== undefined),
    };
  }

  async function lateOnes(page: Page, { upTo }: LogSpan): Promise<readonly ReadEntry[]> {
    const unknown = page.entries.filter(
      (entry) =>
        entry.logId !== undefined &&
        compareLogIds(entry.logId, upTo) <= 0 &&
        !recent.has(entry.uid) &&
        options.isWanted(entry),
    );
    const late = await notSettled(unknown);
    for (const { uid, logId } of late) recent.add(uid, logId);
    if (late.length > 0)
      logger.info({ lane, count: late.length }, "Found entries that the tenant has shown late.");
    return late;
  }

  /** Without a ledger nobody knows of what was read by another pass, or so long ago that it is forgotten. */
  async function notSettled(entries: readonly ReadEntry[]): Promise<readonly ReadEntry[]> {
    if (!options.settledAmong) {
      const isKnown = ({ logId = "" }: ReadEntry): boolean =>
        compareLogIds(logId, options.begin) > 0 &&
        (recent.forgotten === undefined || compareLogIds(logId, recent.forgotten) > 0);
      return entries.filter(isKnown);
    }
    if (entries.length === 0) return [];
    const settled = await options.settledAmong(entries.map(({ record }) => record));
    return entries.filter(({ uid }) => !settled.has(uid));
  }

  return {
    get spans() {
      return spans;
    },
    passed,
    look,
  };
}
