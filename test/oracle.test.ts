import { randomInt } from "node:crypto";
import { expect, test } from "vitest";
import { runSeeds, totals } from "./chaos/run-seeds.ts";
import { told } from "./chaos/seed-report.ts";

const fixed = Array.from({ length: 50 }, (_, index) => index + 1);
const firstFresh = randomInt(1_000_000, 1_000_000_000);
const fresh = Array.from({ length: 5 }, (_, index) => firstFresh + index);

test("through kills and faults nothing is lost or changed, and only what was in flight comes again: 50 fixed seeds", {
  timeout: 300_000,
}, async () => {
  const results = await runSeeds(fixed, { jobs: 2 });
  expect(results.flatMap((result) => told(result) ?? [])).toEqual([]);
  // The harness did what it is for.
  const sums = totals(results);
  for (const kind of ["ended by SIGKILL", "repeats", "parked", "disk full", "clock back"]) {
    expect(sums.get(kind), kind).toBeGreaterThan(0);
  }
});

test(`and with seeds that nobody has chosen: ${fresh.join(", ")}`, { timeout: 120_000 }, async () => {
  const results = await runSeeds(fresh, { jobs: 2 });
  expect(results.flatMap((result) => told(result) ?? [])).toEqual([]);
});
