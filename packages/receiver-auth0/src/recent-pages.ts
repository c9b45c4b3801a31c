import type { Clock } from "@loghook/pipeline";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { laterLogId } from "./log-id.ts";
import type { BudgetedSend } from "./rate-budget.ts";
import { type SharedWork, shareWork } from "./share-work.ts";
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
  /** Fewer entries than were asked for. */
  readonly isShort: boolean;
}

interface PageOptions extends BudgetedSend {
  /** Only a page that was asked for after this one tells whether the log still ends where it did. */
  readonly newerThan: number;
}

/** The pages of a tenant's log. Lanes at the same place share one request and its records. */
export interface RecentPages {
  readonly latestSerial: number;
  /** Reads the page behind a log_id. */
  read(from: string, options: PageOptions): Promise<Page>;
}

export interface RecentPagesParts {
  readonly log: TenantLog;
  readonly toLogRecord: ToLogRecord;
  readonly clock: Clock;
}

// What is kept for lanes that are a little behind: enough for those that keep in step, and never much memory.
const maxPages = 8;
const maxCharacters = 16 * 1024 * 1024;

export function createRecentPages({ log, toLogRecord, clock }: RecentPagesParts): RecentPages {
  const recent = new Map<string, Page>();
  const underWay = new Map<string, { readonly work: SharedWork<Page>; readonly serial: number }>();
  let latestSerial = 0;

  async function ask(from: string, serial: number, options: BudgetedSend): Promise<Page> {
    const askedAt = clock.now();
    const page = toPage(await log.after(from, options), { from, askedAt, serial, toLogRecord });
    recent.delete(from);
    recent.set(from, page);
    dropOldest(recent);
    return page;
  }

  function begin(from: string, options: BudgetedSend) {
    const serial = ++latestSerial;
    const begun = { serial, work: shareWork((signal) => ask(from, serial, { ...options, signal })) };
    underWay.set(from, begun);
    return begun;
  }

  return {
    get latestSerial() {
      return latestSerial;
    },
    async read(from, options) {
      const known = recent.get(from);
      // What stands behind an id stays as it is, except at the end of the log.
      if (known && (known.next !== from || known.serial > options.newerThan)) return known;
      const begun = underWay.get(from);
      const isJoinable = begun && !begun.work.isOver && begun.serial > options.newerThan;
      const joined = isJoinable ? begun : begin(from, options);
      try {
        return await joined.work.join(options.signal);
      } finally {
        if (joined.work.isOver && underWay.get(from) === joined) underWay.delete(from);
      }
    },
  };
}

function dropOldest(recent: Map<string, Page>): void {
  let characters = 0;
  for (const page of recent.values()) characters += page.characters;
  for (const [from, page] of recent) {
    if (recent.size <= maxPages && characters <= maxCharacters) return;
    recent.delete(from);
    characters -= page.characters;
  }
}

interface ToPageOptions {
  readonly from: string;
  readonly askedAt: number;
  readonly serial: number;
  readonly toLogRecord: ToLogRecord;
}

function toPage({ entries, characters, answeredAt, isShort }: LogPage, options: ToPageOptions): Page {
  const { from, askedAt, serial, toLogRecord } = options;
  const observed = toHrTime(askedAt);
  let next = from;
  for (const { logId } of entries) {
    if (logId !== undefined) next = laterLogId(next, logId);
  }
  const read = entries.map((entry) => ({
    record: toLogRecord(entry, observed),
    logId: entry.logId,
    uid: entry.uid,
  }));
  return { entries: read, next, askedAt, serial, answeredAt, characters, isShort };
}
