import { createWebhookExporter, type WebhookConfig, webhookConfig } from "@loghook/exporter-webhook";
import { ConfigError, LoghookError, RetryableError, systemClock } from "@loghook/pipeline";
import { Option } from "commander";
import { type ExitCode, exitCodes, type Io } from "./io.ts";
import { observeRequest } from "./observed-request.ts";
import { eventCode } from "./option-values.ts";
import type { AddCommand } from "./program.ts";
import { sampleRecord } from "./sample-entry.ts";
import { reportSend } from "./send-report.ts";

interface SendOptions {
  readonly type: string;
  readonly authorization?: string;
  readonly secret?: readonly string[];
  readonly format?: string;
  readonly single?: true;
  readonly timeout?: string;
}

/** `loghook send`: one entry to a webhook, to see whether it takes it. */
export const addSendCommand: AddCommand = (program, io, end) => {
  program
    .command("send")
    .description("send one sample entry to a webhook, and show the request and the answer")
    .argument("<url>", "the webhook")
    .option("-t, --type <code>", "an event type of the catalogue, see loghook types", eventCode, "f")
    .option("--authorization <value>", "the whole value of the Authorization header")
    .option("--secret <whsec…>", "sign with this secret; may be given several times", collect)
    .addOption(
      new Option("--format <format>", "how to write it").choices([
        "json",
        "json_lines",
        "auth0_log_stream",
        "cloudevents",
      ]),
    )
    .option("--single", "the entry by itself, not in an array (send_as_batch: false)")
    .option("--timeout <duration>", "how long to wait for the answer; default: 20s")
    .addHelpText("after", examples)
    .action(async (url: string, options: SendOptions) => end(await send(io, url, options)));
};

const examples = `
The entry is made up; the way it takes is that of a run: the same exporter, headers and signature, but one attempt.
Exit codes: 0 taken, 75 not now (worth another try), 78 refused.

Examples:
  $ loghook send http://127.0.0.1:4020/ --type limit_wc
  $ loghook send "$WEBHOOK_URL" --authorization "$AUTHORIZATION" --secret "$SIGNING_SECRET"`;

function collect(value: string, earlier: readonly string[] = []): string[] {
  return [...earlier, value];
}

async function send(io: Io, url: string, options: SendOptions): Promise<ExitCode> {
  const config = parseConfig(url, options);
  let outcome: Outcome | undefined;
  const request = await observeRequest(async () => {
    outcome = await sendSample(io, config, options.type);
  });
  if (outcome) reportSend(io, { url: config.url, request, ...outcome });
  if (outcome?.error === undefined) return exitCodes.done;
  return outcome.error instanceof RetryableError ? exitCodes.tryAgainLater : exitCodes.config;
}

interface Outcome {
  /** Undefined: the entry was taken. */
  readonly error: LoghookError | undefined;
  readonly durationMs: number;
}

async function sendSample(io: Io, config: WebhookConfig, type: string): Promise<Outcome> {
  await using exporter = createWebhookExporter(config, { env: io.env });
  let startedAt = systemClock.now();
  const outcome = (error?: LoghookError) => ({ error, durationMs: systemClock.now() - startedAt });
  try {
    const batch = await sampleRecord(type, { signal: io.stop });
    startedAt = systemClock.now();
    await exporter.export(batch, { signal: io.stop });
    return outcome();
  } catch (error) {
    if (io.stop.aborted) return outcome(new RetryableError("Stopped before the webhook had answered."));
    if (error instanceof LoghookError) return outcome(error);
    throw error;
  }
}

const optionOf: Readonly<Record<string, string>> = { url: "The URL", signing_secret: "--secret" };

function parseConfig(
  url: string,
  { authorization, secret, format, single, timeout }: SendOptions,
): WebhookConfig {
  const { data, error } = webhookConfig.safeParse({
    url,
    authorization,
    signing_secret: secret?.join(" "),
    format,
    send_as_batch: !single,
    timeout,
  });
  if (data) return data;
  const problems = error.issues.map(({ path: [key = ""], message }) => {
    return `${optionOf[String(key)] ?? `--${String(key)}`} ${message}.`;
  });
  throw new ConfigError(problems.join("\n"));
}
