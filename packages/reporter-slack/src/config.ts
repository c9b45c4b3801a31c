import { duration, httpUrl, neverPrinted, Secret } from "@loghook/pipeline";
import { z } from "zod";

const defaults = { sendSuccess: false, dailyReportAt: "16:00", reminderInterval: "1h" } as const;

/** A time of the day, in the time zone of the process. */
export interface TimeOfDay {
  readonly hour: number;
  readonly minute: number;
}

/** The settings of `extensions.slack`. */
export const slackConfig = z
  .strictObject({
    webhook_url: httpUrl()
      .meta(neverPrinted)
      .transform((text) => new Secret(text))
      .optional()
      .describe("Address of Slack's incoming webhook. A secret. Without it nothing is reported."),
    send_success: z
      .boolean()
      .default(defaults.sendSuccess)
      .describe("Report runs that succeeded, too, not only failures and recoveries."),
    daily_report_at: timeOfDay()
      .prefault(defaults.dailyReportAt)
      .describe("Local time of the daily report: 16:00, or an hour such as 16. off: none."),
    reminder_interval: duration()
      .prefault(defaults.reminderInterval)
      .describe(
        "While a lane keeps failing, or setting entries aside, it is reported again, but not sooner than after this time.",
      ),
    name: z
      .string()
      .min(1, { error: "must not be empty" })
      .optional()
      .describe("Name of this loghook in the messages. Without it: the host's name."),
  })
  .transform((config) => ({
    webhookUrl: config.webhook_url,
    sendSuccess: config.send_success,
    dailyReportAt: config.daily_report_at,
    reminderIntervalMs: config.reminder_interval,
    name: config.name,
  }));

export type SlackConfig = z.output<typeof slackConfig>;

function timeOfDay() {
  const error = "must be a local time such as 16:00, an hour such as 16, or off";
  return z
    .union(
      [
        z.int({ error }).min(0, { error }).max(23, { error }),
        z.string().regex(/^(off|([01]?\d|2[0-3])(:[0-5]\d)?)$/, { error }),
      ],
      { error },
    )
    .transform((value): TimeOfDay | "off" => {
      if (value === "off") return "off";
      const [hour, minute = "0"] = String(value).split(":");
      return { hour: Number(hour), minute: Number(minute) };
    });
}
