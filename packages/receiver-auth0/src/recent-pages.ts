import type { Clock, RetryPolicy } from "@loghook/pipeline";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { letRequestOut } from "./let-request-out.ts";
import { compareLogIds, laterLogId } from "./log-id.ts";
import { createPageWindow } from "./page-window.ts";
import type { PageEntry } from "./parse-page.ts";
import { createSharedReads, type PatientRead, type ReadAttempt } from "./shared-reads.ts";
import type { LogPage, TenantLog } from "./tenant-log.ts";
import { type ToLogRecord, toHrTime } from "./to-log-record.ts";

/** An entry as lanes get it. Several of them hold it at once, so nobody changes it. */
export interface ReadEntry {
  readonly record: ReadableLogRecord;
  /** Undefined: reading cannot go on behind this one. */
  readonly logId: string | undefined;
  readonly uid: string;
}

/** What was found behind a log_id. */
export interface Page {
  readonly entries: readonly ReadEntry[];
  /** Where to read on. The same as was asked for: there is nothing newer. */
  readonly next: string;
  /** When it was asked for. Milliseconds since 1970. */
  readonly askedAt: number;
  /** Grows with every request: which of two pages was asked for later. */
  readonly serial: number;
  /** When the tenant answered, by its own clock. Undefined: it did not say. Milliseconds since 1970. */
  readonly answeredAt: number | undefined;
  readonly characters: number;
  /** Fewer entries than were asked for, and nothing is known of more. */
  readonly isShort: boolean;
  /** Each entry has an id, later than the one before: what stands behind any id in between can be told from it, too. */
  readonly isGapless: boolean;
}

interface PageOptions extends PatientRead {
  /** Only a page that was asked for after this one tells whether the log still ends where it did. */
  readonly newerThan: number;
}

/** Reads a log on for one lane. Disposed of when the lane ends. */
export interface PageReader extends Disposable {
  /** Reads the page behind a log_id. */
  read(from: string, options: PageOptions): Promise<Page>;
}

/** The pages of a tenant's log. Lanes at the same place share one request and its records. */
export interface RecentPages {
  readonly latestSerial: number;
  /** Lanes that read. */
  readonly readers: number;
  open(): PageReader;
}

export interface RecentPagesParts {
  readonly log: TenantLog;
  readonly toLogRecord: ToLogRecord;
  readonly policy: RetryPolicy;
  readonly clock: Clock;
}

export function createRecentPages({ log, toLogRecord, policy, clock }: RecentPagesParts): RecentPages {
  const positions = new Map<PageReader, string>();
  const recent = createPageWindow({ positions: () => positions.values() });

  async function ask(from: string, attempt: ReadAttempt): Promise<Page> {
    const askedAt = clock.now();
    let found: Page | undefined;
    const isNeeded = (): boolean => {
      found = known(from);
      return found === undefined;
    };
    try {
      const logPage = await log.after(from, { ...attempt, isNeeded });
      const page = toPage(logPage, { from, askedAt, serial: attempt.serial, toLogRecord });
      recent.add(from, page);
      return page;
    } catch (error) {
      // While this one waited for its turn, another lane has read it.
      if (found) return found;
      throw error;
    }
  }

  const reads = createSharedReads({ ask, policy, clock });

  /** What stands behind an id stays as it is, except at the end of the log. Default: an end will not do. */
  function known(from: string, newerThan: number = Number.POSITIVE_INFINITY): Page | undefined {
    const page = recent.find(from);
    if (page?.next === from) return page.serial > newerThan ? page : undefined;
    return page?.isShort && leadsOn(page.next) ? { ...page, isShort: false } : page;
  }

  function leadsOn(logId: string): boolean {
    const page = recent.find(logId);
    return page !== undefined && page.next !== logId;
  }

  function open(): PageReader {
    const reader: PageReader = {
      async read(from, options) {
        positions.set(reader, from);
        const page = known(from, options.newerThan) ?? (await reads.read(from, options));
        positions.set(reader, page.next);
        return page;
      },
      [Symbol.dispose]: () => void positions.delete(reader),
    };
    return reader;
  }

  return {
    get latestSerial() {
      return reads.latestSerial;
    },
    get readers() {
      return positions.size;
    },
    open,
  };
}

export interface ToPageOptions {
  readonly from: string;
  readonly askedAt: number;
  readonly serial: number;
  readonly toLogRecord: ToLogRecord;
}

/** What a lane gets of a page as it came. */
export function toPage({ entries, ...page }: LogPage, options: ToPageOptions): Page {
  const { from, askedAt, serial, toLogRecord } = options;
  const observed = toHrTime(askedAt);
  let next = from;
  let isGapless = true;
  for (const { logId } of entries) {
    isGapless &&= logId !== undefined && compareLogIds(logId, next) > 0;
    if (logId !== undefined) next = laterLogId(next, logId);
  }
  let unmade: readonly PageEntry[] = entries;
  let made: readonly ReadEntry[] | undefined;
  function make(): readonly ReadEntry[] {
    made ??= unmade.map((entry) => ({
      record: toLogRecord(entry, observed),
      logId: entry.logId,
      uid: entry.uid,
    }));
    // It takes far more memory than records do.
    unmade = [];
    return made;
  }
  // Where to read on is known before, and the next request should not wait. What fails here fails again for who asks.
  letRequestOut()
    .then(make)
    .catch(() => {});
  return {
    ...page,
    get entries() {
      return make();
    },
    next,
    askedAt,
    serial,
    isGapless,
  };
}
