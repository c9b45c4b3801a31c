import { expect, test } from "vitest";
import { describeThrown } from "./thrown.ts";

const circle = new Error("round");
circle.cause = circle;

test.for<[unknown, string]>([
  [new Error("no licence"), "no licence."],
  [new Error("No licence!"), "No licence!"],
  [
    new Error("fetch failed", { cause: new Error("connect ECONNREFUSED") }),
    "fetch failed: connect ECONNREFUSED.",
  ],
  [
    new TypeError("fetch failed", { cause: Object.assign(new AggregateError([]), { code: "ECONNREFUSED" }) }),
    "fetch failed: ECONNREFUSED.",
  ],
  [new RangeError(), "RangeError."],
  [circle, "round: round."],
  ["a text", "a text."],
  ["two\nlines\u001B[2J", "two lines [2J."],
  ["x".repeat(1000), `${"x".repeat(300)}…`],
  ["", "it threw an empty text, which says nothing."],
  [undefined, "it threw undefined, which says nothing."],
  [null, "it threw null, which says nothing."],
  [{ code: 7 }, "it threw an object that is no error, which says nothing."],
])("%o is told as a sentence", ([thrown, sentence]) => {
  expect(describeThrown(thrown)).toBe(sentence);
});
