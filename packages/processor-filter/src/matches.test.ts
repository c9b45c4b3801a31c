import { expect, test } from "vitest";
import { defaults, type FilterConfig } from "./config.ts";
import { createRule, levelOf, type RecordTraits } from "./matches.ts";

test.for([
  { severities: [0, undefined, 25, -1, Number.NaN], level: undefined },
  { severities: [1, 4, 5, 8], level: 0 },
  { severities: [9, 12], level: 1 },
  { severities: [13, 16], level: 2 },
  { severities: [17, 20], level: 3 },
  { severities: [21, 24], level: 4 },
])("the severity numbers $severities are level $level", ({ severities, level }) => {
  expect(severities.map((severity) => levelOf(severity))).toEqual(severities.map(() => level));
});

function createMatcher(config: FilterConfig): (traits: RecordTraits) => boolean {
  const rule = createRule(config);
  return (traits) => rule(traits) === undefined;
}

const loginFailed = { type: "f", category: "auth.login.fail", level: 3, isForeign: false } as const;
const brandNew = { type: "brand_new", category: undefined, level: undefined, isForeign: false };
const nameless = { type: undefined, category: undefined, level: undefined, isForeign: false };

test.for([
  { name: "its code", excludeTypes: ["f"] },
  { name: "a glob", excludeTypes: ["f*"] },
  { name: "its category", excludeTypes: ["category:auth.login.fail"] },
])("exclude_types wins over min_level and types by $name", ({ excludeTypes }) => {
  for (const match of ["all", "any"] as const) {
    const matches = createMatcher({ ...defaults, minLevel: 0, types: ["f"], match, excludeTypes });
    expect(matches(loginFailed)).toBe(false);
    expect(matches({ ...loginFailed, type: "s", category: "auth.login.success" })).toBe(match === "any");
  }
});

test("exclude_types wins over unknown_types: keep", () => {
  const matches = createMatcher({ ...defaults, excludeTypes: ["brand_*"] });
  expect(matches(brandNew)).toBe(false);
  expect(matches({ ...brandNew, type: "newer_still" })).toBe(true);
});

test("a record without a type is unknown", () => {
  for (const narrowed of [{ minLevel: 4 as const }, { types: ["f"] }, {}]) {
    expect(createMatcher({ ...defaults, ...narrowed })(nameless)).toBe(true);
    expect(createMatcher({ ...defaults, ...narrowed, unknownTypes: "drop" })(nameless)).toBe(false);
  }
});

test("a record without a type that has a level all the same is kept or left out by it", () => {
  for (const unknownTypes of ["keep", "drop"] as const) {
    const matches = createMatcher({ ...defaults, minLevel: 3, unknownTypes });
    expect(matches({ ...nameless, level: 2 })).toBe(false);
    expect(matches({ ...nameless, level: 3 })).toBe(true);
  }
});

test("a known type without a category is not unknown", () => {
  const matches = createMatcher({ ...defaults, types: ["category:*"] });
  expect(matches({ type: "du", category: undefined, level: 1, isForeign: false })).toBe(false);
  expect(matches({ type: "sdu", category: "user.success", level: 1, isForeign: false })).toBe(true);
});

test("an event of another program is known by its name alone", () => {
  const signup = { type: "user.signup", category: undefined, level: undefined, isForeign: true };
  const onlyLogins = createMatcher({ ...defaults, types: ["user.login"] });
  expect(onlyLogins(signup)).toBe(false);
  expect(onlyLogins({ ...signup, type: "user.login" })).toBe(true);
  expect(createMatcher({ ...defaults, unknownTypes: "drop" })(signup)).toBe(true);
});

test("an event of another program without a severity passes min_level, unless told otherwise", () => {
  const signup = { type: "user.signup", category: undefined, level: undefined, isForeign: true };
  expect(createMatcher({ ...defaults, minLevel: 4 })(signup)).toBe(true);
  expect(createMatcher({ ...defaults, minLevel: 4, unknownTypes: "drop" })(signup)).toBe(false);
});

const success = { type: "s", category: "auth.login.success", level: 1, isForeign: false } as const;

test.for([
  {
    settings: { minLevel: 3 as const },
    traits: success,
    reason: "its level 1 (info) is below min_level 3 (error)",
  },
  { settings: { excludeTypes: ["f", "s"] }, traits: success, reason: "its type s is in exclude_types" },
  { settings: { excludeTypes: ["?"] }, traits: success, reason: "its type s is in exclude_types as ?" },
  {
    settings: { excludeTypes: ["category:*.success"] },
    traits: success,
    reason: "its category auth.login.success is in exclude_types as category:*.success",
  },
  {
    settings: { excludeTypes: ["category:auth.login.success"] },
    traits: success,
    reason: "its category auth.login.success is in exclude_types",
  },
  { settings: { types: ["f"] }, traits: success, reason: "its type s is not in types" },
  {
    settings: { types: ["f", "category:*.fail"] },
    traits: success,
    reason: "neither its type s nor its category auth.login.success is in types",
  },
  {
    settings: { minLevel: 3 as const, types: ["f"], match: "any" as const },
    traits: success,
    reason: "its level 1 (info) is below min_level 3 (error), and its type s is not in types",
  },
  {
    settings: { minLevel: 3 as const, types: ["f"], match: "all" as const },
    traits: success,
    reason: "its level 1 (info) is below min_level 3 (error)",
  },
  {
    settings: { unknownTypes: "drop" as const },
    traits: brandNew,
    reason: "its type brand_new is not in the catalogue, and unknown_types is drop",
  },
  {
    settings: { unknownTypes: "drop" as const, types: ["f"] },
    traits: nameless,
    reason: "it has no type, and unknown_types is drop",
  },
  {
    settings: { unknownTypes: "drop" as const, minLevel: 0 as const },
    traits: brandNew,
    reason: "it has no level, and unknown_types is drop",
  },
  {
    settings: { types: ["f"] },
    traits: { ...success, type: "two\nlines" },
    reason: 'its type "two\\nlines" is not in types',
  },
])("says that $reason", ({ settings, traits, reason }) => {
  expect(createRule({ ...defaults, ...settings })(traits)).toBe(reason);
});
