import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exactDigits, parseExactJson, readExactJson } from "./exact-json.ts";

test.for([
  "12345678901234567890",
  "1234567890123456",
  "-12345678901234567",
  "0.1234567890123456789",
  "1e5",
  "1E+5",
  "1.50",
  "10.0",
  "-0",
  "-0.0",
])("the number %s comes out as it went in", (text) => {
  const value = parseExactJson(`{"n":[${text}]}`);
  expect(JSON.stringify(value)).toBe(`{"n":[${text}]}`);
  const [kept] = (value as { n: unknown[] }).n;
  expect(exactDigits(kept) ?? text).toBe(text);
});

test.for(["0", "-1", "1.5", "123456789012345", "-0.5", "100"])("the number %s is a number", (text) => {
  expect(parseExactJson(text)).toBe(Number(text));
});

test("any JSON comes out as it went in, also pretty-printed, and numbers in texts are texts", () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(0, 2), (text, indent) => {
      const spaced = JSON.stringify(JSON.parse(text), null, indent);
      expect(JSON.stringify(parseExactJson(spaced))).toBe(JSON.stringify(JSON.parse(text)));
    }),
  );
});

describe("what a list of objects was read from", () => {
  const itemsOf = (text: string, maxDepth?: number) =>
    readExactJson(text, maxDepth === undefined ? {} : { maxDepth }).items;

  test("is known to the letter", () => {
    expect(itemsOf(' [ {"a": "]},{" , "b":[{}]},\n{} ] ')).toEqual(['{"a": "]},{" , "b":[{}]}', "{}"]);
    expect(itemsOf("[]")).toEqual([]);
  });

  test("is what each object is made of, whatever is in it", () => {
    fc.assert(
      fc.property(fc.array(fc.dictionary(fc.string(), fc.jsonValue())), (objects) => {
        const text = JSON.stringify(objects, null, 1);
        const { value, items } = readExactJson(text);
        expect(items?.map((item) => JSON.parse(item) as unknown)).toEqual(value);
        for (const item of items ?? []) expect(text).toContain(item);
      }),
    );
  });

  test.for(['[1,{"a":1}]', '["x"]', '{"a":[{}]}', "[[],null]", "5"])("is not known of %s", (text) => {
    expect(itemsOf(text)).toBeUndefined();
  });

  test("is not known where something had to be put into a text", () => {
    expect(itemsOf('[{"a":{"b":{}}}]', 3)).toBeUndefined();
    expect(itemsOf('[{"a":{"b":{}}}]', 4)).toEqual(['{"a":{"b":{}}}']);
  });

  test("does not make JSON of what is none", () => {
    expect(() => readExactJson("[{}")).toThrow(SyntaxError);
    expect(() => readExactJson("[{]}")).toThrow(SyntaxError);
  });
});
