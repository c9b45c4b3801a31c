/** A request as the tenant saw it. Never holds a token, a secret or a body. */
export interface ApiRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Whose access token came with it. Undefined: there was none. */
  readonly clientId: string | undefined;
  /** 0: not answered, or not yet. */
  readonly status: number;
  /** When it came in, by the tenant's clock. Milliseconds since 1970. */
  readonly at: number;
}

export interface RequestLog {
  readonly requests: readonly ApiRequest[];
  /** Adds a request; what comes back takes its status once that is known. */
  add(seen: Pick<ApiRequest, "method" | "clientId">, url: URL): { status: number };
}

/** The oldest go when there are more, so that a tenant may run for weeks. */
const maxRequests = 100_000;

export function requestLog(now: () => number): RequestLog {
  const requests: ApiRequest[] = [];
  return {
    requests,
    add(seen, url) {
      const request = { ...seen, path: url.pathname, query: url.searchParams, status: 0, at: now() };
      requests.push(request);
      if (requests.length > maxRequests) requests.shift();
      return request;
    },
  };
}
