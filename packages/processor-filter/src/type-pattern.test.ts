import { expect, test } from "vitest";
import { createTypeMatcher, isTypePattern } from "./type-pattern.ts";

function names(pattern: string, type: string): boolean {
  return createTypeMatcher([pattern])({ type, category: undefined });
}

test.for([
  { pattern: "f", type: "f", expected: true },
  { pattern: "f", type: "fp", expected: false },
  { pattern: "f", type: "sf", expected: false },
  { pattern: "f", type: "F", expected: false },
  { pattern: "gd_*", type: "gd_send_sms", expected: true },
  { pattern: "gd_*", type: "gd_", expected: true },
  { pattern: "gd_*", type: "sgd_x", expected: false },
  { pattern: "*_fail?d", type: "gd_auth_failed", expected: true },
  { pattern: "*_fail?d", type: "gd_auth_faild", expected: false },
  { pattern: "*_fail?d", type: "gd_auth_failed_twice", expected: false },
  { pattern: "gd_*_fail*", type: "gd_send_pn_failure", expected: true },
  { pattern: "*sms*sms*", type: "gd_sms", expected: false },
  { pattern: "*1*1", type: "2121", expected: true },
  { pattern: "?", type: "", expected: false },
  { pattern: "*", type: "", expected: true },
  { pattern: "a.c", type: "abc", expected: false },
])("$pattern against $type is $expected", ({ pattern, type, expected }) => {
  expect(names(pattern, type)).toBe(expected);
});

/** The meaning of a glob, spelt out without a thought for speed. */
function matchesSlowly(glob: string, text: string): boolean {
  const [head, ...tail] = glob;
  const rest = tail.join("");
  if (head === undefined) return text === "";
  if (head === "*") return matchesSlowly(rest, text) || (text !== "" && matchesSlowly(glob, text.slice(1)));
  return text !== "" && (head === "?" || head === text[0]) && matchesSlowly(rest, text.slice(1));
}

function wordsOver(letters: string[], maxLength: number): string[] {
  if (maxLength === 0) return [""];
  const shorter = wordsOver(letters, maxLength - 1);
  return [...new Set([...shorter, ...shorter.flatMap((word) => letters.map((letter) => word + letter))])];
}

test("globs mean what they say for every short glob and every short name", () => {
  const texts = wordsOver(["a", "1"], 5);
  for (const glob of wordsOver(["a", "1", "*", "?"], 5)) {
    const matches = createTypeMatcher([glob]);
    const found = texts.filter((type) => matches({ type, category: undefined }));
    expect(found, glob).toEqual(texts.filter((text) => matchesSlowly(glob, text)));
  }
});

test("a glob of many stars is done with a very long name at once", () => {
  const longName = "a".repeat(20_000);
  expect(names("*a*a*a*a*a*a*a*a*a*a*a*b", longName)).toBe(false);
  expect(names("*a*a*a*a*a*a*a*a*a*a*a*a", longName)).toBe(true);
  expect(names("*?*?*?*?*?*?*?*?*?*?*?b", longName)).toBe(false);
});

test.for([
  { pattern: "category:auth.login.fail", category: "auth.login.fail", expected: true },
  { pattern: "category:auth.login.fail", category: "auth.login.failure", expected: false },
  { pattern: "category:auth.login.fail", category: "auth-login-fail", expected: false },
  { pattern: "category:*.fail", category: "auth.login.fail", expected: true },
  { pattern: "category:auth.log??.*", category: "auth.login.success", expected: true },
  { pattern: "category:*", category: undefined, expected: false },
  { pattern: "auth.login.fail", category: "auth.login.fail", expected: false },
])("$pattern against the category $category is $expected", ({ pattern, category, expected }) => {
  expect(createTypeMatcher([pattern])({ type: "f", category })).toBe(expected);
});

test("one pattern that fits is enough", () => {
  const matches = createTypeMatcher(["x", "category:other", "gd_*"]);
  expect(matches({ type: "gd_unenroll", category: "user.success" })).toBe(true);
  expect(matches({ type: "cls", category: "other" })).toBe(true);
  expect(matches({ type: "f", category: "auth.login.fail" })).toBe(false);
});

test("no pattern names a record without type and category", () => {
  const matches = createTypeMatcher(["*", "category:*"]);
  expect(matches({ type: undefined, category: undefined })).toBe(false);
});

test.for([
  { text: "f", expected: true },
  { text: "gd_*", expected: true },
  { text: "*_fail?d", expected: true },
  { text: "category:auth.login.fail", expected: true },
  { text: "com.example.order-placed", expected: true },
  { text: "f fp", expected: false },
  { text: "category:", expected: false },
  { text: "categories:auth", expected: false },
  { text: "gd_[a-z]", expected: false },
  { text: "{f,fp}", expected: false },
  { text: "!f", expected: false },
])("$text as a pattern: $expected", ({ text, expected }) => {
  expect(isTypePattern(text)).toBe(expected);
});
