import { expect, test } from "vitest";
import { createRoundTrips, type RoundTripVerdict } from "./adaptive-round-trips.ts";

/** Judges means that come a second apart, and returns the last verdict. */
function judge(means: readonly number[], errorMs = 1): RoundTripVerdict | undefined {
  const roundTrips = createRoundTrips(2.5);
  return means.map((meanMs, n) => roundTrips.judge({ at: n * 1000, meanMs, errorMs })).at(-1);
}

const steady = Array.from({ length: 20 }, () => 100);

test.for<[string, number[], RoundTripVerdict]>([
  ["the first", [100], "first"],
  ["one like the others", [...steady, 100], "usual"],
  ["a shorter one", [...steady, 20], "usual"],
  ["one that is a little longer", [...steady, 104], "usual"],
  ["one that is longer by less than a tenth", [...steady, 108], "longer"],
  ["one that is longer by more than a tenth", [...steady, 112], "slow"],
  ["one that is longer at first, when nobody knows how they differ", [100, 125], "longer"],
  ["one that is longer by a sixth of a millisecond", [0.5, 0.5, 0.67], "usual"],
])("%s", ([, means, verdict]) => {
  expect(judge(means)).toBe(verdict);
});

test("what differs much may be longer by much", () => {
  expect(judge([...steady, 120], 20)).toBe("usual");
  expect(judge([...steady, 145], 20)).toBe("longer");
  expect(judge([...steady, 155], 20)).toBe("slow");
});

test("what becomes longer in small steps is found to be slow: it is not got used to", () => {
  const creeping = Array.from({ length: 30 }, (_, n) => 100 * 1.02 ** n);
  const verdicts = creeping.map((_, n) => judge(creeping.slice(0, n + 1)));
  expect(verdicts).toContain("slow");
});

test("what stays longer is not slow before long, and usual in the end", () => {
  const stayed = (count: number) => judge([...steady, ...Array(count).fill(300)]);
  expect([stayed(1), stayed(2), stayed(8), stayed(60)]).toEqual(["slow", "slow", "longer", "usual"]);
});

test("one that is out of all proportion is soon forgotten", () => {
  expect(judge([...steady, 3_600_000, 100, 100, 100, 140])).toBe("slow");
});

test.for([
  ["long ago", 601_000],
  ["in what is now the future", -1000],
])("what was learned %s does not count", ([, laterMs]) => {
  const roundTrips = createRoundTrips(2.5);
  roundTrips.judge({ at: 0, meanMs: 100, errorMs: 1 });
  expect(roundTrips.judge({ at: laterMs as number, meanMs: 900, errorMs: 1 })).toBe("first");
});
