export type { SlackConfig } from "./config.ts";
export { slackReporter } from "./factory.ts";
