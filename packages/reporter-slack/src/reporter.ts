import { hostname } from "node:os";
import type { ReporterSettings } from "@loghook/pipeline";
import type { SlackConfig } from "./config.ts";
import { everyDayAt } from "./daily-report.ts";
import { dailyReporter } from "./daily-reporter.ts";
import { isReported, laneAlerts } from "./lane-alerts.ts";
import { createOutbox } from "./outbox.ts";
import { slackWebhook } from "./slack-webhook.ts";

/** Listens until it is disposed, which sends what is waiting, for ten seconds at most. Without an address: does nothing. */
export function createSlackReporter(config: SlackConfig, settings: ReporterSettings): AsyncDisposable {
  const { webhookUrl, dailyReportAt, name = hostname() } = config;
  const { events, clock, logger } = settings;
  if (webhookUrl === undefined) return { async [Symbol.asyncDispose]() {} };

  const slack = slackWebhook(webhookUrl, clock);
  const outbox = createOutbox({ post: slack.post, clock, logger });
  const alerts = laneAlerts({ ...settings, ...config, name, outbox, enqueue });
  const daily = dailyReporter({ ...settings, name, outbox, failing: alerts.failing });

  // One event after the other, so that what is said of a lane follows from what was said before.
  let work = Promise.resolve();
  function enqueue(task: () => Promise<void>): void {
    work = work.then(task).catch((error: unknown) => {
      logger.error({ error }, "An event could not be reported to Slack.");
    });
  }

  // A process that makes one run and ends leaves the daily report to others. Which kind this is, the first run tells.
  let startedAs: "once" | "long-lived" | undefined;
  const stopListening = events.subscribe((event) => {
    const now = clock.now();
    if (isReported(event)) enqueue(() => alerts.handle(event, now));
    if (event.type !== "run.started" || startedAs !== undefined) return;
    startedAs = event.run.trigger === "once" ? "once" : "long-lived";
    if (startedAs === "long-lived" && dailyReportAt !== "off") enqueue(daily.makeUp);
  });
  const schedule = everyDayAt(dailyReportAt, () => {
    if (startedAs !== "once") enqueue(daily.send);
  });

  return {
    async [Symbol.asyncDispose]() {
      stopListening();
      schedule[Symbol.dispose]();
      await work;
      await alerts[Symbol.asyncDispose]();
      await outbox[Symbol.asyncDispose]();
      await slack[Symbol.asyncDispose]();
    },
  };
}
