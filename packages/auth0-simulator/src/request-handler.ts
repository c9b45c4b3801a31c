import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { clientIdOf } from "./access-tokens.ts";
import type { Answer } from "./answer.ts";
import { apiError } from "./api-errors.ts";
import type { Fault, PageDisorder } from "./fault.ts";
import { type AnswerSources, type Faults, faultyAnswer } from "./faults.ts";
import type { RateLimiter } from "./rate-limiter.ts";
import type { RequestLog } from "./request-log.ts";
import { cutConnection, respond, respondWithHalf } from "./respond.ts";

export interface HandlerOptions {
  readonly protocol: "http" | "https";
  readonly requestLog: RequestLog;
  readonly faults: Faults;
  readonly limiter: RateLimiter;
  /** The tenant's clock, which the Date header tells. */
  readonly now: () => number;
  /** Ends latencies when the tenant stops. */
  readonly signal: AbortSignal;
  token(request: IncomingMessage): Promise<Answer>;
  logs(request: IncomingMessage, url: URL, disorder?: PageDisorder): Promise<Answer>;
}

/** Routes a request, with the fault that it may meet. */
export function requestHandler(options: HandlerOptions): RequestListener {
  return (request, response) => {
    handle(request, response, options).catch((error: unknown) => {
      if (!response.headersSent) respond(response, apiError(500, String(error)));
    });
  };
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  options: HandlerOptions,
): Promise<void> {
  const url = new URL(request.url ?? "/", `${options.protocol}://${request.headers.host}`);
  const { method = "", headers } = request;
  const seen = options.requestLog.add({ method, clientId: clientIdOf(headers.authorization) }, url);
  const route = routeOf(method, url.pathname);
  if (route === undefined) {
    seen.status = 404;
    respond(response, apiError(404, "Not Found"));
    return;
  }
  const fault = options.faults.take(route);
  const wait = { signal: options.signal };
  if (fault?.latencyMs) await delay(fault.latencyMs, undefined, wait);
  if (fault?.hang) return;
  if (fault?.reset) return cutConnection(response);
  const sources = sourcesOf(route, options, { request, url, disorder: fault?.page });
  const answer = fault ? await faultyAnswer(fault, sources) : await sources.answer();
  seen.status = answer.status;
  response.setHeader("date", new Date(options.now()).toUTCString());
  if (fault?.truncate) respondWithHalf(response, answer, () => response.socket?.destroy());
  else if (fault?.stall) respondWithHalf(response, answer);
  else respond(response, answer);
}

function sourcesOf(
  route: Fault["on"],
  { token, logs, limiter }: HandlerOptions,
  { request, url, disorder }: { request: IncomingMessage; url: URL; disorder: PageDisorder | undefined },
): AnswerSources {
  if (route === "token") return { answer: () => token(request), standingHeaders: () => ({}) };
  return {
    answer: () => logs(request, url, disorder),
    standingHeaders: (status) => limiter.headers({ usedUp: status === 429 }),
  };
}

function routeOf(method: string, path: string): Fault["on"] | undefined {
  if (method === "POST" && path === "/oauth/token") return "token";
  return method === "GET" && /^\/api\/v2\/logs(\/[^/]+)?$/.test(path) ? "logs" : undefined;
}
