/** The longest that a `Retry-After` is honoured: one hour. */
const longestRetryAfterMs = 3_600_000;

/**
 * Reads a `Retry-After` header (RFC 9110 §10.2.3): whole seconds or an HTTP date.
 *
 * @returns milliseconds from `now`, at least 0 and at most one hour; undefined when the header is absent or makes no sense
 */
export function parseRetryAfter(header: string | string[] | undefined, now: number): number | undefined {
  const value = (Array.isArray(header) ? header[0] : header)?.trim();
  if (!value) return undefined;
  const isDate = /^[A-Za-z]{3,},? /.test(value);
  if (!isDate && !/^\d+$/.test(value)) return undefined;
  const delayMs = isDate ? Date.parse(value) - now : Number(value) * 1000;
  if (Number.isNaN(delayMs)) return undefined;
  return Math.min(Math.max(delayMs, 0), longestRetryAfterMs);
}
