import fc from "fast-check";
import { expect, test } from "vitest";
import { seekLogId } from "./log-id.ts";
import { createRecentIds } from "./recent-ids.ts";

test("tells a repeated id from a new one", () => {
  const ids = createRecentIds();
  expect(["a", "b", "a"].map((id) => ids.add(id))).toEqual([true, true, false]);
});

test("knows what it has seen in whatever order it came, also entries whose uid is no log_id", () => {
  const withLogId = fc.nat(40).map((n) => ({ uid: `${n}`, logId: `${n}` }));
  const without = fc.nat(40).map((n) => ({ uid: `digest-${n}`, logId: undefined }));
  fc.assert(
    fc.property(fc.array(fc.oneof(withLogId, without), { maxLength: 60 }), (entries) => {
      const ids = createRecentIds();
      const seen = new Set<string>();
      for (const { uid, logId } of entries) {
        expect(ids.add(uid, logId)).toBe(!seen.has(uid));
        seen.add(uid);
      }
    }),
  );
});

test("remembers at least so many ids, at most twice as many, and forgets the oldest", () => {
  const ids = createRecentIds({ capacity: 2 });
  for (const id of ["a", "b", "c", "d"]) ids.add(id, id);
  expect(["a", "b", "c", "d"].map(ids.has)).toEqual([true, true, true, true]);
  expect(ids.forgotten).toBeUndefined();
  ids.add("e", "e");
  expect(["a", "b", "c", "d", "e"].map(ids.has)).toEqual([false, false, true, true, true]);
  expect(ids.forgotten).toBe("b");
});

test("forgets what is old by the time of the ids, but for a thousand", () => {
  const minuteMs = 60_000;
  const ids = createRecentIds({ keepMs: minuteMs });
  const idAt = (n: number, at: number): string => seekLogId(at).slice(0, 50) + String(n).padStart(6, "0");
  const begin = Date.UTC(2026, 2, 2);
  for (let n = 0; n < 5000; n++) ids.add(idAt(n, begin), idAt(n, begin));
  expect(ids.has(idAt(0, begin))).toBe(true);
  const later = begin + 2 * minuteMs;
  for (let n = 5000; n < 7000; n++) ids.add(idAt(n, later), idAt(n, later));
  expect(ids.has(idAt(4999, begin))).toBe(true);
  const muchLater = begin + 4 * minuteMs;
  for (let n = 7000; n < 9000; n++) ids.add(idAt(n, muchLater), idAt(n, muchLater));
  expect([idAt(4999, begin), idAt(6999, later), idAt(8999, muchLater)].map(ids.has)).toEqual([
    false,
    true,
    true,
  ]);
  expect(ids.forgotten).toBe(idAt(4999, begin));
});
