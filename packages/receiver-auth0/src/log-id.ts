/**
 * A log_id of today is 56 digits: `900`, the time of ingestion in UTC (yyyyMMddHHmmss and microseconds, in 2020 and 2021
 * milliseconds), then a counter. Ids from before begin with `49` and carry no time. Beyond 2^53, so never a number.
 */
const length = 56;
const generation = "900";

/** When ids began to carry their time. What is older has ids of another kind. */
export const firstTimedLogId: number = Date.UTC(2020, 0, 1);

/**
 * An id that no entry has and that the API takes as a place to read on from: everything ingested in that second or later
 * comes after it. Elastic's connector for Auth0 has begun its reading this way for years:
 * https://github.com/elastic/integrations/blob/main/packages/auth0/data_stream/logs/agent/stream/cel.yml.hbs
 *
 * @param time milliseconds since 1970
 */
export function seekLogId(time: number): string {
  const digits = new Date(time).toISOString().replaceAll(/\D/g, "").slice(0, 14);
  return `${generation}${digits}`.padEnd(length, "0");
}

/** When the entry with this id was ingested, in milliseconds since 1970. Undefined: the id does not say. */
export function logIdTime(logId: string): number | undefined {
  if (logId.length !== length || !logId.startsWith(generation)) return undefined;
  const part = (from: number, to: number): string => logId.slice(from, to);
  const date = `${part(3, 7)}-${part(7, 9)}-${part(9, 11)}`;
  const time = Date.parse(`${date}T${part(11, 13)}:${part(13, 15)}:${part(15, 17)}.${part(17, 20)}Z`);
  return time >= firstTimedLogId ? time : undefined;
}

/** Orders ids as Auth0 does: ids of one length as texts, a shorter one before a longer one. */
export function compareLogIds(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : Number(a > b);
}

export function laterLogId(a: string, b: string): string {
  return compareLogIds(a, b) < 0 ? b : a;
}
