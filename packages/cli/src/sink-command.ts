import { once } from "node:events";
import { ConfigError, systemClock } from "@loghook/pipeline";
import { Option } from "commander";
import { keyOf, secretRule } from "./check-signature.ts";
import type { Io } from "./io.ts";
import { wholeNumber } from "./option-values.ts";
import type { OutputFormat } from "./output.ts";
import type { AddCommand } from "./program.ts";
import { parseAnswers, type SinkAnswer } from "./sink-answers.ts";
import { sinkLedger } from "./sink-ledger.ts";
import { createSinkReport } from "./sink-report.ts";
import { startSink } from "./sink-server.ts";

interface SinkCommandOptions {
  readonly port: number;
  readonly host: string;
  readonly secret?: readonly string[];
  readonly answer: readonly SinkAnswer[];
  readonly count?: number;
  readonly quiet?: true;
  readonly verbose?: true;
  readonly output?: OutputFormat;
}

/** `loghook sink`: a webhook to look at what arrives. */
export const addSinkCommand: AddCommand = (program, io) => {
  program
    .command("sink")
    .description("be a webhook: print what arrives, check signatures, answer as told")
    .option("-p, --port <number>", "where to listen; 0: any free port", wholeNumber(0, 65_535), 4020)
    .option("--host <address>", "which of this machine's addresses to listen on", "127.0.0.1")
    .option("--secret <whsec…>", "check signatures with this secret; may be given several times", collect)
    .addOption(
      new Option("--answer <answers>", "how to answer, in turn; the last one stays")
        .argParser(parseAnswers)
        .default([{ kind: "status", status: 200 }], "200"),
    )
    .option("--count <number>", "end after so many requests", wholeNumber(1, 1_000_000_000))
    .option("-q, --quiet", "a line for each request, none for the entries in it")
    .option("-v, --verbose", "print whole entries")
    .addOption(
      new Option(
        "--output <format>",
        "text for people, or one JSON line per request; default: text on a terminal",
      ).choices(["text", "json"]),
    )
    .addHelpText("after", examples)
    .action((options: SinkCommandOptions) => runSink(io, options));
};

const examples = `
Answers are statuses (500), statuses with a Retry-After in seconds (429:30), hang (none at all) and reset (the
connection is cut). A signature that is not valid is reported, and answered like any other.

It understands the formats json, json_lines, auth0_log_stream and cloudevents, plain or with gzip.

Examples:
  $ loghook sink --secret "$SIGNING_SECRET"
  $ loghook sink --answer 500,429:5,200      # fails twice, then takes everything: watch the retries`;

function collect(value: string, earlier: readonly string[] = []): string[] {
  return [...earlier, value];
}

async function runSink(io: Io, options: SinkCommandOptions): Promise<void> {
  const { port, host, answer: answers, quiet = false, verbose = false } = options;
  const keys = (options.secret ?? []).flatMap(keysFrom);
  const enough = new AbortController();
  const ledger = sinkLedger();
  const report = createSinkReport(io, {
    format: options.output ?? (io.stdout.isTTY ? "text" : "json"),
    quiet,
    verbose,
    checksSignatures: keys.length > 0,
  });
  let answered = 0;
  await using sink = await startSink({
    host,
    port,
    answers,
    keys,
    clock: systemClock,
    onRequest: (request) => report.request(ledger.enter(request)),
    onAnswered() {
      if (++answered === options.count) enough.abort();
    },
  });
  report.started({ url: sink.url, answers });
  await aborted(AbortSignal.any([io.stop, enough.signal]));
  report.stopped(ledger.summary());
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, "abort");
}

/**
 * As in the config, a text may hold several secrets with spaces between them. Not an argParser: commander would print
 * the secret with its message.
 */
function keysFrom(secrets: string): Buffer[] {
  return secrets
    .trim()
    .split(/[\s,]+/)
    .map((secret) => {
      const key = keyOf(secret);
      if (!key) throw new ConfigError(`--secret must be ${secretRule}.`);
      return key;
    });
}
