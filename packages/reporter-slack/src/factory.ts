import { defineReporter, type ReporterFactory } from "@loghook/pipeline";
import { type SlackConfig, slackConfig } from "./config.ts";
import { createSlackReporter } from "./reporter.ts";

/** Failures, recoveries, gaps and a daily report, sent to a Slack channel. */
export const slackReporter: ReporterFactory<SlackConfig> = defineReporter({
  type: "slack",
  description: "Reports failures, recoveries, gaps and the day to a Slack channel.",
  config: slackConfig,
  create: createSlackReporter,
});
