import { RetryableError } from "@loghook/pipeline";
import { manualClock } from "@loghook/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createPageWindow } from "./page-window.ts";
import { createRateBudget } from "./rate-budget.ts";
import type { Page, ReadEntry } from "./recent-pages.ts";
import type { Answer } from "./tenant-client.ts";
import { parseGrant } from "./token-grant.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** What a header may hold, sense and nonsense. */
const headerValue = fc.oneof(
  fc.constantFrom(
    "",
    " ",
    "0",
    "-1",
    "-1e308",
    "1e308",
    "1e-308",
    "NaN",
    "Infinity",
    "-Infinity",
    "null",
    "0x10",
  ),
  fc.constantFrom(
    "9".repeat(400),
    "1772442846",
    "1772442846.5",
    "Thu, 01 Jan 1970 00:00:00 GMT",
    "3 days",
    "١٢٣",
  ),
  fc.constantFrom(
    "Fri, 31 Dec 9999 23:59:59 GMT",
    "Mon, 02 Mar 2026 09:00:05 GMT",
    "Foo, 99 Bar 2026 99:99:99",
  ),
  fc.integer().map(String),
  fc.double().map(String),
  fc.string({ maxLength: 20 }),
);
const header = fc.oneof(
  headerValue,
  fc.array(headerValue, { minLength: 2, maxLength: 3 }),
  fc.constant(undefined),
);

const answer = fc.record({
  status: fc.constantFrom(200, 429, 429, 500),
  body: fc.constant(""),
  headers: fc.record({
    "retry-after": header,
    "x-ratelimit-limit": header,
    "x-ratelimit-remaining": header,
    "x-ratelimit-reset": header,
  }),
});

/** A clock that passes over its sleeps, and remembers them. */
function sleepless() {
  const clock = manualClock();
  const sleeps: number[] = [];
  return {
    sleeps,
    now: clock.now,
    async sleep(ms: number) {
      sleeps.push(ms);
      clock.advance(ms);
    },
  };
}

describe("rate limit headers", () => {
  test("whatever they say: every wait is a number above 0 and at most an hour, and refusals are waited for", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(answer, { maxLength: 12 }), async (answers) => {
        const clock = sleepless();
        const budget = createRateBudget({ clock, maxShare: 0.5 });
        const left = [...answers, { status: 200, body: "", headers: {} }] as Answer[];
        const told: number[] = [];
        const options = {
          signal: new AbortController().signal,
          onThrottled: (until: number) => told.push(until),
        };
        while (left.length > 0) await budget.send(async () => left.shift() as Answer, options);
        for (const ms of clock.sleeps) {
          expect(ms).toBeGreaterThan(0);
          expect(ms).toBeLessThanOrEqual(hourMs);
        }
        for (const until of told) expect(until).toBeLessThan(clock.now() + hourMs + 1);
        // No busy loop: of refusals one after the other, only the first may be followed at once.
        const followed = answers.filter(({ status }, n) => status === 429 && answers[n - 1]?.status === 429);
        expect(clock.sleeps.length).toBeGreaterThanOrEqual(followed.length);
      }),
    );
  });
});

describe("an answer of /oauth/token", () => {
  const field = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom<unknown>(
      -5,
      0,
      1e308,
      1e-308,
      5e-324,
      "3600",
      "soon",
      "-1",
      "1e400",
      Number.MAX_SAFE_INTEGER,
    ),
    fc.string({ unit: "binary" }),
    fc.constant("x".repeat(20_000)),
  );
  const body = fc.oneof(
    fc
      .record({ access_token: fc.oneof(field, fc.constant("to.k.en")), expires_in: field })
      .map((grant) => JSON.stringify(grant)),
    fc.json(),
    fc.string({ unit: "binary" }),
    fc.constant(`${'{"access_token":'.repeat(50_000)}`),
  );

  test("gives a token that can be sent and lives for a sensible time, or a passing fault that does not quote it", () => {
    fc.assert(
      fc.property(body, (text) => {
        try {
          const { token, lifetimeMs } = parseGrant(text, "acme.eu.auth0.com");
          expect(() => new Headers({ authorization: `Bearer ${token}` })).not.toThrow();
          expect(lifetimeMs).toBeGreaterThanOrEqual(10_000);
          expect(lifetimeMs).toBeLessThanOrEqual(30 * dayMs);
        } catch (error) {
          expect(error).toBeInstanceOf(RetryableError);
          expect((error as Error).message).toBe(
            "acme.eu.auth0.com answered the request for an access token without giving one.",
          );
        }
      }),
      { numRuns: 500 },
    );
  });

  test.for([
    [3600, 3600],
    ["3600", 3600],
    ["soon", 86_400],
    [-5, 86_400],
    [0, 86_400],
    [null, 86_400],
    [1e-300, 10],
    [1e308, 2_592_000],
  ])("expires_in %j: it lives for %d s", ([expires_in, seconds]) => {
    const { lifetimeMs } = parseGrant(
      JSON.stringify({ access_token: "a.b.c", expires_in }),
      "acme.eu.auth0.com",
    );
    expect(lifetimeMs).toBe(Number(seconds) * 1000);
  });
});

describe("the pages that are kept for other lanes", () => {
  const idOf = (n: number): string => String(n).padStart(4, "0");

  function pageOf(ids: readonly number[], from: number): Page {
    const entries = ids.map((n) => ({ uid: idOf(n), logId: idOf(n) }) as ReadEntry);
    const next = idOf(Math.max(from, ...ids));
    return {
      entries,
      next,
      askedAt: 0,
      serial: 1,
      answeredAt: undefined,
      characters: 10,
      isShort: false,
      isGapless: true,
    };
  }

  test("however they overlap, whoever reads on by them gets every entry, once and in order", () => {
    const read = fc.record({ from: fc.nat(60), count: fc.integer({ min: 1, max: 12 }) });
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 40 }),
        fc.array(read, { maxLength: 20 }),
        fc.nat(60),
        (log, reads, start) => {
          const ordered = log.toSorted((a, b) => a - b);
          const behind = (from: number): number[] => ordered.filter((n) => n > from);
          const window = createPageWindow({ positions: () => [idOf(start)], maxPages: 5 });
          for (const { from, count } of reads)
            window.add(idOf(from), pageOf(behind(from).slice(0, count), from));
          const got: string[] = [];
          for (let at = idOf(start); ; ) {
            const page = window.find(at);
            const useful =
              page && page.next !== at ? page : pageOf(behind(Number(at)).slice(0, 7), Number(at));
            got.push(...useful.entries.map(({ uid }) => uid));
            if (useful.next === at) break;
            at = useful.next;
          }
          expect(got).toEqual(behind(start).map(idOf));
        },
      ),
      { numRuns: 500 },
    );
  });
});
