import { expect, test } from "vitest";
import { defaults, filterConfig } from "./config.ts";

test("without settings the defaults hold, and they keep everything", () => {
  expect(filterConfig.parse({})).toEqual(defaults);
  expect(defaults).toEqual({
    minLevel: undefined,
    types: [],
    excludeTypes: [],
    match: "all",
    unknownTypes: "keep",
  });
});

test.for([
  { written: 0, level: 0 },
  { written: 1, level: 1 },
  { written: 2, level: 2 },
  { written: 3, level: 3 },
  { written: 4, level: 4 },
  { written: "0", level: 0 },
  { written: "3", level: 3 },
  { written: "debug", level: 0 },
  { written: "info", level: 1 },
  { written: "warning", level: 2 },
  { written: "error", level: 3 },
  { written: "critical", level: 4 },
])("min_level $written is level $level", ({ written, level }) => {
  expect(filterConfig.parse({ min_level: written }).minLevel).toBe(level);
});

test.for([
  { written: ["f", "fp"], types: ["f", "fp"] },
  { written: "f,fp", types: ["f", "fp"] },
  { written: " f , gd_*,category:auth.login.fail, ", types: ["f", "gd_*", "category:auth.login.fail"] },
  { written: "f", types: ["f"] },
  { written: [], types: [] },
  { written: " ", types: [] },
])("types and exclude_types can be written as $written", ({ written, types }) => {
  const config = filterConfig.parse({ types: written, exclude_types: written });
  expect(config).toMatchObject({ types, excludeTypes: types });
});

const levelMessage = "must be a level: 0, 1, 2, 3, 4 or debug, info, warning, error, critical";
const patternMessage =
  "must hold codes (f), globs (gd_*) or categories (category:auth.login.fail) with commas between them";

test.for([
  { setting: "min_level", value: "loud", message: `${levelMessage}, found "loud"` },
  { setting: "min_level", value: 5, message: `${levelMessage}, found 5` },
  { setting: "min_level", value: 2.5, message: `${levelMessage}, found 2.5` },
  { setting: "types", value: 3, message: "must be a list of names, or one text with commas between them" },
  { setting: "types", value: "f fp", message: `${patternMessage}, and "f fp" is none of these` },
  {
    setting: "types",
    value: ["f", "gd_[a-z]"],
    message: `${patternMessage}, and "gd_[a-z]" is none of these`,
  },
  {
    setting: "exclude_types",
    value: "category:",
    message: `${patternMessage}, and "category:" is none of these`,
  },
  { setting: "match", value: "both", message: /"all"\|"any"/ },
  { setting: "unknown_types", value: true, message: /"keep"\|"drop"/ },
])("$setting $value is refused, and told what is allowed", ({ setting, value, message }) => {
  const issues = filterConfig.safeParse({ [setting]: value }).error?.issues ?? [];
  expect(issues.map((issue) => issue.path)).toEqual([[setting]]);
  expect(issues[0]?.message).toMatch(message);
});

test("a pattern that is longer than any name is refused, and not shown", () => {
  const [issue] = filterConfig.safeParse({ types: [`${"a*".repeat(40_000)}`] }).error?.issues ?? [];
  expect(issue?.message).toBe("must hold patterns of 200 characters at the most, and one has 80000");
});

test("an unknown setting is refused", () => {
  expect(filterConfig.safeParse({ level: 3 }).error?.issues).toMatchObject([
    { code: "unrecognized_keys", keys: ["level"] },
  ]);
});
