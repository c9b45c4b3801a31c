import { processorContract, testBatch, testRecord } from "@loghook/testkit";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { redactConfig } from "./config.ts";
import { createRedactProcessor } from "./processor.ts";

const hmac_key = "k".repeat(32);

function processor(settings: object) {
  return createRedactProcessor(redactConfig.parse({ hmac_key, ...settings }));
}

const everything = { rules: [{ path: "**", attributes: ["*"], action: "mask" }] };

processorContract("the redact processor with its preset", () => processor({ preset: "auth0_pii" }));
processorContract("a redact processor that masks everything", () => processor(everything));
processorContract(
  "a redact processor that removes everything",
  () => processor({ rules: [{ paths: ["*"], attributes: ["*"], action: "remove" }] }),
  [testRecord(1, { body: { user_name: "jane", details: {} } }), testRecord(2, { body: null })],
);

test("gives on what has nothing to redact as it is, among others that are copied", async () => {
  const jane = testRecord(2, { body: { user_name: "jane" } });
  const batch = [testRecord(1), jane, testRecord(3)];
  const kept = await processor({ rules: [{ path: "user_name", action: "mask" }] }).process(batch);
  expect(kept.map((record, index) => record === batch[index])).toEqual([true, false, true]);
  expect(kept[1]).toEqual({ ...jane, body: { user_name: "[redacted]" } });
});

test("lets nothing through when it fails at one record", () => {
  const { process } = processor({ preset: "auth0_pii" });
  const broken = {
    get user_name(): never {
      throw new Error("cannot be read");
    },
  };
  const batch = [...testBatch(2), testRecord(3, { body: broken }), testRecord(4)];
  expect(() => process(batch)).toThrow("cannot be read");
});

test("makes the same tokens in every processor with the same key", async () => {
  const batch = [testRecord(1, { body: { user_id: "auth0|65a1", user_name: "jane@example.com" } })];
  const settings = { preset: "auth0_pii" };
  const [one, other] = [await processor(settings).process(batch), await processor(settings).process(batch)];
  expect(one).toEqual(other);
  const another = await processor({ ...settings, hmac_key: "x".repeat(32) }).process(batch);
  expect(another).not.toEqual(one);
});

/** Freezes it and everything in it, so that a change would throw. */
function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) frozen(inner);
  }
  return value;
}

const keys = fc.constantFrom("user_name", "ip", "email", "details", "a.b", "__proto__", "0", "");
const texts = fc.constantFrom(
  "jane@example.com",
  "for jane@example.com",
  "203.0.113.24",
  "auth0|65a1f0c2",
  "x",
  "",
);
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.oneof(texts, fc.integer(), fc.boolean(), fc.constant(null)),
    fc.array(tie("tree"), { maxLength: 4 }),
    fc.array(fc.tuple(keys, tie("tree")), { maxLength: 5 }).map((entries) => Object.fromEntries(entries)),
  ),
}));
const actions = fc.constantFrom(
  "remove",
  "mask",
  "pseudonymize",
  "hash_email",
  "truncate_ip",
  "scrub",
  "keep",
);
const paths = fc.constantFrom(
  "**",
  "*",
  "**.email",
  "details.*",
  "details.**",
  "user_name",
  "**.ip",
  '"a.b"',
  "__proto__.*",
);
const rules = fc.array(
  fc.record({ paths: fc.array(paths, { minLength: 1, maxLength: 3 }), action: actions }),
  { minLength: 1, maxLength: 4 },
);
const attributes = fc.dictionary(
  fc.constantFrom("user.name", "client.address", "x"),
  fc.oneof(texts, fc.integer()),
);

describe("whatever the record and the rules", () => {
  test("the record is never changed, and the same comes out each time", () => {
    fc.assert(
      fc.property(tree, attributes, rules, (body, attributes, rules) => {
        const { process } = processor({ rules });
        const record = frozen({ ...testRecord(1), body, attributes } as ReadableLogRecord);
        const before = JSON.stringify([record.body, record.attributes]);
        const [first] = process([record]) as ReadableLogRecord[];
        const [second] = process([record]) as ReadableLogRecord[];
        expect(JSON.stringify([record.body, record.attributes])).toBe(before);
        expect(JSON.stringify(second)).toBe(JSON.stringify(first));
        const isSame = JSON.stringify([first?.body, first?.attributes]) === before;
        expect(first === record).toBe(isSame);
      }),
      { seed: 5, numRuns: 500 },
    );
  });

  test("what a rule takes out of one place is in no other", () => {
    const secret = "sentinel.4711@people.example";
    const { process } = processor({ rules: [{ path: "listed", action: "mask" }] });
    const guise = fc.constantFrom<(text: string) => unknown>(
      (text) => text,
      (text) => `for ${text}!`,
      (text) => `/users/${encodeURIComponent(text)}`,
      (text) => JSON.stringify({ user: text }),
      (text) => ({ [text]: 1 }),
      (text) => [text.toUpperCase()],
    );
    const place = fc.array(fc.constantFrom("details", "a", "b", "x.y"), { minLength: 1, maxLength: 5 });
    const copies = fc.array(fc.tuple(place, guise), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(tree, copies, (body, copies) => {
        const entry = { body, listed: secret, copies: {} as Record<string, unknown> };
        for (const [index, [place, guise]] of copies.entries()) {
          entry.copies[index] = place.reduceRight<unknown>(
            (inner, key) => ({ [key]: [inner] }),
            guise(secret),
          );
        }
        const [record] = process([
          { ...testRecord(1), body: entry } as ReadableLogRecord,
        ]) as ReadableLogRecord[];
        const after = record?.body as unknown as typeof entry;
        expect(JSON.stringify(after)).not.toMatch(/sentinel/i);
        // What was there before it is there still.
        expect(JSON.stringify(after.body)).toBe(JSON.stringify(body));
      }),
      { seed: 6, numRuns: 300 },
    );
  });
});
