import { must } from "@loghook/pipeline";
import { z } from "zod";

/** Where a lane without a checkpoint begins. `text` is what is kept beside the checkpoint, to notice a change. */
export type StartFrom =
  | { readonly kind: "beginning" | "now"; readonly text: string }
  /** The first moment, in milliseconds since 1970, whose entries are wanted. */
  | { readonly kind: "date"; readonly text: string; readonly time: number }
  /** The last entry that is not wanted. */
  | { readonly kind: "log_id"; readonly text: string; readonly logId: string };

const rule = must(
  'be "beginning", "now", a date (2026-11-01), a date and time (2026-11-01T09:00:00Z) or a log_id (its digits)',
);
const unquoted =
  "must stand in quotes: a log_id has more digits than a number can hold, so it arrives changed without them";

/** The setting `start_from`. */
export function startFrom() {
  return z
    .string({ error: (issue) => (typeof issue.input === "number" ? unquoted : rule(issue)) })
    .trim()
    .transform((input, context): StartFrom => {
      const parsed = parseStartFrom(input);
      if (parsed) return parsed;
      context.addIssue({ code: "custom", message: rule({ input }) });
      return z.NEVER;
    });
}

const date = z.iso.date();
const dateTime = z.iso.datetime({ offset: true, local: true });

function parseStartFrom(text: string): StartFrom | undefined {
  if (text === "beginning" || text === "now") return { kind: text, text };
  if (/^\d{12,}$/.test(text)) return { kind: "log_id", text, logId: text };
  if (date.safeParse(text).success) return fromDate(`${text}T00:00:00Z`);
  // Without an offset it is UTC, wherever this runs; Date.parse would take it for local time.
  if (dateTime.safeParse(text).success) return fromDate(/(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);
  return undefined;
}

function fromDate(text: string): StartFrom {
  const time = Date.parse(text);
  return { kind: "date", text: new Date(time).toISOString(), time };
}
