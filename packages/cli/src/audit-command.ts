import {
  type AuditReport,
  auditPipelines,
  ConfigError,
  loadConfigFile,
  systemClock,
} from "@loghook/pipeline";
import { auditProgressLine } from "./audit-progress.ts";
import { describeAudit } from "./audit-report.ts";
import { timeOrAgo } from "./audit-window.ts";
import { factories } from "./components.ts";
import { type ExitCode, exitCodes } from "./io.ts";
import type { AddCommand } from "./program.ts";
import { toJson } from "./terminal-text.ts";

interface AuditCommandOptions {
  readonly config: string;
  readonly from?: number;
  readonly to?: number;
  readonly lane?: string;
  readonly json?: true;
}

/** `loghook audit`: what the tenants hold, beside what was settled. */
export const addAuditCommand: AddCommand = (program, io, end) => {
  const now = systemClock.now();
  const time = (text: string): number => timeOrAgo(text, now);
  program
    .command("audit")
    .description("list the tenant log afresh, and say what became of each entry, and whether one is missing")
    .option("-c, --config <file>", "the config file, as in run", "loghook.yaml")
    .option("--from <time>", "from when on; default: as far back as the ledger reaches", time)
    .option("--to <time>", "until when; default: all that there is by now", time)
    .option("--lane <lane>", "this lane alone: pipeline/receiver/exporter")
    .option("--json", "print the report as JSON, with every missing entry")
    .addHelpText("after", help)
    .action(async ({ config: file, json, ...window }: AuditCommandOptions) => {
      const { from = Number.NEGATIVE_INFINITY, to } = window;
      if (from >= (to ?? now)) throw emptyWindow();
      const config = await loadConfigFile({ file, factories, env: io.env });
      const report = await (async () => {
        using progress = auditProgressLine(io);
        return await auditPipelines(config, { ...window, ...progress, signal: io.stop });
      })();
      io.stdout.write(json ? `${toJson(report, 2)}\n` : describeAudit(report, { io, file }));
      end(exitCodeOf(report));
    });
};

const help = `
Times are those of the entries: a date (2026-11-01), a date and time (2026-11-01T09:00:00Z), or how long ago (24h, 7d).

Each lane keeps a ledger of what it has settled, for 7 days unless the storage's settings say otherwise. The audit reads
the tenant's log from the beginning of the window, and looks every entry up there. It delivers nothing, changes nothing,
and may run while loghook runs. What the tenant does not keep any more cannot be compared.

  delivered       the destination has taken it
  left out        by a processor; with the rule, as the config has it now
  parked          the destination refused it; it is kept, with the reason (loghook parked)
  taken up        was parked, and has been sent again or discarded by hand since
  dropped         the destination refused it, and on_rejected is drop
  waiting         not settled yet, or delivered ahead of one that is not; normal while loghook runs
  not covered     was passed before the ledger began, so that nobody can tell
  missing         was passed, and the ledger does not know it: this must not be

Exit codes: 0 nothing is missing, also where entries are parked, dropped or waiting; 65 entries are missing; 75 it could
not be found out for some, and none is known to be missing; 78 the config or the credentials are wrong, or no ledger is
kept; 1 a bug.

Examples:
  $ loghook audit --config loghook.yaml
  $ loghook audit --from 2026-11-01 --to 2026-11-02 > audit.txt
  $ loghook audit --from 24h --json | jq '.lanes[].missing'`;

function exitCodeOf({ verdict, lanes }: AuditReport): ExitCode {
  if (verdict === "missing") return exitCodes.entriesMissing;
  if (verdict === "complete") return exitCodes.done;
  const unknown = lanes.filter((lane) => lane.verdict === "unknown");
  const needsPerson = ["SOURCE_REFUSED", "CONFIG_INVALID"];
  return unknown.every(({ error }) => error && needsPerson.includes(error.code))
    ? exitCodes.config
    : exitCodes.tryAgainLater;
}

function emptyWindow(): ConfigError {
  return new ConfigError("There is nothing between --from and --to.", {
    remedy: "Give a --from that is before --to, and before now.",
  });
}
