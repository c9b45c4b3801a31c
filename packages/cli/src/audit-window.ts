import { duration } from "@loghook/pipeline";
import { InvalidArgumentError } from "commander";
import { z } from "zod";

const date = z.iso.date();
const dateTime = z.iso.datetime({ offset: true, local: true });

/**
 * A time as `--from` and `--to` take it: a date, a date and time, or how long ago. Without an offset it is UTC, wherever
 * this runs.
 *
 * @param now milliseconds since 1970, as the result
 */
export function timeOrAgo(text: string, now: number): number {
  if (date.safeParse(text).success) return Date.parse(`${text}T00:00:00Z`);
  if (dateTime.safeParse(text).success) {
    return Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);
  }
  const ago = duration().safeParse(text);
  if (ago.success && Number.isFinite(new Date(now - ago.data).getTime())) return now - ago.data;
  throw new InvalidArgumentError(
    "It must be a date (2026-11-01), a date and time (2026-11-01T09:00:00Z) or how long ago (24h, 7d).",
  );
}
