import { testRecord } from "@loghook/testkit";
import { describe, expect, test } from "vitest";
import { createPageWindow, type PageWindowOptions } from "./page-window.ts";
import type { Page } from "./recent-pages.ts";

const idOf = (n: number): string => `900${String(n).padStart(53, "0")}`;

/** A page read behind `from` with the entries up to `to`. */
function pageOf(from: number, to: number, overrides: Partial<Page> = {}): Page {
  const entries = Array.from({ length: to - from }, (_, n) => {
    const logId = idOf(from + n + 1);
    return { record: testRecord(from + n + 1), logId, uid: logId };
  });
  return {
    entries,
    next: idOf(to),
    askedAt: 0,
    serial: 1,
    answeredAt: undefined,
    characters: 100,
    isShort: false,
    isGapless: true,
    ...overrides,
  };
}

/** A window with pages as they were read: `[from, to]`. */
function windowOf(pages: readonly [number, number][], options: Partial<PageWindowOptions> = {}) {
  const window = createPageWindow({ positions: () => [], ...options });
  for (const [from, to] of pages) window.add(idOf(from), pageOf(from, to));
  return window;
}

const idsOf = (page: Page | undefined): unknown[] | undefined => page?.entries.map(({ logId }) => logId);
const ids = (...numbers: number[]): string[] => numbers.map(idOf);

describe("what stands behind an id", () => {
  test("is the page that was read behind it", () => {
    const window = windowOf([[0, 3]]);
    expect(idsOf(window.find(idOf(0)))).toEqual(ids(1, 2, 3));
    expect(window.find(idOf(3))).toBeUndefined();
  });

  test("is the rest of a page that was read from before it", () => {
    const rest = windowOf([[0, 5]]).find(idOf(3));
    expect(idsOf(rest)).toEqual(ids(4, 5));
    expect(rest?.next).toBe(idOf(5));
  });

  test("is the rest of a page also where no entry has that id", () => {
    const window = createPageWindow({ positions: () => [] });
    const entries = pageOf(0, 2).entries.map((entry, n) => ({ ...entry, logId: idOf(n === 0 ? 2 : 5) }));
    window.add(idOf(0), { ...pageOf(0, 5), entries });
    expect(idsOf(window.find(idOf(3)))).toEqual(ids(5));
  });

  test("is taken from the page that leads furthest, so that lanes that are not in step come to be", () => {
    const window = windowOf([
      [2, 5],
      [1, 9],
      [3, 6],
    ]);
    expect(idsOf(window.find(idOf(3)))).toEqual(ids(4, 5, 6, 7, 8, 9));
  });

  test("is not said to be nothing by an old end of the log when a page is known that leads on", () => {
    const window = windowOf([
      [4, 4],
      [2, 7],
    ]);
    expect(idsOf(window.find(idOf(4)))).toEqual(ids(5, 6, 7));
  });

  test("is not told from the middle of a page whose ids do not say what comes after what", () => {
    const window = createPageWindow({ positions: () => [] });
    window.add(idOf(0), pageOf(0, 5, { isGapless: false }));
    expect(window.find(idOf(3))).toBeUndefined();
    expect(idsOf(window.find(idOf(0)))).toHaveLength(5);
  });
});

describe("what is too much", () => {
  const chain: [number, number][] = Array.from({ length: 12 }, (_, n) => [n * 10, n * 10 + 10]);

  test("is dropped, the oldest first", () => {
    const window = windowOf(chain);
    expect(chain.map(([from]) => window.find(idOf(from)) !== undefined)).toEqual([
      ...Array(4).fill(false),
      ...Array(8).fill(true),
    ]);
  });

  test("is also what is too long, whatever the number of pages", () => {
    const window = windowOf(chain.slice(0, 5), { maxCharacters: 250 });
    expect(chain.slice(0, 5).map(([from]) => window.find(idOf(from)) !== undefined)).toEqual([
      false,
      false,
      false,
      true,
      true,
    ]);
  });

  test("may be the new page itself, when that alone is too long", () => {
    const window = createPageWindow({ positions: () => [idOf(0)], maxCharacters: 50 });
    window.add(idOf(0), pageOf(0, 10));
    expect(window.find(idOf(0))).toBeUndefined();
  });

  test("is first of all what no lane can reach from where it stands", () => {
    // One lane stands at the third page of a chain; another reads far behind it, where nobody follows.
    let farAt = idOf(0);
    const window = createPageWindow({ positions: () => [farAt, idOf(5020)] });
    for (let from = 5000; from < 5060; from += 10) window.add(idOf(from), pageOf(from, from + 10));
    for (let from = 0; from < 300; from += 10) {
      window.add(idOf(from), pageOf(from, from + 10));
      farAt = idOf(from + 10);
    }
    for (const from of [5020, 5030, 5040, 5050]) expect(window.find(idOf(from))).toBeDefined();
    for (const from of [5000, 5010]) expect(window.find(idOf(from))).toBeUndefined();
  });

  test("is dropped all the same when lanes could reach it", () => {
    const window = windowOf(chain, { positions: () => [idOf(0), idOf(45)] });
    expect(chain.filter(([from]) => window.find(idOf(from))).length).toBe(8);
  });
});
