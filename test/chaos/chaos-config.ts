import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Tenant } from "@loghook/auth0-simulator";
import { stringify } from "yaml";
import type { LanePlan, Plan } from "./plan.ts";
import { signingSecret } from "./read-request.ts";

export interface ConfigPlaces {
  readonly folder: string;
  readonly tenant: Pick<Tenant, "domain" | "clientId" | "clientSecret">;
  /** What stands before the tenant. */
  readonly tenantUrl: string;
  readonly webhookUrl: string;
}

/** Fast, so that a seed takes seconds. */
const retry_on_failure = { initial_interval: "5ms", max_interval: "30ms" };

export const storageDirectory = (folder: string): string => join(folder, ".loghook");
export const laneId = (lane: Pick<LanePlan, "name">): string => `logs/auth0/webhook/${lane.name}`;

/** Writes the config of a plan, and returns its path. */
export async function writeChaosConfig(plan: Plan, places: ConfigPlaces): Promise<string> {
  const { folder, tenant, tenantUrl, webhookUrl } = places;
  const exporters = plan.lanes.map((lane) => [`webhook/${lane.name}`, exporterOf(lane, webhookUrl)] as const);
  const config = {
    receivers: {
      auth0: {
        endpoint: tenantUrl,
        domain: tenant.domain,
        client_id: tenant.clientId,
        client_secret: tenant.clientSecret,
        batch_size: plan.pageSize,
        poll_interval: "15ms",
        timeout: `${plan.readTimeoutMs}ms`,
        rate_limit: { max_share: 1 },
        retry_on_failure,
        overlap: `${plan.overlapMs}ms`,
      },
    },
    ...(plan.excludedTypes && { processors: { filter: { exclude_types: plan.excludedTypes } } }),
    exporters: Object.fromEntries(exporters),
    extensions: { sqlite_storage: { directory: storageDirectory(folder) } },
    service: {
      extensions: ["sqlite_storage"],
      pipelines: {
        logs: {
          receivers: ["auth0"],
          processors: plan.excludedTypes ? ["filter"] : [],
          exporters: exporters.map(([name]) => name),
        },
      },
    },
  };
  const file = join(folder, "loghook.yaml");
  await writeFile(file, stringify(config));
  return file;
}

function exporterOf(lane: LanePlan, webhookUrl: string): object {
  return {
    url: `${webhookUrl}/${lane.name}`,
    send_as_batch: lane.sendAsBatch,
    max_batch_size: lane.maxBatchSize,
    concurrency: lane.concurrency,
    format: lane.format,
    compression: lane.compression,
    timeout: `${lane.timeoutMs}ms`,
    retry_on_failure,
    ...(lane.isSigned && { signing_secret: signingSecret }),
  };
}
