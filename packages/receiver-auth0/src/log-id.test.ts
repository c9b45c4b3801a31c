import { expect, test } from "vitest";
import { compareLogIds, laterLogId, logIdTime, seekLogId } from "./log-id.ts";

const id = "90020260302091408334120000000000000001223372071234567801";

test("reads the time of ingestion from an id", () => {
  expect(logIdTime(id)).toBe(Date.parse("2026-03-02T09:14:08.334Z"));
});

test.for([
  ["an id of before 2020", "49590338271490256608559692538361571095921575989136588898"],
  ["an id that is shorter", id.slice(1)],
  ["an id with an impossible month", id.replace("20260302", "20261302")],
  ["zeros", "900".padEnd(56, "0")],
  ["a word", "now"],
])("%s has no time", ([, other = ""]) => {
  expect(logIdTime(other)).toBeUndefined();
});

test("a made-up id is before all that was ingested in its second, and after what was ingested before", () => {
  const seek = seekLogId(Date.parse("2026-03-02T09:14:08.999Z"));
  expect(seek).toBe("90020260302091408000000000000000000000000000000000000000");
  expect(compareLogIds(seek, id)).toBeLessThan(0);
  expect(compareLogIds(seek, id.replace("0914083", "0914079"))).toBeGreaterThan(0);
});

test("orders ids of one length as texts and shorter ones first", () => {
  const ids = ["90", "9", "10", "49", "5"];
  expect(ids.toSorted(compareLogIds)).toEqual(["5", "9", "10", "49", "90"]);
  expect(laterLogId("49", "900")).toBe("900");
  expect(laterLogId("900", "49")).toBe("900");
});
