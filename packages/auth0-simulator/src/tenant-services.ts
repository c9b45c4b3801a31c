import { type AccessTokens, accessTokens } from "./access-tokens.ts";
import { assertionCheck } from "./client-assertion.ts";
import { type Faults, faults } from "./faults.ts";
import { type LogsEndpoint, logsEndpoint } from "./logs-endpoint.ts";
import { exchangeEntry, limitEntry } from "./own-entries.ts";
import { type RateLimiter, rateLimiter } from "./rate-limiter.ts";
import { type RequestLog, requestLog } from "./request-log.ts";
import { type TenantLog, tenantLog } from "./tenant-log.ts";
import type { TenantSetup } from "./tenant-options.ts";
import { type Exchange, type Grants, type TokenEndpoint, tokenEndpoint } from "./token-endpoint.ts";

/** What a tenant consists of behind its address. */
export interface TenantServices {
  readonly log: TenantLog;
  readonly grants: Grants;
  readonly tokens: AccessTokens;
  readonly faults: Faults;
  readonly limiter: RateLimiter;
  readonly requestLog: RequestLog;
  readonly token: TokenEndpoint;
  readonly logs: LogsEndpoint;
}

export function tenantServices(setup: TenantSetup, domain: string): TenantServices {
  const { now, clientId, clientSecret, otherClients, scopes, publicKey, tokenLifetimeSeconds } = setup;
  const log = tenantLog({ ...setup, domain });
  const grants: Grants = { clientId, clientSecret, otherClients, scopes };
  const tokens = accessTokens({ domain, lifetimeSeconds: tokenLifetimeSeconds, now });
  const limiter = rateLimiter(setup.rateLimit, now);
  const onLimited = limitRecorder(log, setup);
  const onExchange = (exchange: Exchange): void => {
    if (setup.logsItsOwnTokens) log.append(exchangeEntry(exchange, domain));
  };
  return {
    log,
    grants,
    tokens,
    limiter,
    faults: faults(),
    requestLog: requestLog(now),
    token: tokenEndpoint({
      domain,
      grants,
      tokens,
      tokenLifetimeSeconds,
      checkAssertion: assertionCheck({ publicKey, clientId, domain, now }),
      onExchange,
    }),
    logs: logsEndpoint({ log, tokens, limiter, onLimited }),
  };
}

const limitEntryPauseMs = 60_000;

/** Writes `api_limit`, but not for every request: who goes on hammering would flood the log being read. */
function limitRecorder(log: TenantLog, { now, logsItsOwnLimits }: TenantSetup): () => void {
  let recordedAt = Number.NEGATIVE_INFINITY;
  return () => {
    if (!logsItsOwnLimits || now() - recordedAt < limitEntryPauseMs) return;
    recordedAt = now();
    log.append(limitEntry());
  };
}
