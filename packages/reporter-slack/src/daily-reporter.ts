import type { ReporterSettings } from "@loghook/pipeline";
import { dailyReport, dayMs, isReportMissed } from "./daily-report.ts";
import type { Failing } from "./failure-alerts.ts";
import type { LaneStates } from "./lane-states.ts";
import type { Outbox } from "./outbox.ts";

/** More runs than a history holds. */
const allRuns = 1_000_000;
const lastReportKey = "daily-report/last";

export interface DailyReporterOptions extends Pick<ReporterSettings, "runs" | "storage" | "clock"> {
  readonly outbox: Outbox;
  readonly failing: LaneStates<Failing>;
  /** Of this loghook. */
  readonly name: string;
}

export interface DailyReporter {
  send(): Promise<void>;
  /** Sends the report that is due since before this process began, if one is. */
  makeUp(): Promise<void>;
}

/** Makes daily reports from the history of runs, and remembers when the last one was. */
export function dailyReporter(options: DailyReporterOptions): DailyReporter {
  const { runs, storage, clock, outbox, failing, name } = options;

  async function send(): Promise<void> {
    const now = clock.now();
    await storage.set(lastReportKey, String(now));
    const recent = await runs.list({ since: now - dayMs, limit: allRuns });
    // Those that failed in an earlier process are not known before they are asked for.
    for (const lane of new Set(recent.map((run) => run.lane))) await failing.get(lane);
    const failingNow = failing.known().map(([lane, { since }]) => ({ lane, since }));
    outbox.send(dailyReport({ runs: recent, failing: failingNow, name, now }));
  }

  return {
    send,
    async makeUp() {
      const lastReport = await storage.get(lastReportKey);
      if (lastReport === undefined) await storage.set(lastReportKey, String(clock.now()));
      else if (isReportMissed(Number(lastReport), clock.now())) await send();
    },
  };
}
