import { compareLogIds } from "./log-id.ts";
import type { Page } from "./recent-pages.ts";

/** The pages that were read last, for lanes that come by a little later. Bounded: the others are read again. */
export interface PageWindow {
  /** What is known to stand behind an id: of several pages the one that leads furthest. Undefined: nothing. */
  find(from: string): Page | undefined;
  add(from: string, page: Page): void;
}

export interface PageWindowOptions {
  /** Where lanes stand now. What they can reach from there without a request is dropped last. */
  positions(): Iterable<string>;
  /** Default 8. */
  readonly maxPages?: number;
  /** Of the answers that the pages were made of. Default 16 million. */
  readonly maxCharacters?: number;
}

// Enough for lanes that keep in step, and never much memory.
const defaultMaxPages = 8;
const defaultMaxCharacters = 16 * 1024 * 1024;

export function createPageWindow({
  positions,
  maxPages = defaultMaxPages,
  maxCharacters = defaultMaxCharacters,
}: PageWindowOptions): PageWindow {
  /** By the id behind which they were read, the oldest reading first. */
  const pages = new Map<string, Page>();

  /** The key of the page that leads furthest on from an id. */
  function keyFor(from: string): string | undefined {
    let best = pages.has(from) ? from : undefined;
    for (const [key, page] of pages) {
      if (!page.isGapless || compareLogIds(key, from) > 0 || compareLogIds(page.next, from) <= 0) continue;
      if (best === undefined || compareLogIds(page.next, (pages.get(best) as Page).next) > 0) best = key;
    }
    return best;
  }

  /** From where a lane stands, from page to page. */
  function* reachableFrom(position: string): Generator<string> {
    let at = position;
    for (let key = keyFor(at); key !== undefined; key = keyFor(at)) {
      yield key;
      const { next } = pages.get(key) as Page;
      if (next === at) return;
      at = next;
    }
  }

  function dropExcess(): void {
    const lanes = [...positions()];
    let characters = pages.values().reduce((sum, page) => sum + page.characters, 0);
    if (pages.size <= maxPages && characters <= maxCharacters) return;
    const wanted = new Set(lanes.flatMap((position) => [...reachableFrom(position)]));
    const order = [...pages.keys()].toSorted((a, b) => Number(wanted.has(a)) - Number(wanted.has(b)));
    for (const key of order) {
      if (pages.size <= maxPages && characters <= maxCharacters) return;
      characters -= pages.get(key)?.characters ?? 0;
      pages.delete(key);
    }
  }

  return {
    find(from) {
      const key = keyFor(from);
      const page = key === undefined ? undefined : pages.get(key);
      return page && key !== from ? restOf(page, from) : page;
    },
    add(from, page) {
      // Where there is one lane, nobody comes by later.
      if ([...positions()].length === 1) pages.clear();
      pages.delete(from);
      pages.set(from, page);
      dropExcess();
    },
  };
}

function restOf(page: Page, from: string): Page {
  const isBehind = (logId: string | undefined): boolean =>
    logId !== undefined && compareLogIds(logId, from) > 0;
  return { ...page, entries: page.entries.filter(({ logId }) => isBehind(logId)) };
}
