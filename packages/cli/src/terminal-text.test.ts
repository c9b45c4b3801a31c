import { expect, test } from "vitest";
import { painter, printable, toJson } from "./terminal-text.ts";

const terminal = { isTTY: true, write: () => true };
const file = { write: () => true };

test("colours on a terminal", () => {
  expect(painter(terminal, {})("red", "no")).toBe("\u001B[31mno\u001B[39m");
});

test.for([
  { where: "in a file", stream: file, env: {} },
  { where: "with NO_COLOR", stream: terminal, env: { NO_COLOR: "1" } },
  { where: "on a dumb terminal", stream: terminal, env: { TERM: "dumb" } },
])("leaves the text as it is $where", ({ stream, env }) => {
  expect(painter(stream, env)("red", "no")).toBe("no");
});

test("an empty NO_COLOR does not count", () => {
  expect(painter(terminal, { NO_COLOR: "" })("red", "no")).not.toBe("no");
});

test.for([
  ["escape sequences", "a\u001B[2Jb", "a [2Jb"],
  ["control characters of one byte more", "a\u009B2Jb", "a 2Jb"],
  ["line breaks", "a\r\nb\u2028c", "a b c"],
  ["characters that turn the direction of writing", "a\u202Eb", "a b"],
])("printable text has no %s", ([, text = "", expected]) => {
  expect(printable(text)).toBe(expected);
});

test("printable text keeps letters of any script", () => {
  expect(printable("Zoë Łukasz 山田 🙂")).toBe("Zoë Łukasz 山田 🙂");
});

test("JSON shows what cannot be seen as escapes, and is the same when it is read", () => {
  const value = { text: "a\u009B2J\u202E\u007F\u0085\u2028\u{E0001}\n\tZoë 山田", list: [1] };
  for (const json of [toJson(value), toJson(value, 2)]) {
    expect(json).not.toMatch(/[^\P{C}\n]|[\u2028\u2029]/u);
    expect(JSON.parse(json)).toEqual(value);
  }
  expect(toJson(value)).toContain("a\\u009b2J\\u202e\\u007f\\u0085\\u2028\\udb40\\udc01\\n\\tZoë 山田");
  expect(toJson(value, 2)).toContain('\n  "list": [\n');
});
