import { expect, test } from "vitest";
import { sampleEntry } from "./sample-entry.ts";

test("a sample is an entry of its type, the same each time", () => {
  const entry = sampleEntry("f");
  expect(JSON.parse(entry)).toMatchObject({
    type: "f",
    log_id: expect.stringMatching(/^90020260302\d{45}$/),
  });
  expect(sampleEntry("f")).toBe(entry);
});

test("another seed or time gives another entry", () => {
  const entries = [
    sampleEntry("s"),
    sampleEntry("s", { seed: 2 }),
    sampleEntry("s", { at: 1_800_000_000_000 }),
  ];
  expect(new Set(entries.map((entry) => JSON.parse(entry).log_id)).size).toBe(3);
  expect(JSON.parse(entries[2] ?? "").date).toMatch(/^2027-01-15T/);
});
