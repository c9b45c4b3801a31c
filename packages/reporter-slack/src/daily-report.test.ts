import type { RunRecord } from "@loghook/pipeline";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { dailyReport, everyDayAt, isReportMissed } from "./daily-report.ts";
import { slackPayload } from "./slack.test-kit.ts";

const now = Date.UTC(2026, 2, 2, 16);
const hourMs = 3_600_000;

function run(id: number, change: Partial<RunRecord> = {}): RunRecord {
  return {
    id: String(id),
    lane: "logs/auth0/webhook",
    trigger: "schedule",
    status: "succeeded",
    startedAt: now - id * hourMs,
    endedAt: now - id * hourMs + 1_000,
    read: 1_000,
    kept: 20,
    delivered: 10,
    parked: 0,
    dropped: 0,
    ...change,
  };
}

const reportOf = (runs: RunRecord[], failing: { lane: string; since: number }[] = []): string[] =>
  slackPayload.parse(dailyReport({ runs, failing, name: "web-1", now })).text.split("\n");

describe("the daily report", () => {
  test("of one lane sums up its runs", () => {
    expect(reportOf([run(1), run(2)])).toEqual([
      ":bar_chart: Daily report",
      "*Last 24 hours:* 2 runs, none failed",
      "*Entries:* read 2,000, kept 40, delivered 20",
      "*Failing now:* none",
      "loghook on web-1, 2026-03-01 16:00:00 UTC to 2026-03-02 16:00:00 UTC",
    ]);
  });

  test("of several lanes has a line for each, which of them fail, and the last error", () => {
    const failed = run(2, {
      lane: "logs/auth0/backup",
      status: "failed",
      delivered: 0,
      error: { code: "RETRYABLE", message: "It answered <503>." },
    });
    const older = run(3, { status: "failed", error: { code: "RETRYABLE", message: "Older." } });
    const report = reportOf(
      [run(1), failed, older, run(4, { status: "interrupted" })],
      [{ lane: "logs/auth0/backup", since: now - 2 * hourMs }],
    );
    expect(report).toEqual([
      ":bar_chart: Daily report",
      "*Last 24 hours:* 4 runs, 2 failed, 1 interrupted",
      "*Entries:* read 4,000, kept 80, delivered 30",
      "• logs/auth0/backup: 1 run, 1 failed; read 1,000, kept 20, delivered 0",
      "• logs/auth0/webhook: 3 runs, 1 failed, 1 interrupted; read 3,000, kept 60, delivered 30",
      "*Failing now:*",
      "• logs/auth0/backup since 2026-03-02 14:00:00 UTC (2 hours)",
      "*Last error:* 2026-03-02 14:00:01 UTC, logs/auth0/backup",
      "It answered &lt;503&gt;.",
      "loghook on web-1, 2026-03-01 16:00:00 UTC to 2026-03-02 16:00:00 UTC",
    ]);
  });

  test("of a day without runs says so", () => {
    expect(reportOf([])).toContain("*Last 24 hours:* no runs");
  });

  test("of very many lanes is one that Slack takes", () => {
    const runs = Array.from({ length: 500 }, (_, n) => run(1, { lane: `logs/auth0/webhook-${n}` }));
    expect(reportOf(runs)[1]).toBe("*Last 24 hours:* 500 runs, none failed");
  });
});

describe("the time of the daily report", () => {
  beforeEach(() => void vi.useFakeTimers({ now: new Date(2026, 2, 2, 15, 0) }));
  afterEach(() => void vi.useRealTimers());

  test("comes once a day in local time, until it is disposed", () => {
    const times: string[] = [];
    const job = everyDayAt({ hour: 16, minute: 30 }, () => times.push(new Date().toString().slice(0, 21)));
    vi.advanceTimersByTime(50 * hourMs);
    expect(times).toEqual(["Mon Mar 02 2026 16:30", "Tue Mar 03 2026 16:30", "Wed Mar 04 2026 16:30"]);
    job[Symbol.dispose]();
    vi.advanceTimersByTime(50 * hourMs);
    expect(times).toHaveLength(3);
  });
});

test("off is no time", () => {
  vi.useFakeTimers();
  using _job = everyDayAt("off", () => {});
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

test.for([
  { lastReportAt: undefined, missed: false },
  { lastReportAt: now - 23 * hourMs, missed: false },
  { lastReportAt: now - 24 * hourMs, missed: false },
  { lastReportAt: now - 24 * hourMs - 1, missed: true },
  { lastReportAt: now - 240 * hourMs, missed: true },
])("after a report at $lastReportAt the next one is missed: $missed", ({ lastReportAt, missed }) => {
  expect(isReportMissed(lastReportAt, now)).toBe(missed);
});
