import type { IncomingMessage } from "node:http";
import type { AccessTokens } from "./access-tokens.ts";
import { type Answer, jsonText, withHeaders } from "./answer.ts";
import { apiError, invalidQuery, tooManyRequests } from "./api-errors.ts";
import { readFromCheckpoint } from "./checkpoint-mode.ts";
import type { PageDisorder } from "./fault.ts";
import { InvalidQueryError } from "./query-values.ts";
import type { RateLimiter } from "./rate-limiter.ts";
import { search } from "./search-mode.ts";
import type { TenantLog } from "./tenant-log.ts";

export interface LogsEndpointOptions {
  readonly log: TenantLog;
  readonly tokens: AccessTokens;
  readonly limiter: RateLimiter;
  /** Told of each request that the rate limit refused. */
  onLimited(): void;
}

export type LogsEndpoint = (request: IncomingMessage, url: URL, disorder?: PageDisorder) => Promise<Answer>;

/** The length at which web servers give up by default; Auth0 documents the 414 but not the length. */
const maxUrlLength = 8192;

/** Everything under /api/v2/logs. */
export function logsEndpoint({ log, tokens, limiter, onLimited }: LogsEndpointOptions): LogsEndpoint {
  async function answer(...[request, url, disorder]: Parameters<LogsEndpoint>): Promise<Answer> {
    if (!limiter.take()) {
      onLimited();
      return tooManyRequests();
    }
    if (url.href.length > maxUrlLength) return apiError(414, "Request-URI Too Large");
    const refusal = await tokens.refusal(request.headers.authorization);
    return refusal ?? read(log, url, disorder);
  }
  return async (...asked) => withHeaders(await answer(...asked), limiter.headers());
}

function read(log: TenantLog, url: URL, disorder: PageDisorder | undefined): Answer {
  const id = /^\/api\/v2\/logs\/([^/]+)$/.exec(url.pathname)?.[1];
  if (id !== undefined) return readOne(log, id);
  try {
    if (url.searchParams.has("from")) return readFromCheckpoint(log, url, disorder);
    return search(log, url.searchParams);
  } catch (error) {
    if (error instanceof InvalidQueryError) return invalidQuery(error.message);
    throw error;
  }
}

function readOne(log: TenantLog, id: string): Answer {
  const entry = log.find(id);
  return entry ? jsonText(200, entry.json) : apiError(404, "Log not found");
}
