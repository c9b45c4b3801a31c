import { duration, integer } from "@loghook/pipeline";
import { z } from "zod";

export const defaults = {
  directory: ".loghook",
  keepRuns: 10_000,
  ledgerWindowMs: 7 * 86_400_000,
} as const;

/** The settings of `extensions.sqlite_storage`. */
export const sqliteStorageConfig = z
  .strictObject({
    directory: z
      .string()
      .min(1, { error: "must not be empty" })
      .default(defaults.directory)
      .describe("Where loghook.db lies. Relative to the working directory; made when it is missing."),
    keep_runs: integer(1, 1_000_000)
      .default(defaults.keepRuns)
      .describe("Runs that the history keeps for each lane. The oldest go first."),
    ledger_window: duration()
      .prefault("7d")
      .describe(
        "How far back the ledger reaches, which says of each entry how it was settled; audits need it. `0s`: none is kept.",
      ),
  })
  .transform((config) => ({
    directory: config.directory,
    keepRuns: config.keep_runs,
    ledgerWindowMs: config.ledger_window,
  }));

export type SqliteStorageConfig = z.output<typeof sqliteStorageConfig>;
