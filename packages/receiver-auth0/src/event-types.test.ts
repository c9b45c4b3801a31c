import { expect, test } from "vitest";
import { eventTypes, levelNames } from "./event-types.ts";

// The levels that Auth0's own log extensions gave to the types they knew. They are a promise to those who move over.
const extensionLevels = {
  0: "cls cs fv scpr sv svr",
  1: "con du s sce scp scpn scu sdu seacft ss",
  2: "w",
  3: "coff f fc fce fco fcp fcpn fcpr fcu fdu feacft fn fp fs fu fvr",
  4: "api_limit fcpro limit_ui limit_wc",
};

test("knows every type of the old log extensions at the level it had there", () => {
  const levels = Object.entries(extensionLevels).flatMap(([level, codes]) =>
    codes.split(" ").map((code) => [code, Number(level)]),
  );
  expect(levels).toHaveLength(37);
  expect(levels.map(([code]) => [code, eventTypes.get(String(code))?.level])).toEqual(levels);
});

test("knows 186 types, each with a name, a description, a level and an outcome", () => {
  expect(eventTypes.size).toBe(186);
  for (const [code, type] of eventTypes) {
    expect(type).toEqual({
      code,
      name: expect.stringMatching(/^\S.*\S$/),
      description: expect.stringMatching(/^\S.*\.$/),
      category: type.category === null ? null : expect.stringMatching(/^[a-z_.]+$/),
      outcome: expect.stringMatching(/^(success|failure|warning|blocked|notice)$/),
      level: expect.any(Number),
    });
    expect(levelNames[type.level]).toBeDefined();
  }
});

test.for(["constructor", "__proto__", "toString", "", "f "])("a type named %j is not known", (code) => {
  expect(eventTypes.get(code)).toBeUndefined();
});
