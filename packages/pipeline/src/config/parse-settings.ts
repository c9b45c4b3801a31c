import type { z } from "zod";
import { ConfigError } from "../errors.ts";
import { describeIssue, isMissing, settingNames } from "./config-schema.ts";
import { suggestion } from "./suggestion.ts";

/**
 * Checks settings that a program gives, in the words that a config file is checked with.
 *
 * @param owner what the settings are for, as messages name it
 * @throws {ConfigError} with everything that is wrong
 */
export function parseSettings<T>(schema: z.ZodType<T>, settings: unknown, owner: string): T {
  const result = schema.safeParse(settings, { error: describeIssue });
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap((issue) => problemsOf(issue, { schema, settings }));
  throw new ConfigError(`${owner} cannot be made: ${problems.join("; ")}.`);
}

function problemsOf(
  issue: z.core.$ZodIssue,
  { schema, settings }: { readonly schema: z.ZodType; readonly settings: unknown },
): string[] {
  const at = issue.path.join(".");
  if (issue.code === "unrecognized_keys") {
    const names = settingNames(schema, issue.path);
    return issue.keys.map((key) => {
      const remedy = suggestion(key, names) ?? `there are ${names.join(", ")}`;
      return `${[...issue.path, key].join(".")} is not a setting (${remedy.replace(/\?$/, "")})`;
    });
  }
  const message = isMissing(settings, issue.path) ? "is required" : issue.message;
  return [`${at || "the settings"} ${message}`];
}
