import { describe, expect, test } from "vitest";
import { different, missing, placesOf, shown, valuesAt } from "./differences.ts";

const found = { type: "f", details: { ip: "::1", list: [{ a: 1 }, { a: 2, b: null }] }, empty: {} };

describe("what is missing", () => {
  test.for<[unknown, string[]]>([
    [{}, []],
    [{ type: "f" }, []],
    [{ details: { ip: "::1" } }, []],
    [{ details: { list: [{ a: 1 }, { a: 2 }] } }, []],
    [{ type: "s" }, ["body.type"]],
    [{ other: 1 }, ["body.other"]],
    [{ details: { list: [{ a: 1 }] } }, ["body.details.list"]],
    [{ details: { list: [{ a: 1 }, { a: 3 }] } }, ["body.details.list.1.a"]],
    [{ empty: [] }, ["body.empty"]],
    [{ type: { code: "f" } }, ["body.type"]],
  ])("of %j", ([expected, paths]) => {
    expect(missing(expected, found, "body").map(({ path }) => path)).toEqual(paths);
  });
});

describe("what is different", () => {
  test.for<[unknown, string[]]>([
    [found, []],
    [{ ...found, type: "s" }, ["body.type"]],
    [{ type: "f", details: found.details }, ["body.empty"]],
    [{ ...found, details: { ...found.details, list: [{ a: 1 }, { a: 2 }] } }, ["body.details.list.1.b"]],
    ["a text", ["body"]],
  ])("from %j", ([expected, paths]) => {
    expect(different(expected, found, "body").map(({ path }) => path)).toEqual(paths);
  });

  test("is said with both values", () => {
    expect(different({ a: 1 }, { a: [2], b: null }, "body")).toEqual([
      { path: "body.a", expected: "1", found: "[2]" },
      { path: "body.b", expected: "nothing", found: "null" },
    ]);
  });
});

test.for<[string, string[]]>([
  ["type", ["body.type"]],
  ["details.ip", ["body.details.ip"]],
  ["details.list.*.a", ["body.details.list.0.a", "body.details.list.1.a"]],
  ["*.ip", ["body.details.ip"]],
  ["details.list.1.b", ["body.details.list.1.b"]],
  ["details.nothing", []],
  ["type.of", []],
])("%s leads to %j", ([path, places]) => {
  expect(valuesAt(found, path, "body").map((place) => place.path)).toEqual(places);
});

test("a name with dots is a name", () => {
  expect(valuesAt({ "client.address": "::1" }, "client.address", "attributes")).toEqual([
    { path: "attributes.client.address", value: "::1" },
  ]);
});

test("a text is found in values, in names, and as a part of them", () => {
  const value = { a: ["x-ada-x", 5], ada: { n: 1 }, n: null };
  expect(placesOf("ada", value, "body")).toEqual(["body.a.0", "body.ada"]);
  expect(placesOf("5", value, "")).toEqual(["a.1"]);
});

test("long values are cut", () => {
  expect(shown("x".repeat(300))).toHaveLength(201);
});
