import { parseExactJson, RetryableError } from "@loghook/pipeline";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parsePage } from "./parse-page.ts";
import { createToLogRecord } from "./to-log-record.ts";

// What a tenant, or something between here and there, may put into an answer. All of it comes out again, or is refused.

const host = "acme.eu.auth0.com";
const toRecord = createToLogRecord({ domain: host, resourceAttributes: {} });

const numberText = fc.constantFrom(
  "0",
  "-0",
  "-0.0",
  "1e308",
  "-1e308",
  "1e999",
  "12345678901234567890",
  "1.50",
  "5e-324",
  "10",
  "0.1",
);
const nastyText = fc.constantFrom(
  "\ud800",
  "\udc00x",
  "\u0000",
  "__proto__",
  "constructor",
  "x".repeat(100_000),
  "]}",
  '\\"',
);
const key = fc.oneof(
  fc.constantFrom(
    "log_id",
    "_id",
    "date",
    "type",
    "details",
    "$date",
    "__proto__",
    "constructor",
    "prototype",
  ),
  fc.constantFrom("toJSON", "rawJSON", "length", "user_name", "location_info", "country_code", "session_id"),
  fc.string({ unit: "binary", maxLength: 5 }),
);

/** The texts of JSON values, so that keys may stand twice and numbers are as they like. */
const { value: jsonText } = fc.letrec<{ value: string; object: string; list: string; scalar: string }>(
  (tie) => ({
    value: fc.oneof({ depthSize: "small", withCrossShrink: true }, tie("scalar"), tie("object"), tie("list")),
    scalar: fc.oneof(
      fc.oneof(fc.string({ unit: "binary" }), nastyText).map((text) => JSON.stringify(text)),
      numberText,
      fc.constantFrom(
        "null",
        "true",
        "false",
        '"2026-03-02T09:14:07.112Z"',
        '"+275760-09-13T00:00:00Z"',
        '""',
      ),
      fc.date({ noInvalidDate: true }).map((date) => JSON.stringify(date)),
    ),
    list: fc.array(tie("value"), { maxLength: 5 }).map((values) => `[${values.join(",")}]`),
    object: fc
      .array(fc.tuple(key, tie("value")), { maxLength: 6 })
      .map((fields) => `{${fields.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(",")}}`),
  }),
);

/** Written again by `JSON.stringify`, where two fields of one name have become the last of them. */
const written = (value: unknown): string => JSON.stringify(value);

describe("a page of anything", () => {
  test("comes out whole: as many entries, each as it was", () => {
    fc.assert(
      fc.property(fc.array(jsonText, { maxLength: 8 }), (texts) => {
        const page = parsePage(`[${texts.join(",")}]`, host);
        const alone = texts.map((text) => written(parsePage(`[${text}]`, host)[0]?.entry));
        expect(page.map(({ entry }) => written(entry)).toSorted()).toEqual(alone.toSorted());
        for (const [n, text] of texts.entries()) expect(JSON.parse(alone[n] ?? "")).toEqual(JSON.parse(text));
      }),
    );
  });

  test("makes records with a time, a uid and attributes that can be sent", () => {
    fc.assert(
      fc.property(fc.array(jsonText, { maxLength: 8 }), (texts) => {
        for (const entry of parsePage(`[${texts.join(",")}]`, host)) {
          const { hrTime, attributes, eventName } = toRecord(entry, [1, 0]);
          const [seconds, nanoseconds] = hrTime;
          expect(Number.isSafeInteger(seconds)).toBe(true);
          expect(nanoseconds >= 0 && nanoseconds <= 1e9).toBe(true);
          expect(attributes["log.record.uid"]).toMatch(/^[\x21-\x7e]{1,200}$/);
          expect(
            Object.values(attributes).every((value) =>
              ["string", "number", "boolean"].includes(typeof value),
            ),
          ).toBe(true);
          expect(typeof (eventName ?? "")).toBe("string");
        }
        expect(Object.keys(Object.prototype)).toEqual([]);
        expect({}).not.toHaveProperty("admin");
      }),
    );
  });

  test("gives the same uids however often it is read", () => {
    fc.assert(
      fc.property(fc.array(jsonText, { maxLength: 8 }), (texts) => {
        const uids = (): string[] => parsePage(`[${texts.join(",")}]`, host).map(({ uid }) => uid);
        expect(uids()).toEqual(uids());
      }),
    );
  });
});

test("text that is no page is refused, as a passing fault that quotes none of it", () => {
  const broken = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.tuple(fc.array(jsonText, { minLength: 1, maxLength: 5 }), fc.nat()).map(([texts, cut]) => {
      const text = `[${texts.join(",")}]`;
      return text.slice(0, cut % text.length);
    }),
    jsonText.filter((text) => !text.startsWith("[")),
  );
  fc.assert(
    fc.property(broken, (text) => {
      const planted = `${text}ada@example.com`;
      expect(() => parsePage(planted, host)).toThrow(RetryableError);
      expect(() => parsePage(planted, host)).not.toThrow(/ada@/);
      try {
        parsePage(text, host);
      } catch (error) {
        expect(error).toBeInstanceOf(RetryableError);
      }
    }),
  );
});

describe("an entry that is nested too deep to be written again", () => {
  const nested = (depth: number, inner = "1"): string => '[{"a":'.repeat(depth) + inner + "}]".repeat(depth);

  test.for([10, 249, 250, 251, 3000, 100_000])(
    "%d lists and objects in each other come out, the deepest as text",
    (depth) => {
      const entry = `{"log_id":"7","n":12345678901234567890,"deep":${nested(depth)}}`;
      const [page] = parsePage(`[{"log_id":"6"},${entry}]`, host).toReversed();
      expect(page?.logId).toBe("7");
      const text = JSON.stringify(page?.entry);
      expect(text).toContain("12345678901234567890");
      // What was put into texts, taken out of them again, is the entry to the letter.
      const unpacked = text.replace(/"(\[(?:[^"\\]|\\.)*)"/, (_, packed) => JSON.parse(`"${packed}"`));
      expect(unpacked === entry).toBe(true);
    },
  );

  test("one without an id is named by a digest all the same", () => {
    const [page] = parsePage(`[${nested(50_000)}]`, host);
    expect(page?.uid).toMatch(/^[0-9a-f]{64}$/);
  });

  test("brackets in texts do not count, whatever stands before their quotes", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("[", "{", "\\", '"', "]", "x"), { maxLength: 40 }), (parts) => {
        const text = JSON.stringify([[parts.join(""), parts]]);
        expect(parseExactJson(text, { maxDepth: 3 })).toEqual(JSON.parse(text));
        expect(parseExactJson(text, { maxDepth: 2 })).toEqual([[parts.join(""), JSON.stringify(parts)]]);
        expect(parseExactJson(text, { maxDepth: 1 })).toEqual([JSON.stringify([parts.join(""), parts])]);
      }),
    );
  });

  test("takes no longer than it takes to read it", () => {
    const open = '"['.repeat(1_000_000);
    expect(() => parsePage(open, host)).toThrow(RetryableError);
    expect(() => parsePage(`"${"\\".repeat(200_001)}`, host)).toThrow(RetryableError);
  });
});
