import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { type RunRecord, systemClock } from "@loghook/pipeline";
import { openStorage } from "@loghook/storage-sqlite";
import { wholeNumber } from "./option-values.ts";
import type { AddCommand } from "./program.ts";
import { describeRuns } from "./runs-report.ts";
import { toJson } from "./terminal-text.ts";

interface RunsOptions {
  readonly directory: string;
  readonly lane?: string;
  readonly failed?: true;
  readonly limit: number;
  readonly json?: true;
}

/** `loghook runs`: the history, as far as storage keeps it. */
export const addRunsCommand: AddCommand = (program, io) => {
  program
    .command("runs")
    .description("show the history of runs, newest first, also while loghook runs")
    .option("-d, --directory <path>", "the directory of extensions.sqlite_storage", ".loghook")
    .option("--lane <lane>", "runs of this lane alone: pipeline/receiver/exporter")
    .option("--failed", "runs that failed")
    .option("-n, --limit <number>", "how many at most", wholeNumber(1, 1_000_000), 20)
    .option("--json", "print a JSON array with everything that is kept of each run")
    .addHelpText("after", examples)
    .action(async (options: RunsOptions) => {
      const runs = await readRuns(options);
      if (options.json) io.stdout.write(`${toJson(runs ?? [], 2)}\n`);
      else io.stdout.write(runs ? describeRuns(runs, { io, now: systemClock.now() }) : noHistory(options));
    });
};

const examples = `
A run that is cut off (interrupted) or fails loses nothing: the next one begins at its checkpoint.

Examples:
  $ loghook runs --failed --limit 5
  $ loghook runs --directory /var/lib/loghook --json`;

/** @returns undefined where no run has ever been kept */
async function readRuns({ directory, lane, failed, limit }: RunsOptions): Promise<RunRecord[] | undefined> {
  if (!existsSync(join(directory, "loghook.db"))) return undefined;
  await using storage = await openStorage({ directory, readOnly: true });
  const runs = await storage.runs.list({ lane, limit, status: failed && "failed" });
  if (runs.length > 0) return runs;
  const [anyRun] = await storage.runs.list({ limit: 1 });
  return anyRun ? [] : undefined;
}

function noHistory({ directory }: RunsOptions): string {
  const found = statSync(directory, { throwIfNoEntry: false });
  if (!found)
    return `There is no directory ${directory} yet. loghook run makes it; --directory looks elsewhere.\n`;
  if (!found.isDirectory()) return `${directory} is not a directory. --directory looks elsewhere.\n`;
  const damaged = readdirSync(directory).filter((name) => name.includes(".unreadable-"));
  const aside = damaged.length > 0 ? ` A damaged history lies there as ${damaged.join(", ")}.` : "";
  return `There are no runs in ${directory} yet.${aside} loghook run makes the first one; --directory looks elsewhere.\n`;
}
