import { must, nameList } from "@loghook/pipeline";
import { z } from "zod";
import { isTypePattern, maxPatternLength } from "./type-pattern.ts";

/** The levels by name. Where a name stands in the list is its number: debug is 0, critical 4. */
export const levels = ["debug", "info", "warning", "error", "critical"] as const;

/** 0 debug, 1 info, 2 warning, 3 error, 4 critical. */
export type Level = 0 | 1 | 2 | 3 | 4;

/** What to keep. */
export interface FilterConfig {
  /** The lowest level that passes. Undefined: the level does not count. */
  readonly minLevel: Level | undefined;
  /** Codes, globs and categories that pass. Empty: the type does not count. */
  readonly types: readonly string[];
  /** Codes, globs and categories that never pass, whatever the rest says. */
  readonly excludeTypes: readonly string[];
  /** `all`: level and types, where both are given. `any`: one of them is enough. */
  readonly match: "all" | "any";
  /** What becomes of a record whose type is in no catalogue and so has no level. */
  readonly unknownTypes: "keep" | "drop";
}

/** Keeps everything. */
export const defaults: FilterConfig = {
  minLevel: undefined,
  types: [],
  excludeTypes: [],
  match: "all",
  unknownTypes: "keep",
};

// A level may be written as a number, as its name, or as a number in quotes.
const levelByWord = new Map<number | string, Level>(
  ([0, 1, 2, 3, 4] as const).flatMap((level) => [
    [level, level],
    [String(level), level],
    [levels[level], level],
  ]),
);

const minLevel = z
  .literal([...levelByWord.keys()], { error: must(`be a level: 0, 1, 2, 3, 4 or ${levels.join(", ")}`) })
  .transform((word) => levelByWord.get(word));

const typePatterns = nameList().superRefine((patterns, context) => {
  for (const pattern of patterns.filter((pattern) => !isTypePattern(pattern))) {
    context.addIssue({
      code: "custom",
      message:
        pattern.length > maxPatternLength
          ? `must hold patterns of ${maxPatternLength} characters at the most, and one has ${pattern.length}`
          : "must hold codes (f), globs (gd_*) or categories (category:auth.login.fail) with commas between them, " +
            `and ${JSON.stringify(pattern)} is none of these`,
    });
  }
});

/** The settings as a user writes them. Parsed to a `FilterConfig`. */
export const filterConfig = z
  .strictObject({
    min_level: minLevel
      .optional()
      .describe(
        "The lowest level that passes: `0` to `4`, or `debug`, `info`, `warning`, `error`, `critical`. " +
          "Unset: the level does not count.",
      ),
    types: typePatterns
      .prefault([...defaults.types])
      .describe(
        "Event types that pass, as a list or one text with commas: codes (`f`), globs (`gd_*`, `*_fail?d`) and " +
          "categories (`category:auth.login.fail`, `category:*.fail`). Empty: the type does not count.",
      ),
    exclude_types: typePatterns
      .prefault([...defaults.excludeTypes])
      .describe("Event types that never pass, whatever the other settings say. Written as `types`."),
    match: z
      .enum(["all", "any"])
      .default(defaults.match)
      .describe("With both `min_level` and `types` set: `all` asks for both, `any` for one of them."),
    unknown_types: z
      .enum(["keep", "drop"])
      .default(defaults.unknownTypes)
      .describe(
        "Records whose type is not in the catalogue: `keep` lets them pass `min_level` and `types`; `drop` leaves " +
          "out those that `types` does not name.",
      ),
  })
  .transform(
    (config): FilterConfig => ({
      minLevel: config.min_level,
      types: config.types,
      excludeTypes: config.exclude_types,
      match: config.match,
      unknownTypes: config.unknown_types,
    }),
  );
