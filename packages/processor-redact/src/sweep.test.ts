import fc from "fast-check";
import { expect, test } from "vitest";
import { createSweep, noSweep } from "./sweep.ts";

const token = "hmac_0123456789abcdef0123";
const values = {
  "jane@example.com": `${token}@example.com`,
  "auth0|65a1f0c2d3e4": token,
  "203.0.113.2": "203.0.113.0",
  "2001:db8::1": "2001:db8::",
  "Jane Doe": "[redacted]",
  Zoë: "[redacted]",
  Jane: "[redacted]",
  al: "[redacted]",
  x: "[redacted]",
  'say "hi" \\ 50%\n': "[redacted]",
  "中村 太郎": "[redacted]",
};
const sweep = createSweep(new Map(Object.entries(values)));

test.for<[before: string, after: string]>([
  // Whole values, also the shortest
  ["jane@example.com", `${token}@example.com`],
  ["JANE@Example.com", `${token}@example.com`],
  ["al", "[redacted]"],
  ["x", "[redacted]"],
  ["Zoë", "[redacted]"],
  // From four characters on, by themselves
  ["Hello Jane, jane and JANE!", "Hello [redacted], [redacted] and [redacted]!"],
  ["user_jane-2 (Jane)", "user_[redacted]-2 ([redacted])"],
  ["from 203.0.113.2:80, not 203.0.113.24", "from 203.0.113.0:80, not 203.0.113.24"],
  ["2001:DB8::1 is not 2001:db8::1f", "2001:db8:: is not 2001:db8::1f"],
  // From eight characters on, within words
  ["xjane@example.comx", `x${token}@example.comx`],
  ["Miss JANE DOE.", "Miss [redacted]."],
  // What holds another value goes whole
  ["Jane Doe and Jane", "[redacted] and [redacted]"],
  // Encoded
  ["/users/auth0%7C65a1f0c2d3e4/roles", `/users/${token}/roles`],
  ["?q=jane%40example.com&r=auth0%7c65a1f0c2d3e4", `?q=${token}%40example.com&r=${token}`],
  ["?to=%252Fjane%2540example.com", `?to=%252F${token}%40example.com`],
  ["?name=Jane+Doe&other=Jane%20Doe", "?name=[redacted]&other=%5Bredacted%5D"],
  ["?n=%3AJane", "?n=%3A[redacted]"],
  [JSON.stringify({ a: "jane@example.com" }), `{"a":"${token}@example.com"}`],
  [JSON.stringify({ a: 'say "hi" \\ 50%\n' }), '{"a":"[redacted]"}'],
  [JSON.stringify(JSON.stringify('say "hi" \\ 50%\n')), String.raw`"\"[redacted]\""`],
  [String.raw`"\nJane\u0020Doe\nJane"`, String.raw`"\n[redacted]\n[redacted]"`],
  [String.raw`"\u4e2d\u6751 \u592a\u90ce"`, '"[redacted]"'],
  [encodeURIComponent("中村 太郎"), "%5Bredacted%5D"],
])("%s becomes %s", ([before, after]) => {
  expect(sweep.text(before)).toBe(after);
});

test.for([
  "",
  "[redacted]",
  "also palette",
  "x-ray and Zoë are too short to be looked for in a text",
  "Janet, Mary-Janet, 2Jane",
  "1203.0.113.2 and 203.0.113.20",
  "joan@example.com",
])("'%s' stays", (text) => {
  expect(sweep.text(text)).toBe(text);
});

test("keys are swept of what does not look like a key", () => {
  const keys = createSweep(
    new Map([
      ["jane@example.com", token],
      ["+4915550123", token],
      ["203.0.113.2", "203.0.113.0"],
      ["email", "[redacted]"],
      ["user_name", "[redacted]"],
    ]),
  );
  expect(
    ["jane@example.com", "tel:+4915550123", "203.0.113.2", "email", "user_name", "email.1"].map(keys.key),
  ).toEqual([token, `tel:${token}`, "203.0.113.0", "email", "user_name", "email.1"]);
});

test("of values that differ in case alone each keeps its own token", () => {
  const sweep = createSweep(
    new Map([
      ["auth0|abcd", "one"],
      ["auth0|ABCD", "two"],
    ]),
  );
  expect(["auth0|abcd", "auth0|ABCD", "auth0|Abcd"].map(sweep.text)).toEqual(["one", "two", "one"]);
  expect(sweep.text("for auth0|abcd, auth0|ABCD, auth0|Abcd")).toBe("for one, two, one");
});

test("a value of any length is found in a longer text, also in JSON and in a URL", () => {
  for (const length of [250, 260, 100_000]) {
    const value = `begin "${"ä".repeat(length)}" end`;
    const sweep = createSweep(new Map([[value, "GONE"]]));
    expect(sweep.text(`<${value}>`)).toBe("<GONE>");
    expect(sweep.text(JSON.stringify({ value }))).toBe('{"value":"GONE"}');
    expect(sweep.text(`/?q=${encodeURIComponent(value)}`)).toBe("/?q=GONE");
  }
});

test("a thousand values are found, each of them", () => {
  const values = Array.from({ length: 1000 }, (_, n) => `person-${n}@example.com`);
  const sweep = createSweep(new Map(values.map((value, n) => [value, `<${n}>`])));
  expect(sweep.text(values.join(" "))).toBe(values.map((_, n) => `<${n}>`).join(" "));
});

test("no value survives any nesting of JSON, URLs and plain text", () => {
  const value = fc
    .string({ unit: "grapheme", minLength: 8, maxLength: 40 })
    .filter((text) => text.isWellFormed() && /^[\p{L}\p{N}].*[\p{L}\p{N}]$/su.test(text));
  const wrapping = fc.constantFrom(
    (text: string) => JSON.stringify({ inner: text }),
    (text: string) => `https://example.com/?q=${encodeURIComponent(text)}`,
    (text: string) => `<${text}>`,
  );
  const wrappings = fc.array(wrapping, { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(value, wrappings, (value, wrappings) => {
      const text = wrappings.reduce((inner, wrap) => wrap(inner), value);
      const around = wrappings.reduce((inner, wrap) => wrap(inner), "GONE");
      const swept = createSweep(new Map([[value, "GONE"]])).text(text);
      expect(swept).toBe(around);
    }),
    { seed: 3, numRuns: 1000 },
  );
});

test("texts without the values stay as they are", () => {
  const parts = fc.array(fc.constantFrom("a", "@", "b", "%40", "\\", '"', ".", "/", " "), { maxLength: 30 });
  const sweep = createSweep(new Map([["nobody@nowhere.example", "GONE"]]));
  fc.assert(
    fc.property(parts, (parts) => {
      expect(sweep.text(parts.join(""))).toBe(parts.join(""));
    }),
    { seed: 4 },
  );
});

test.for(["\\", "%", "%25", "a", "ab", " ", "+", '\\"', "\\\\u0061"])(
  "is done with a hundred thousand times '%s'",
  (unit) => {
    const sweep = createSweep(
      new Map([
        [`${"\\".repeat(9)}${'"'.repeat(9)}a`, "1"],
        [`a${"%".repeat(20)}b`, "2"],
        [`a${" ".repeat(20)}b`, "3"],
        ["abababababababababac", "4"],
      ]),
    );
    expect(sweep.text(unit.repeat(100_000))).toBe(unit.repeat(100_000));
  },
);

test("without anything to sweep nothing changes", () => {
  expect([noSweep.text("jane"), noSweep.key("jane@example.com"), noSweep.whole("jane")]).toEqual([
    "jane",
    "jane@example.com",
    undefined,
  ]);
});
