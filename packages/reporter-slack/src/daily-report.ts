import type { RunRecord } from "@loghook/pipeline";
import { Cron } from "croner";
import type { TimeOfDay } from "./config.ts";
import { countsText, lines, number } from "./messages.ts";
import { quote, type SlackMessage, slackMessage } from "./slack-message.ts";
import { durationText, utcText } from "./time-text.ts";

/** What a daily report looks back on. */
export const dayMs = 86_400_000;

interface DailyReportOptions {
  /** Of the last 24 hours, newest first. */
  readonly runs: readonly RunRecord[];
  /** Lanes that fail now, and since when. */
  readonly failing: readonly { readonly lane: string; readonly since: number }[];
  /** Of this loghook. */
  readonly name: string;
  readonly now: number;
}

export function dailyReport({ runs, failing, name, now }: DailyReportOptions): SlackMessage {
  return slackMessage({
    title: ":bar_chart: Daily report",
    sections: [summary(runs), ...perLane(runs), failingText(failing, now), ...lastError(runs)],
    footer: `loghook on ${quote(name)}, ${utcText(now - dayMs)} to ${utcText(now)}`,
  });
}

function summary(runs: readonly RunRecord[]): string {
  if (runs.length === 0) return "*Last 24 hours:* no runs";
  return lines(`*Last 24 hours:* ${runsText(runs)}`, `*Entries:* ${countsText(total(runs))}`);
}

/** Where there is only one lane the summary says it all. */
function perLane(runs: readonly RunRecord[]): string[] {
  const lanes = Object.entries(Object.groupBy(runs, (run) => run.lane)).sort();
  if (lanes.length < 2) return [];
  return [
    lines(
      ...lanes.map(([lane, its = []]) => `• ${quote(lane)}: ${runsText(its)}; ${countsText(total(its))}`),
    ),
  ];
}

function failingText(failing: DailyReportOptions["failing"], now: number): string {
  if (failing.length === 0) return "*Failing now:* none";
  return lines(
    "*Failing now:*",
    ...failing.map(
      ({ lane, since }) => `• ${quote(lane)} since ${utcText(since)} (${durationText(now - since)})`,
    ),
  );
}

function lastError(runs: readonly RunRecord[]): string[] {
  const run = runs.find(({ error }) => error !== undefined);
  if (run?.error === undefined) return [];
  return [
    lines(
      `*Last error:* ${utcText(run.endedAt ?? run.startedAt)}, ${quote(run.lane)}`,
      quote(run.error.message),
    ),
  ];
}

/** `288 runs, 2 failed, 1 interrupted` */
function runsText(runs: readonly RunRecord[]): string {
  const { failed = [], interrupted = [] } = Object.groupBy(runs, ({ status }) => status);
  return [
    runs.length === 1 ? "1 run" : `${number(runs.length)} runs`,
    `${failed.length === 0 ? "none" : number(failed.length)} failed`,
    ...(interrupted.length === 0 ? [] : [`${number(interrupted.length)} interrupted`]),
  ].join(", ");
}

function total(runs: readonly RunRecord[]): Parameters<typeof countsText>[0] {
  const sumOf = (count: (run: RunRecord) => number): number => runs.reduce((sum, run) => sum + count(run), 0);
  return {
    read: sumOf(({ read }) => read),
    kept: sumOf(({ kept }) => kept),
    delivered: sumOf(({ delivered }) => delivered),
    parked: sumOf(({ parked }) => parked),
    dropped: sumOf(({ dropped }) => dropped),
  };
}

/** Calls `report` every day at that time, in the time zone of the process, until it is disposed. */
export function everyDayAt(time: TimeOfDay | "off", report: () => void): Disposable {
  if (time === "off") return { [Symbol.dispose]() {} };
  const job = new Cron(`0 ${time.minute} ${time.hour} * * *`, { unref: true }, report);
  return { [Symbol.dispose]: () => job.stop() };
}

/**
 * Whether a process that starts now has to make up for a report, because none was running at its time.
 *
 * @param lastReportAt undefined: this is the first start, and there is nothing to make up for
 */
export function isReportMissed(lastReportAt: number | undefined, now: number): boolean {
  return lastReportAt !== undefined && now - lastReportAt > dayMs;
}
