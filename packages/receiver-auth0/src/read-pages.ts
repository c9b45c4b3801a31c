import type { Clock } from "@loghook/pipeline";
import { letRequestOut } from "./let-request-out.ts";
import { logIdTime } from "./log-id.ts";
import type { Page } from "./recent-pages.ts";

export interface ReadPagesOptions {
  /** The id to begin behind. */
  readonly from: string;
  readonly follow: boolean;
  readonly pollIntervalMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The serial of a page before all those that can tell where the log ends now. */
  readonly newerThan: number;
  /** True: this page is the last that is wanted, although the log goes on. */
  isEnough(page: Page): boolean;
  /** Breaks off when its signal aborts. */
  read(from: string, options: { signal: AbortSignal; newerThan: number }): Promise<Page>;
}

/**
 * Pages from an id on, each a step ahead of whoever takes them: while one is being handled, the next is read, and no
 * further. The end of the log is a page that leads nowhere; then it ends, or pauses and looks again.
 */
export async function* readPages(options: ReadPagesOptions): AsyncGenerator<Page, void, undefined> {
  const { follow, pollIntervalMs, clock, isEnough, read } = options;
  const left = new AbortController();
  const signal = AbortSignal.any([options.signal, left.signal]);
  let { from, newerThan } = options;

  function readAhead(): Promise<Page> {
    const page = read(from, { signal, newerThan });
    // It is looked at when its turn comes; until then a failure must not count as unhandled.
    page.catch(() => {});
    return page;
  }

  /** What comes behind it is still being written: a request for every few entries would use up the rate limit. */
  function isHead({ isShort, next, answeredAt, askedAt }: Page): boolean {
    const time = logIdTime(next);
    return isShort && time !== undefined && time > (answeredAt ?? askedAt) - pollIntervalMs;
  }

  let ahead: Promise<Page> | undefined = readAhead();
  try {
    while (ahead) {
      const page: Page = await ahead;
      const isEnd = page.next === from;
      from = page.next;
      ahead = isEnd || isEnough(page) || (follow && isHead(page)) ? undefined : readAhead();
      if (ahead) await letRequestOut();
      yield page;
      if (ahead) continue;
      if (!follow) return;
      // At most the interval: the clock may have been set back since.
      const pauseMs = Math.min(page.askedAt + pollIntervalMs - clock.now(), pollIntervalMs);
      if (pauseMs > 0) await clock.sleep(pauseMs, { signal });
      newerThan = page.serial;
      ahead = readAhead();
    }
  } finally {
    left.abort();
    await ahead?.catch(() => {});
  }
}
