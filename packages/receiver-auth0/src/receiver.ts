import type { ComponentSettings, Receiver } from "@loghook/pipeline";
import { createAccessToken } from "./access-token.ts";
import type { Auth0Config } from "./config.ts";
import { createRateBudget } from "./rate-budget.ts";
import { readLane } from "./read-lane.ts";
import { createRecentPages } from "./recent-pages.ts";
import { createTenantClient } from "./tenant-client.ts";
import { createTenantLog } from "./tenant-log.ts";
import { createToLogRecord } from "./to-log-record.ts";

/**
 * Reads a tenant's log. All lanes share the access token, the rate budget and the pages that were just read; each has a
 * checkpoint of its own, in `settings.storage`.
 *
 * @param config what `auth0Config.parse` makes of the settings
 * @throws ConfigError when `tls.ca_file` or the proxy of the environment cannot be used
 */
export function createAuth0Receiver(config: Auth0Config, settings: ComponentSettings): Receiver {
  const { clock, logger } = settings;
  const { domain, batchSize, maxShare } = config;
  const closing = new AbortController();
  const client = createTenantClient(config, { id: settings.id });
  const accessToken = createAccessToken(config, client, settings);
  const budget = createRateBudget({ clock, maxShare });
  const log = createTenantLog({ domain, batchSize, client, accessToken, budget, clock, logger });
  const pages = createRecentPages({ log, toLogRecord: createToLogRecord(domain), clock });
  if (isOpenToAll(config.endpoint)) {
    logger.warn({ endpoint: config.endpoint }, "The access token goes to the endpoint without encryption.");
  }
  const gapMemory = { lostBehind: new Map(), lagLevel: new Map() };
  const parts = { config, settings, log, pages, gapMemory, closing: closing.signal };
  return {
    receive: (options) => readLane(parts, options),
    async [Symbol.asyncDispose]() {
      closing.abort();
      await client[Symbol.asyncDispose]();
    },
  };
}

function isOpenToAll(endpoint: string): boolean {
  const { protocol, hostname } = new URL(endpoint);
  return protocol === "http:" && !/^(localhost|127\..*|\[::1\])$/.test(hostname);
}
