import { expect, test } from "vitest";
import { pathKey, readConfigDocument } from "./config-document.ts";

const read = (source: string, env: Record<string, string> = {}) =>
  readConfigDocument(source, { file: "loghook.yaml", env });

test("says which values hold something that was put in, and what", () => {
  const { value, substituted } = read('a: "x${env:A}y${env:B:-b}"\nb: plain\nc: [x, "${env:A}"]\nd: $$5', {
    A: "1",
  });
  expect(value).toEqual({ a: "x1yb", b: "plain", c: ["x", 1], d: "$5" });
  expect([...substituted]).toEqual([
    [pathKey(["a"]), ["env:A", "env:B:-b"]],
    [pathKey(["c", 1]), ["env:A"]],
  ]);
});

test("an item behind one that is left out has the place that it gets", () => {
  const document = read('list: ["", "${env:NONE:-}", "${env:A}", last]', { A: "0123" });
  expect(document.value).toEqual({ list: ["0123", "last"] });
  expect([...document.texts]).toEqual([[pathKey(["list", 0]), "0123"]]);
  expect(document.problem(["list", 0], "is first")).toMatchObject({ line: 1, column: 29 });
  expect(document.problem(["list", 1], "is last")).toMatchObject({ line: 1, column: 41 });
});

test("a file of data is read as it is", () => {
  const options = { file: "cases.yaml", env: { A: "1" }, isLiteral: true };
  const { value, problems } = readConfigDocument('a: "${env:A}"\nb: ""\nc: ["", $$]\nd: "${other}"', options);
  expect(value).toEqual({ a: "${env:A}", b: "", c: ["", "$$"], d: "${other}" });
  expect(problems).toEqual([]);
});
