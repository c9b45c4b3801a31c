import { expect, test } from "vitest";
import { createRecentIds } from "./recent-ids.ts";

test("tells a repeated id from a new one", () => {
  const ids = createRecentIds();
  expect(["a", "b", "a"].map((id) => ids.add(id))).toEqual([true, true, false]);
});

test("remembers only so many ids, and forgets the oldest first", () => {
  const ids = createRecentIds(2);
  expect(["a", "b", "c", "b", "a"].map((id) => ids.add(id))).toEqual([true, true, true, false, true]);
});
