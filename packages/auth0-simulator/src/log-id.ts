import { seededRandom } from "./random.ts";

/** What every id of today begins with. */
const generation = "900";
/** The upper digits of the counter, as seen in ids of 2026. */
const counterPrefix = "000000000000001223372";

/** An id as Auth0 forms it: `900`, the time of ingestion to the microsecond, and a counter of 33 digits. */
function formatLogId(atMicros: number, counter: number): string {
  const micros = (atMicros % 1_000_000).toString().padStart(6, "0");
  // Joined rather than added: a sum of texts keeps its parts, which take four times the memory.
  return [
    secondPrefix(Math.floor(atMicros / 1_000_000)),
    micros,
    counterPrefix,
    counter.toString().padStart(12, "0"),
  ].join("");
}

/** `900` and the time to the second. */
function secondPrefix(atSeconds: number): string {
  return `${generation}${new Date(atSeconds * 1000).toISOString().replace(/\D/g, "").slice(0, 14)}`;
}

/** The id before all those that were ingested at this time or later. Milliseconds since 1970. */
export function seekLogId(atMs: number): string {
  const ms = (Math.floor(atMs) % 1000).toString().padStart(3, "0");
  return `${secondPrefix(Math.floor(atMs / 1000))}${ms}`.padEnd(56, "0");
}

export function isLogId(text: string): boolean {
  return /^\d{56}$/.test(text);
}

/** When the entry was ingested, in milliseconds since 1970; undefined for ids of another form. */
export function ingestedAtMs(logId: string): number | undefined {
  const [, ...parts] = /^900(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3})/.exec(logId) ?? [];
  const [year = 0, month = 0, ...rest] = parts.map(Number);
  return parts.length === 0 ? undefined : Date.UTC(year, month - 1, ...rest);
}

export interface LogIdSource {
  /** The next id, above the ones before, also when the clock stands still or goes back. */
  next(atMs: number): string;
  /** An id of that very time: above the ones before if it is now or later, among them if it is in the past. */
  at(atMs: number): string;
}

export function logIdSource(seed: number): LogIdSource {
  const random = seededRandom(seed, -1);
  let counter = 71_234_567_801;
  let latestMs = 0;
  let latestMicros = 0;

  // Steps of 16 and more, so that late entries find room behind any id.
  function nextCounter(): number {
    counter += 16 + random.below(4000);
    return counter;
  }
  function anyMicrosOf(atMs: number): number {
    return Math.floor(atMs) * 1000 + random.below(1000);
  }
  function next(atMs: number): string {
    latestMs = Math.max(latestMs, atMs);
    // Ids of one moment share their time now and then and differ only in the counter, as Auth0's do.
    latestMicros = Math.max(latestMicros + random.below(2), anyMicrosOf(latestMs));
    return formatLogId(latestMicros, nextCounter());
  }
  return {
    next,
    at: (atMs) => (atMs < latestMs ? formatLogId(anyMicrosOf(atMs), nextCounter()) : next(atMs)),
  };
}

/**
 * An id above `after` and below `before`, close to `after`, so that it carries the same time.
 *
 * @throws RangeError when no id fits between the two
 */
export function logIdBetween(after: string, before: string | undefined): string {
  // Behind the last of all: so close that the next regular id still comes after it.
  const room = before === undefined ? 2n : BigInt(before) - BigInt(after);
  const step = room > 2000n ? 1000n : room / 2n;
  if (step < 1n) throw new RangeError(`There is no room for another log_id right behind ${after}.`);
  return (BigInt(after) + step).toString().padStart(56, "0");
}
