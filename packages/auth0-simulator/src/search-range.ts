// Ranges of Lucene: `[a TO b]` with both ends, `{a TO b}` without, mixed at will, `*` for no end.

export interface Range {
  readonly from: string;
  readonly fromIncluded: boolean;
  readonly to: string;
  readonly toIncluded: boolean;
}

export function textInRange(text: string, { from, fromIncluded, to, toIncluded }: Range): boolean {
  if (from !== "*" && (fromIncluded ? text < from : text <= from)) return false;
  if (to !== "*" && (toIncluded ? text > to : text >= to)) return false;
  return true;
}

/** @throws RangeError when an end is not a date */
export function dateInRange(range: Range): (dateMs: number) => boolean {
  const from = range.from === "*" ? undefined : dateSpan(range.from);
  const to = range.to === "*" ? undefined : dateSpan(range.to);
  return (dateMs) => {
    if (Number.isNaN(dateMs)) return false;
    if (from && dateMs < (range.fromIncluded ? from.startMs : from.endMs)) return false;
    if (to && dateMs >= (range.toIncluded ? to.endMs : to.startMs)) return false;
    return true;
  };
}

export interface DateSpan {
  readonly startMs: number;
  /** Not part of it. */
  readonly endMs: number;
}

const datePattern =
  /^(\d{4})-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)?)?)?$/;

/**
 * All the time that a date means: `2026-03-02` the whole day, `…T09:14:07Z` the whole second. So an excluded lower end
 * lies behind the whole of it, as in Elasticsearch, whose syntax this is.
 *
 * @throws RangeError when it is not a date
 */
export function dateSpan(text: string): DateSpan {
  const [, year, month, day, hour, , second, fraction, zone] = datePattern.exec(text) ?? [];
  const startMs = Date.parse(hour !== undefined && zone === undefined ? `${text}Z` : text);
  if (year === undefined || Number.isNaN(startMs))
    throw new RangeError(`failed to parse date field [${text}]`);
  if (fraction) return { startMs, endMs: startMs + 1 };
  if (second) return { startMs, endMs: startMs + 1000 };
  if (hour) return { startMs, endMs: startMs + 60_000 };
  if (day) return { startMs, endMs: startMs + 86_400_000 };
  return { startMs, endMs: Date.UTC(Number(year), Number(month), 1) };
}
