import { integer } from "@loghook/pipeline";
import { z } from "zod";

export const defaults = { directory: ".loghook", keepRuns: 10_000 } as const;

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
  })
  .transform((config) => ({ directory: config.directory, keepRuns: config.keep_runs }));

export type SqliteStorageConfig = z.output<typeof sqliteStorageConfig>;
