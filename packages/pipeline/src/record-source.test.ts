import { testRecord } from "@loghook/testkit";
import { describe, expect, test } from "vitest";
import { recordAttribute, recordUid, sourceJson, withoutSource, withSource } from "./record-source.ts";

const json = '{ "log_id": "900", "note": "\\u00e9" }';
const body = { log_id: "900", note: "é" };
const attributes = { "log.record.uid": "900", "auth0.type": "s", "user.id": "auth0|1" };
const known = { "log.record.uid": "900", "auth0.type": "s", "auth0.category": undefined };

interface Made {
  readonly text?: string;
  onMade?(): void;
}

function fromSource({ text = json, onMade }: Made = {}) {
  const { body: _, attributes: __, ...record } = testRecord(1);
  const attributesOf = () => {
    onMade?.();
    return { ...attributes };
  };
  return withSource(record, { json: text, known, attributesOf });
}

function unreadable() {
  return fromSource({ onMade: () => expect.unreachable("It was looked into.") });
}

test("a record knows the JSON that it was read from", () => {
  expect(sourceJson(unreadable())).toBe(json);
  expect(sourceJson(testRecord(1))).toBeUndefined();
});

test("body and attributes are made once, of what the source says", () => {
  let made = 0;
  const record = fromSource({ onMade: () => (made += 1) });
  expect(record.body).toEqual(body);
  expect(record.attributes).toEqual(attributes);
  expect(record.body).toBe(record.body);
  expect(record.attributes).toBe(record.attributes);
  expect(made).toBe(1);
  expect(sourceJson(record)).toBe(json);
});

test.for(['{"n":12345678901234567890}', "null", "[1.50]"])(
  "the body is written again as it came: %s",
  (text) => {
    expect(JSON.stringify(fromSource({ text }).body)).toBe(text);
  },
);

describe("an attribute by its name", () => {
  test("is known without looking into the source", () => {
    const record = unreadable();
    expect(recordUid(record)).toBe("900");
    expect(recordAttribute(record, "auth0.type")).toBe("s");
    expect(recordAttribute(record, "auth0.category")).toBeUndefined();
  });

  test.for(["log.record.uid", "user.id", "constructor", "missing"])(
    "is that of all attributes: %s",
    (name) => {
      const record = fromSource();
      const value = (attributes as Record<string, unknown>)[name] ?? ({} as Record<string, unknown>)[name];
      expect(recordAttribute(record, name)).toBe(value);
      expect(recordAttribute({ ...record }, name)).toBe(value);
    },
  );

  test("is what somebody has set", () => {
    const [changed, replaced] = [fromSource(), fromSource()];
    changed.attributes["log.record.uid"] = "901";
    Object.assign(replaced, { attributes: { "log.record.uid": "901" } });
    expect([changed, replaced].map(recordUid)).toEqual(["901", "901"]);
    expect(replaced.body).toEqual(body);
  });
});

test.for<[string, (record: ReturnType<typeof fromSource>) => ReturnType<typeof fromSource>]>([
  ["a copy", (record) => ({ ...record })],
  ["a copy by Object.assign", (record) => Object.assign({}, record)],
  ["a deep copy", (record) => structuredClone({ ...record, resource: undefined }) as never],
])("%s has body and attributes, and does not know the JSON", ([, copy]) => {
  const copied = copy(fromSource());
  expect(copied.body).toEqual(body);
  expect(copied.attributes).toEqual(attributes);
  expect(sourceJson(copied)).toBeUndefined();
});

test("a record that gets another body has that one and its attributes, and does not know the JSON any more", () => {
  const other = { log_id: "2" };
  const [unread, read] = [fromSource(), fromSource()];
  expect(read.body).toEqual(body);
  for (const record of [unread, read]) {
    Object.assign(record, { body: other });
    expect(record.body).toBe(other);
    expect(record.attributes).toEqual(attributes);
    expect(sourceJson(record)).toBeUndefined();
  }
});

test("one that is frozen can be looked into, too", () => {
  expect(Object.freeze(fromSource()).body).toEqual(body);
});

test("the source shows nowhere, and the record is equal to one that has none", () => {
  const record = fromSource();
  expect(record).toEqual({ ...testRecord(1), body, attributes });
  expect(Object.keys(record).toSorted()).toEqual(Object.keys(testRecord(1)).toSorted());
  expect(JSON.stringify(record)).not.toContain("u00e9");
});

test("records can be taken what they know: others stay the same objects", () => {
  const [sourced, other] = [fromSource(), testRecord(2)];
  const taken = withoutSource([sourced, other]);
  expect(taken.map(sourceJson)).toEqual([undefined, undefined]);
  expect(taken[0]).toEqual(sourced);
  expect(taken[1]).toBe(other);
});
