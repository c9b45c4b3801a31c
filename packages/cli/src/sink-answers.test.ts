import { InvalidArgumentError } from "commander";
import { expect, test } from "vitest";
import { answersInTurn, answerText, parseAnswers } from "./sink-answers.ts";

test.for([
  ["500", [{ kind: "status", status: 500 }]],
  ["429:30", [{ kind: "status", status: 429, retryAfterSeconds: 30 }]],
  ["hang, reset,200", [{ kind: "hang" }, { kind: "reset" }, { kind: "status", status: 200 }]],
] as const)("reads %s", ([text, answers]) => {
  expect(parseAnswers(text)).toEqual(answers);
  expect(parseAnswers(text).map(answerText).join(",")).toBe(text.replaceAll(" ", ""));
});

test.for(["", "200,", "99", "100", "600", "429:", "429:-1", "429:soon", "sleep", "hang:3", "2000"])(
  "refuses %j and names the part that is wrong",
  (text) => {
    expect(() => parseAnswers(text)).toThrow(InvalidArgumentError);
    expect(() => parseAnswers(text)).toThrow(JSON.stringify(text.split(",").at(-1)));
  },
);

test("gives the answers in turn, and the last one from then on", () => {
  const next = answersInTurn(parseAnswers("500,hang,200"));
  expect([next(), next(), next(), next(), next()].map(answerText)).toEqual([
    "500",
    "hang",
    "200",
    "200",
    "200",
  ]);
});
