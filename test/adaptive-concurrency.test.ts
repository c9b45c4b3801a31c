import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startTenant, type Tenant } from "@loghook/auth0-simulator";
import { startWebhook } from "@loghook/testkit";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { entriesOf, runLoghook, temporaryFolder, writtenIds } from "./harness.ts";

interface Webhook {
  /** More at once are refused. */
  readonly most: number;
  readonly answerMs: number;
}

/** A webhook that does its work in a steady time, and how many requests it had at once whenever one came in. */
async function startLimitedWebhook({ most, answerMs }: Webhook) {
  const inFlight: number[] = [];
  const taken: string[] = [];
  let now = 0;
  const webhook = await startWebhook({
    async answer(request, response) {
      inFlight.push(now + 1);
      if (now >= most) return void response.writeHead(503).end();
      now += 1;
      await delay(answerMs);
      now -= 1;
      taken.push(...entriesOf(request).map(({ log_id }) => log_id));
      response.writeHead(200).end();
    },
  });
  return { ...webhook, inFlight, taken };
}

async function deliverAll(folder: string, { tenant, url }: { tenant: Tenant; url: string }) {
  const config = join(folder, "loghook.yaml");
  const settings = {
    receivers: {
      auth0: {
        endpoint: tenant.url,
        domain: tenant.domain,
        client_id: tenant.clientId,
        client_secret: tenant.clientSecret,
        rate_limit: { max_share: 1 },
      },
    },
    exporters: {
      webhook: {
        url,
        send_as_batch: false,
        concurrency: "adaptive",
        retry_on_failure: { initial_interval: "10ms", max_interval: "50ms" },
      },
    },
    extensions: { sqlite_storage: { directory: join(folder, ".loghook") } },
    service: {
      extensions: ["sqlite_storage"],
      pipelines: { logs: { receivers: ["auth0"], exporters: ["webhook"] } },
    },
  };
  await writeFile(config, stringify(settings));
  return await runLoghook(["run", "--once", "--config", config], { cwd: folder });
}

const median = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;

test("everything arrives at a webhook that answers 503 beyond eight at once, which is about what is in flight", async () => {
  await using folder = await temporaryFolder();
  await using tenant = await startTenant({ entries: 800, logsItsOwnTokens: false });
  await using webhook = await startLimitedWebhook({ most: 8, answerMs: 20 });
  const { code } = await deliverAll(folder.path, { tenant, url: webhook.url });
  expect(code).toBe(0);
  expect(webhook.taken.toSorted()).toEqual(writtenIds(tenant));
  const laterHalf = webhook.inFlight.slice(webhook.inFlight.length / 2);
  expect(median(laterHalf)).toBeGreaterThanOrEqual(3);
  expect(median(laterHalf)).toBeLessThanOrEqual(9);
  expect(laterHalf.filter((count) => count > 8).length / laterHalf.length).toBeLessThan(0.25);
});

test("a webhook that takes any number at once gets many more than at first", async () => {
  await using folder = await temporaryFolder();
  await using tenant = await startTenant({ entries: 800, logsItsOwnTokens: false });
  await using webhook = await startLimitedWebhook({ most: 1000, answerMs: 100 });
  const { code } = await deliverAll(folder.path, { tenant, url: webhook.url });
  expect(code).toBe(0);
  expect(webhook.taken.toSorted()).toEqual(writtenIds(tenant));
  expect(Math.max(...webhook.inFlight)).toBeGreaterThanOrEqual(10);
  expect(Math.max(...webhook.inFlight)).toBeLessThanOrEqual(64);
});
