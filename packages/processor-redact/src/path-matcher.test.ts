import fc from "fast-check";
import { expect, test } from "vitest";
import { type Path, parsePath } from "./path.ts";
import { createPathMatcher } from "./path-matcher.ts";

/** The first of these paths that names a place. */
function firstNaming(
  paths: readonly string[],
  keys: readonly string[],
  kind: "container" | "leaf",
): string | undefined {
  const matcher = createPathMatcher(paths.map((path) => [parsePath(path)]));
  let places = matcher.root;
  for (const key of keys) places = matcher.step(places, key);
  return paths[matcher.firstRule(places, kind, paths.length)];
}

test.for([
  { path: "ip", keys: "ip", named: true },
  { path: "ip", keys: "details ip", named: false },
  { path: "ip", keys: "IP", named: false },
  { path: "details.ip", keys: "details ip", named: true },
  { path: "details.ip", keys: "details", named: false },
  { path: "details.ip", keys: "details ip v4", named: false },
  { path: "details.*", keys: "details ip", named: true },
  { path: "details.*", keys: "details request ip", named: false },
  { path: "details.*.ip", keys: "details request ip", named: true },
  { path: "details.*.ip", keys: "details ip", named: false },
  { path: "prompts.*.ip", keys: "prompts 17 ip", named: true },
  { path: "prompts.0.ip", keys: "prompts 0 ip", named: true },
  { path: "prompts.0.ip", keys: "prompts 1 ip", named: false },
  { path: "**.ip", keys: "ip", named: true },
  { path: "**.ip", keys: "a b c ip", named: true },
  { path: "**.ip", keys: "a ip c", named: false },
  { path: "details.**.ip", keys: "details ip", named: true },
  { path: "details.**.ip", keys: "details a b ip", named: true },
  { path: "details.**.ip", keys: "ip", named: false },
  { path: "details.**.a.**.ip", keys: "details x a y a z ip", named: true },
  { path: "details.**.a.**.ip", keys: "details x y z ip", named: false },
  { path: "details.**", keys: "details a b", named: true },
  { path: "details.**", keys: "details", named: true },
  { path: "details.**", keys: "detail", named: false },
  { path: "**", keys: "a b c", named: true },
  { path: "**", keys: "", named: true },
  { path: '"a.b".c', keys: "a.b c", named: true },
])("$path names a text at '$keys': $named", ({ path, keys, named }) => {
  const found = firstNaming([path], keys === "" ? [] : keys.split(" "), "leaf");
  expect(found).toBe(named ? path : undefined);
});

test("** at the end names texts and numbers, and not the objects and lists around them", () => {
  expect(firstNaming(["details.**"], ["details", "a"], "container")).toBeUndefined();
  expect(firstNaming(["details.*"], ["details", "a"], "container")).toBe("details.*");
});

test("the first rule counts, whichever of its paths it is", () => {
  const rules = [["a.b", "x.*"], ["**.b"], ["a.*"]].map((paths) => paths.map(parsePath));
  const matcher = createPathMatcher(rules);
  const at = (...keys: string[]) => keys.reduce(matcher.step, matcher.root);
  const limit = 99;
  expect(matcher.firstRule(at("a", "b"), "leaf", limit)).toBe(0);
  expect(matcher.firstRule(at("c", "b"), "leaf", limit)).toBe(1);
  expect(matcher.firstRule(at("a", "c"), "leaf", limit)).toBe(2);
  expect(matcher.firstRule(at("c", "c"), "leaf", limit)).toBe(limit);
  expect(matcher.firstRule(at("c", "b"), "leaf", 1)).toBe(1);
});

/** What a path means, as a regular expression over all keys in a row. */
function meaning(path: Path): RegExp {
  const parts = path.map((part) => {
    if (part === "**") return "(?:/[^/]*)*";
    return part === "*" ? "/[^/]*" : `/${part.key}`;
  });
  return new RegExp(`^${parts.join("")}$`);
}

test("any paths together name what each of them means", () => {
  const part = fc.constantFrom("a", "b", "*", "**");
  const path = fc
    .array(part, { minLength: 1, maxLength: 6 })
    .map((parts) => parts.filter((part, index) => part !== "**" || parts[index - 1] !== "**").join("."));
  const paths = fc.array(path, { minLength: 1, maxLength: 5 });
  const keys = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 7 });
  fc.assert(
    fc.property(paths, keys, fc.constantFrom("leaf", "container"), (paths, keys, kind) => {
      const row = keys.map((key) => `/${key}`).join("");
      const expected = paths.find(
        (path) => (kind === "leaf" || !path.endsWith("**")) && meaning(parsePath(path)).test(row),
      );
      expect(firstNaming(paths, keys, kind)).toBe(expected);
    }),
    { seed: 1, numRuns: 2000 },
  );
});

test("many deep wildcards cost no more for being followed deeply", () => {
  const matcher = createPathMatcher([[parsePath("**.a.**.a.**.a.**.a.**.b")]]);
  let places = matcher.root;
  for (let depth = 0; depth < 10_000; depth++) places = matcher.step(places, "a");
  expect(places.size).toBeLessThan(20);
  expect(matcher.firstRule(matcher.step(places, "b"), "leaf", 1)).toBe(0);
});
