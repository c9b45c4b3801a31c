import { inspect } from "node:util";
import { expect, test } from "vitest";
import { slackConfig } from "./config.ts";

test("no setting is required, and the defaults are the documented ones", () => {
  expect(slackConfig.parse({})).toEqual({
    webhookUrl: undefined,
    sendSuccess: false,
    dailyReportAt: { hour: 16, minute: 0 },
    reminderIntervalMs: 3_600_000,
    name: undefined,
  });
});

test.for([
  { value: "07:05", expected: { hour: 7, minute: 5 } },
  { value: "7:05", expected: { hour: 7, minute: 5 } },
  { value: "23:59", expected: { hour: 23, minute: 59 } },
  { value: "16", expected: { hour: 16, minute: 0 } },
  { value: 16, expected: { hour: 16, minute: 0 } },
  { value: 0, expected: { hour: 0, minute: 0 } },
  { value: "off", expected: "off" },
])("daily_report_at: $value is taken", ({ value, expected }) => {
  expect(slackConfig.parse({ daily_report_at: value }).dailyReportAt).toEqual(expected);
});

test.for([
  { daily_report_at: "24:00" },
  { daily_report_at: "16:60" },
  { daily_report_at: 24 },
  { daily_report_at: "4pm" },
  { daily_report_at: true },
  { webhook_url: "hooks.slack.com/services/T/B/X" },
  { send_success: "yes" },
  { reminder_interval: "soon" },
  { reminder_interval: 60 },
  { name: "" },
  { channel: "#alerts" },
])("%o is refused", (config) => {
  expect(slackConfig.safeParse(config).success).toBe(false);
});

test("a refused time says which ones are not", () => {
  expect(slackConfig.safeParse({ daily_report_at: "4pm" }).error?.issues).toMatchObject([
    { path: ["daily_report_at"], message: "must be a local time such as 16:00, an hour such as 16, or off" },
  ]);
});

test("the address is never printed", () => {
  const config = slackConfig.parse({ webhook_url: "https://hooks.slack.com/services/T000/B000/secret" });
  expect(inspect(config) + JSON.stringify(config)).not.toContain("T000");
  const refused = slackConfig.safeParse({ webhook_url: "ftp://hooks.slack.com/services/T000/B000/secret" });
  expect(inspect(refused.error)).not.toContain("T000");
});
