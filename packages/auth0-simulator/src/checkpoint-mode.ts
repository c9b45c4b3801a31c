import { type Answer, jsonText, withHeaders } from "./answer.ts";
import type { PageDisorder } from "./fault.ts";
import { isLogId } from "./log-id.ts";
import type { StoredEntry } from "./log-store.ts";
import { invalidProperty, readInteger } from "./query-values.ts";
import type { TenantLog } from "./tenant-log.ts";

/**
 * GET /api/v2/logs with `from`: what follows that id, oldest id first. Every parameter but `from` and `take` is
 * ignored. https://auth0.com/docs/deploy-monitor/logs/retrieve-log-events-using-mgmt-api
 *
 * @throws InvalidQueryError
 */
export function readFromCheckpoint(log: TenantLog, url: URL, disorder?: PageDisorder): Answer {
  const from = url.searchParams.get("from") ?? "";
  // An id that does not exist is a place to read on from; only its form is checked.
  if (!isLogId(from)) {
    throw invalidProperty("from", "String does not match pattern: ^\\d{56}$");
  }
  const take = readInteger(url.searchParams, "take", { fallback: 50, min: 1, max: 100 });
  const entries = log.all();
  const start = log.indexAfter(from);
  const page = disordered(entries, { start, end: start + take }, disorder);
  // At the end the link repeats the request itself, so it says nothing about there being more.
  const last = page.toSorted((a, b) => (a.logId < b.logId ? -1 : 1)).at(-1);
  const next = last ? `${url.origin}${url.pathname}?from=${last.logId}&take=${take}` : url.href;
  const answer = jsonText(200, `[${page.map(({ json }) => json).join(",")}]`);
  return withHeaders(answer, { link: `<${next}>; rel="next"` });
}

function disordered(
  entries: readonly StoredEntry[],
  { start, end }: { start: number; end: number },
  disorder: PageDisorder | undefined,
): readonly StoredEntry[] {
  const page = entries.slice(start, end);
  switch (disorder) {
    case undefined:
      return page;
    case "reversed":
      return page.reverse();
    case "one_twice":
      return withRepeat(page, page.length >> 1).slice(0, end - start);
    case "last_again":
      return entries.slice(Math.max(start - 1, 0), Math.max(end - 1, 0));
  }
}

function withRepeat(page: readonly StoredEntry[], at: number): readonly StoredEntry[] {
  return [...page.slice(0, at + 1), ...page.slice(at)];
}
