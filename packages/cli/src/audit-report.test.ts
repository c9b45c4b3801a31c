import type { AuditReport, LaneAudit } from "@loghook/pipeline";
import { expect, test } from "vitest";
import { describeAudit } from "./audit-report.ts";
import { fakeIo } from "./fake-io.ts";

const counts: LaneAudit["counts"] = {
  delivered: 0,
  filtered: 0,
  parked: 0,
  taken_up: 0,
  dropped: 0,
  waiting: 0,
  not_covered: 0,
  missing: 0,
};

function laneWith(given: Partial<LaneAudit> & { counts: LaneAudit["counts"] }): LaneAudit {
  return {
    lane: "logs/auth0/webhook",
    verdict: "complete",
    from: "2026-11-15T12:00:00.000Z",
    to: "2026-11-22T12:00:00.000Z",
    ledgerBegin: { id: "900", time: "2026-11-15T12:00:00.000Z" },
    entries: Object.values(given.counts).reduce((sum, number) => sum + number),
    filteredBy: [],
    examples: {} as LaneAudit["examples"],
    missing: [],
    ...given,
  };
}

function describe(...lanes: LaneAudit[]): string {
  const report: AuditReport = { version: 1, at: "2026-11-22T12:00:00.000Z", verdict: "complete", lanes };
  return describeAudit(report, { io: fakeIo(), file: "loghook.yaml" });
}

test("a complete lane is told with all its numbers and one sentence", () => {
  const text = describe(
    laneWith({
      counts: { ...counts, delivered: 12_300, filtered: 4567, parked: 2, waiting: 3 },
      filteredBy: [
        {
          processor: "filter",
          rule: "its level 1 (info) is below min_level 3 (error)",
          count: 4567,
          example: { id: "900", time: "2026-11-15T12:00:00.000Z" },
        },
      ],
    }),
  );
  expect(text).toBe(`Audit of loghook.yaml, made 2026-11-22 12:00:00 UTC
Each entry was read from its source again and looked up in the ledger of what was settled.

logs/auth0/webhook
  2026-11-15 12:00:00 UTC to 2026-11-22 12:00:00 UTC; the ledger of this lane begins 2026-11-15 12:00:00 UTC
  16,872  entries of this time in the source
  12,300  delivered
   4,567  left out by filter: its level 1 (info) is below min_level 3 (error)
       2  parked: the destination refused them, and they are kept with the reason (loghook parked)
       3  waiting: not settled yet, or delivered ahead of one that is not
       0  missing: passed, and not settled as far as the ledger knows
  Nothing is missing: 16,869 entries are settled, and the lane has passed no other.
`);
});

test("missing entries are listed with what to do, and no more of them than can be read", () => {
  const missing = Array.from({ length: 103 }, (_, index) => ({
    id: `9002026\u001b[31m${index}`,
    time: "2026-11-20T08:00:00.500Z",
    type: "auth0.limit_wc",
  }));
  const text = describe(laneWith({ verdict: "missing", counts: { ...counts, missing: 103 }, missing }));
  expect(text).toContain(
    "103 entries are missing: the lane has passed them, and nothing shows that they were settled.",
  );
  expect(text).toContain("set start_from of the receiver to 2026-11-20T08:00:00.500Z or a little before");
  expect(text).toMatch(/^ {2}missing +time \(UTC\) +type$/m);
  expect(text).toMatch(/^ {2}9002026 \[31m0 +2026-11-20 08:00:00 +limit_wc$/m);
  expect(text.match(/limit_wc/g)).toHaveLength(100);
  expect(text).toContain("and 3 more: --json has them.");
  expect(text).not.toContain("\u001b");
});

test.for([
  {
    what: "one missing entry",
    lane: laneWith({
      verdict: "missing",
      counts: { ...counts, missing: 1 },
      missing: [{ id: "9", time: "2026-11-20T08:00:00.000Z" }],
    }),
    says: "1 entry is missing: the lane has passed it, and nothing shows that it was settled.",
  },
  {
    what: "an empty window",
    lane: laneWith({ counts }),
    says: "Nothing is missing: the source holds no entry of this time.",
  },
  {
    what: "one entry",
    lane: laneWith({ counts: { ...counts, parked: 1, waiting: 29 } }),
    says: "Nothing is missing: 1 entry is settled, and the lane has passed no other.",
  },
  {
    what: "a lane that has not begun",
    lane: laneWith({ counts: { ...counts, waiting: 3 } }),
    says: "Nothing is missing: the lane has not passed any of these entries yet.",
  },
  {
    what: "entries before the ledger",
    lane: laneWith({ verdict: "unknown", counts: { ...counts, not_covered: 3, delivered: 4 } }),
    says: "3 entries cannot be judged: the lane passed them before its ledger began. Of the others, 4, none is missing.",
  },
  {
    what: "a source that refuses",
    lane: laneWith({
      verdict: "unknown",
      counts,
      error: { code: "SOURCE_REFUSED", message: "No.", remedy: "Ask." },
    }),
    says: "It could not be found out: No.\n  Ask.",
  },
  {
    what: "a lane without a ledger",
    lane: laneWith({ verdict: "unknown", counts: { ...counts, not_covered: 1 }, ledgerBegin: undefined }),
    says: "there is no ledger of this lane",
  },
])("of $what it says so", ({ lane, says }) => {
  expect(describe(lane)).toContain(says);
});
