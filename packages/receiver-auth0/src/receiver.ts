import type { ComponentSettings, Logger, Receiver } from "@loghook/pipeline";
import { createAccessToken } from "./access-token.ts";
import type { Auth0Config } from "./config.ts";
import { createFreshPages } from "./fresh-pages.ts";
import { createGapMemory } from "./gap-memory.ts";
import { listSpan } from "./list-span.ts";
import { loadPassed } from "./passed.ts";
import { createRateBudget } from "./rate-budget.ts";
import { readLane } from "./read-lane.ts";
import { createRecentPages } from "./recent-pages.ts";
import { createSharedReads } from "./shared-reads.ts";
import { createTenantClient } from "./tenant-client.ts";
import { createTenantLog } from "./tenant-log.ts";
import { createToLogRecord } from "./to-log-record.ts";

/**
 * Reads a tenant's log. All lanes share the access token, the rate budget and the pages that were just read; each has a
 * checkpoint of its own, in the given `storage`.
 *
 * @param config what `auth0Config.parse` makes of the settings
 * @throws ConfigError when `tls.ca_file` or the proxy of the environment cannot be used
 */
export function createAuth0Receiver(config: Auth0Config, given: ComponentSettings): Receiver {
  const { id, clock } = given;
  const { domain, batchSize, maxShare, retry: policy } = config;
  const logger = labelled(given.logger, { receiver: id, domain });
  const settings = { ...given, logger };
  const closing = new AbortController();
  const client = createTenantClient(config, { id });
  const accessToken = createAccessToken(config, client, settings);
  const budget = createRateBudget({ clock, maxShare });
  const log = createTenantLog({ domain, batchSize, client, accessToken, budget, clock, logger });
  const searches = createSharedReads({ ask: log.search, policy, clock });
  const toLogRecord = createToLogRecord(config);
  const pages = createRecentPages({ log, toLogRecord, policy, clock });
  if (isOpenToAll(config.endpoint)) {
    logger.warn({ endpoint: config.endpoint }, "The access token goes to the endpoint without encryption.");
  }
  const gapMemory = createGapMemory(settings);
  const common = { config, settings, searches, closing: closing.signal };
  const freshPages = createFreshPages({
    log,
    toLogRecord,
    policy,
    clock,
    areShared: () => pages.readers > 1,
  });
  const parts = { ...common, pages, freshPages, gapMemory };
  return {
    receive: (options) => readLane(parts, options),
    list: (options) => listSpan({ ...common, log, toLogRecord }, options),
    passed: (lane) => loadPassed({ ...settings, lane, startFrom: config.startFrom }),
    async [Symbol.asyncDispose]() {
      closing.abort();
      await client[Symbol.asyncDispose]();
    },
  };
}

/** Where there are several receivers, every line says whose it is. */
function labelled(logger: Logger, label: object): Logger {
  return {
    debug: (fields, message) => logger.debug({ ...label, ...fields }, message),
    info: (fields, message) => logger.info({ ...label, ...fields }, message),
    warn: (fields, message) => logger.warn({ ...label, ...fields }, message),
    error: (fields, message) => logger.error({ ...label, ...fields }, message),
  };
}

function isOpenToAll(endpoint: string): boolean {
  const { protocol, hostname } = new URL(endpoint);
  return protocol === "http:" && !/^(localhost|127\..*|\[::1\])$/.test(hostname);
}
