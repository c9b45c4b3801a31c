import { ConfigError, parseSettings } from "@loghook/pipeline";
import { testRecord } from "@loghook/testkit";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type FilterConfig, filterConfig } from "./config.ts";
import { createFilterProcessor } from "./processor.ts";
import { createTypeMatcher } from "./type-pattern.ts";

const types = ["f", "fp", "s", "sapi", "gd_unenroll", "brand_new", "", "F"];
const categories = ["auth.login.fail", "auth.login.success", "user.fail", ""];

const records: fc.Arbitrary<ReadableLogRecord> = fc
  .record(
    {
      type: fc.constantFrom<unknown>(...types, 7),
      category: fc.constantFrom<unknown>(...categories, null),
      severityNumber: fc.constantFrom(0, 5, 9, 13, 17, 21, 25, Number.NaN),
      eventName: fc.constantFrom("auth0.f", "auth0.s", "auth0.", "order.placed", "f"),
    },
    { requiredKeys: [] },
  )
  .map(({ type, category, severityNumber, eventName }) =>
    testRecord(1, {
      severityNumber: severityNumber as never,
      eventName: eventName as never,
      attributes: { "auth0.type": type, "auth0.category": category } as never,
    }),
  );

const patterns = fc.array(
  fc.constantFrom(...types.filter(Boolean), "*", "f*", "gd_?nenroll", "category:*.fail", "category:*"),
  { maxLength: 4 },
);

const filters: fc.Arbitrary<FilterConfig> = fc.record({
  minLevel: fc.constantFrom(undefined, 0, 1, 2, 3, 4),
  types: patterns,
  excludeTypes: patterns,
  match: fc.constantFrom("all", "any"),
  unknownTypes: fc.constantFrom("keep", "drop"),
});

test("there is a reason for exactly the records that are left out, and it names a setting", () => {
  fc.assert(
    fc.property(filters, fc.array(records), (config, batch) => {
      const filter = createFilterProcessor(config);
      const kept = filter.process(batch);
      const reasons = batch.map((record) => filter.explain?.(record));
      expect(kept).toEqual(batch.filter((_, index) => reasons[index] === undefined));
      for (const reason of reasons) {
        if (reason !== undefined) expect(reason).toMatch(/min_level|types/);
      }
    }),
    { numRuns: 2000 },
  );
});

/** What somebody who means no good, or a template that went wrong, may put where a setting belongs. */
const hostileText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 300 }),
  fc
    .array(fc.constantFrom("*", "?", "a", "category:", ",", " ", "(", "[", "\\", "+", "$", ".", "\n", "9"), {
      maxLength: 300,
    })
    .map((parts) => parts.join("")),
  fc.constantFrom("__proto__", "constructor", "*".repeat(100_000), "a*".repeat(50_000), "category:category:"),
);

const hostileValue = fc.oneof(
  { weight: 3, arbitrary: hostileText },
  { weight: 2, arbitrary: fc.array(hostileText, { maxLength: 50 }) },
  { weight: 1, arbitrary: fc.jsonValue() as fc.Arbitrary<unknown> },
);

const mostly = (good: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 3, arbitrary: good }, { weight: 1, arbitrary: hostileValue });

const hostileSettings = fc.oneof(
  fc.record(
    {
      min_level: mostly(fc.constantFrom("error", 3)),
      types: mostly(patterns),
      exclude_types: mostly(patterns),
      match: mostly(fc.constantFrom("any", "all")),
      unknown_types: mostly(fc.constantFrom("keep", "drop")),
    },
    { requiredKeys: [] },
  ),
  fc.jsonValue() as fc.Arbitrary<unknown>,
);

test("settings that nobody should have written are refused in words, or make a filter that works", () => {
  const outcomes = { refused: 0, made: 0 };
  const before = Object.getOwnPropertyNames(Object.prototype);
  const text = fc.string({ unit: "binary" });
  fc.assert(
    fc.property(hostileSettings, text, text, (settings, type, category) => {
      const filter = makeFilter(settings);
      outcomes[filter ? "made" : "refused"] += 1;
      const record = testRecord(1, { attributes: { "auth0.type": type, "auth0.category": category } });
      const kept = filter?.process([record]);
      if (kept) expect([[], [record]]).toContainEqual(kept);
    }),
    { numRuns: 3000 },
  );
  expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
  expect(outcomes.refused).toBeGreaterThan(100);
  expect(outcomes.made).toBeGreaterThan(100);
});

/** Undefined: the settings were refused as they should be. */
function makeFilter(settings: unknown) {
  try {
    return createFilterProcessor(parseSettings(filterConfig, settings, "The filter"));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.message).toMatch(/^The filter cannot be made: /);
    expect(error.message.length).toBeLessThan(20_000);
    return undefined;
  }
}

/** The meaning of a glob, by a table of what each beginning of it matches: in time of glob × text. */
function matchesByTable(glob: string, text: string): boolean {
  let reached = Array.from({ length: text.length + 1 }, (_, at) => at === 0);
  for (const sign of glob) {
    const next = reached.map((_, at) => {
      if (sign !== "*") return at > 0 && !!reached[at - 1] && (sign === "?" || sign === text[at - 1]);
      return reached.slice(0, at + 1).includes(true);
    });
    reached = next;
  }
  return reached.at(-1) === true;
}

const globs = fc
  .array(fc.constantFrom("*", "*", "?", "a", "b", "1", ".", "-", "_"), { minLength: 1, maxLength: 24 })
  .map((signs) => signs.join(""));
const names = fc
  .array(fc.constantFrom("a", "b", "1", ".", "\n", "é"), { maxLength: 30 })
  .map((signs) => signs.join(""));

test("a glob means what it says, whatever it is made of", () => {
  fc.assert(
    fc.property(globs, names, (glob, type) => {
      const matches = createTypeMatcher([glob]);
      expect(matches({ type, category: undefined })).toBe(matchesByTable(glob, type));
    }),
    { numRuns: 3000 },
  );
});

test("no glob of the length that is allowed is slow with a long type", () => {
  const long = "a".repeat(20_000);
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("*a", "*", "?", "a", "*?", "aa"), { maxLength: 100 }).map((p) => p.join("")),
      (start) => {
        const matches = createTypeMatcher([`${start.slice(0, 198)}*b`]);
        expect(matches({ type: long, category: undefined })).toBe(false);
      },
    ),
    // Runs out of this time only when a glob backtracks: each takes well below a millisecond.
    { numRuns: 300, interruptAfterTimeLimit: 4000, markInterruptAsFailure: true },
  );
});
