import type { PipelineEvent, RunRecord } from "@loghook/pipeline";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  dayMs,
  failed,
  finished,
  lane,
  newWorld,
  run,
  startProcess,
  type World,
} from "./reporter-process.test-kit.ts";
import { startSlack, textsOf } from "./slack.test-kit.ts";

afterEach(() => void vi.useRealTimers());

describe("the daily report", () => {
  const started = (world: World, trigger: RunRecord["trigger"]): PipelineEvent => {
    const its = run(world, { trigger, status: "running", endedAt: undefined });
    return { type: "run.started", lane, run: its };
  };

  /** Starts a process for each, with this long between them. */
  async function reportsOf(
    triggers: RunRecord["trigger"][],
    gapMs: number,
    daily = "16:00",
  ): Promise<string[]> {
    await using slack = await startSlack();
    const world = newWorld();
    for (const trigger of triggers) {
      await world.storage.runs.save(run(world, { trigger }));
      {
        await using process = startProcess(slack.url, world, { daily_report_at: daily });
        process.events.emit(started(world, trigger));
        process.events.emit(started(world, trigger));
      }
      world.clock.advance(gapMs);
    }
    return textsOf(slack.requests);
  }

  test("that no process was there for is sent by the next one that stays", async () => {
    const reports = await reportsOf(["schedule", "schedule"], dayMs + 1);
    expect(reports).toEqual([
      [
        ":bar_chart: Daily report",
        "*Last 24 hours:* 1 run, none failed",
        "*Entries:* read 100, kept 20, delivered 20",
        "*Failing now:* none",
        "loghook on web-1, 2026-03-02 09:00:00 UTC to 2026-03-03 09:00:00 UTC",
      ].join("\n"),
    ]);
  });

  test.for([
    { name: "at a restart within the day", triggers: ["poll", "poll"], gapMs: dayMs - 1, daily: "16:00" },
    { name: "when it is off", triggers: ["poll", "poll"], gapMs: 2 * dayMs, daily: "off" },
    { name: "by single runs", triggers: ["once", "once"], gapMs: 2 * dayMs, daily: "16:00" },
  ] as const)("is not sent $name", async ({ triggers, gapMs, daily }) => {
    expect(await reportsOf([...triggers], gapMs, daily)).toEqual([]);
  });

  test("names the lanes that fail, also those that began in an earlier process", async () => {
    await using slack = await startSlack();
    const world = newWorld();
    await world.storage.client("reporter/slack").set("daily-report/last", "0");
    {
      await using process = startProcess(slack.url, world);
      await world.storage.runs.save(run(world, failed));
      process.events.emit(finished(world, failed));
    }
    {
      await using process = startProcess(slack.url, world, { daily_report_at: 16 });
      process.events.emit(started(world, "schedule"));
    }
    expect(textsOf(slack.requests)[1]).toContain(`• ${lane} since 2026-03-02 08:59:58 UTC (2 seconds)`);
    expect(textsOf(slack.requests)[1]).toContain("The webhook answered 503.");
  });

  test.for([
    { trigger: "schedule", reports: 1 },
    { trigger: "poll", reports: 1 },
    { trigger: "once", reports: 0 },
  ] as const)(
    "comes at its time from a process that runs by $trigger: $reports",
    async ({ trigger, reports }) => {
      await using slack = await startSlack();
      const world = newWorld();
      {
        vi.useFakeTimers({ now: new Date(2026, 2, 2, 7, 4) });
        await using process = startProcess(slack.url, world, { daily_report_at: "07:05" });
        process.events.emit(started(world, trigger));
        vi.advanceTimersByTime(120_000);
        vi.useRealTimers();
      }
      expect(slack.requests).toHaveLength(reports);
    },
  );
});
