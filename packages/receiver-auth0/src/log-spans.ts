import { compareLogIds, laterLogId, logIdTime } from "./log-id.ts";
import type { Page } from "./recent-pages.ts";
import { entryTime } from "./to-log-record.ts";

/** A part of the log: what stands behind the id `after`, up to and with `upTo`. */
export interface LogSpan {
  readonly after: string;
  readonly upTo: string;
}

/** Each takes a request at least, so those that are more are joined with what lies between them. */
const maxSpans = 16;

/**
 * The part of a page in which entries may still show up: from the first entry on that was ingested less than `overlapMs`
 * before the page was read. Undefined: there is none.
 */
export function youngPart(after: string, page: Page, overlapMs: number): LogSpan | undefined {
  // By the tenant's own clock where it tells it, since its ids do, too.
  const settledUntil = (page.answeredAt ?? page.askedAt) - overlapMs;
  // A page that was written long ago, as most are in catching up, is known by its last id.
  if ((logIdTime(page.next) ?? Number.POSITIVE_INFINITY) <= settledUntil) return undefined;
  let begin = after;
  for (const { logId, record } of page.entries) {
    if (logId === undefined) continue;
    const time = logIdTime(logId) ?? entryTime(record.body) ?? Number.NEGATIVE_INFINITY;
    if (time <= settledUntil) begin = laterLogId(begin, logId);
  }
  return span(begin, page.next);
}

/** Undefined: nothing can stand there. */
export function span(after: string, upTo: string): LogSpan | undefined {
  return compareLogIds(after, upTo) < 0 ? { after, upTo } : undefined;
}

export function isWithin({ after, upTo }: LogSpan, logId: string): boolean {
  return compareLogIds(after, logId) < 0 && compareLogIds(logId, upTo) <= 0;
}

/** In the order of their ids. Those that meet become one. */
export function joinSpans(spans: readonly LogSpan[]): readonly LogSpan[] {
  const joined: LogSpan[] = [];
  for (const next of spans.toSorted((a, b) => compareLogIds(a.after, b.after))) {
    const last = joined.at(-1);
    if (last && compareLogIds(next.after, last.upTo) <= 0) joined.splice(-1, 1, union(last, next));
    else joined.push(next);
  }
  while (joined.length > maxSpans) joined.splice(0, 2, union(joined[0] as LogSpan, joined[1] as LogSpan));
  return joined;
}

function union(first: LogSpan, second: LogSpan): LogSpan {
  return { after: first.after, upTo: laterLogId(first.upTo, second.upTo) };
}

/** What of these spans is not behind an id. */
export function spansUpTo(spans: readonly LogSpan[], logId: string): readonly LogSpan[] {
  return spans.flatMap(({ after, upTo }) => span(after, compareLogIds(upTo, logId) < 0 ? upTo : logId) ?? []);
}
