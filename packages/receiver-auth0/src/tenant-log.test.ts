import { manualClock, startWebhook, testSettings } from "@loghook/testkit";
import { expect, test } from "vitest";
import { createRateBudget } from "./rate-budget.ts";
import { createTenantClient } from "./tenant-client.ts";
import { createTenantLog } from "./tenant-log.ts";

const options = { signal: new AbortController().signal, onThrottled: () => {} };
const textOf1000 = "x".repeat(1000);

/** A tenant with this many entries of a thousand characters, read by someone who takes so many bytes at once. */
async function startLargeLog({ count, maxBodyBytes }: { count: number; maxBodyBytes: number }) {
  const sizes: number[] = [];
  const server = await startWebhook({
    answer: ({ path }, response) => {
      const query = new URL(path, "http://a.b").searchParams;
      const size = Number(query.get("take") ?? query.get("per_page"));
      sizes.push(size);
      const behind = Number(query.get("from"));
      const entries = Array.from({ length: Math.min(size, count - behind) }, (_, n) => ({
        log_id: String(behind + n + 1),
        text: textOf1000,
      }));
      response.end(JSON.stringify(entries));
    },
  });
  const { clock, logger } = testSettings({ clock: manualClock() });
  const client = createTenantClient(
    { endpoint: server.url, timeoutMs: 30_000, caFile: undefined },
    { maxBodyBytes },
  );
  const log = createTenantLog({
    domain: "acme.eu.auth0.com",
    batchSize: 100,
    client,
    accessToken: { renewable: false, get: async () => "t", drop: async () => {} },
    budget: createRateBudget({ clock, maxShare: 1 }),
    clock,
    logger,
  });
  return {
    log,
    sizes,
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

test("asks for half as many entries while the answer is too large, and stays with that for a while", async () => {
  await using tenant = await startLargeLog({ count: 1000, maxBodyBytes: 30_000 });
  let from = "0";
  for (let read = 0; read < 21; read++) {
    const { entries, isShort } = await tenant.log.after(from, options);
    expect(entries).toHaveLength(25);
    expect(isShort).toBe(false);
    from = entries.at(-1)?.logId ?? from;
  }
  // Twenty fit; then twice as many are tried once, in vain.
  expect(tenant.sizes).toEqual([100, 50, ...Array(20).fill(25), 50, 25]);
});

test("comes back to the full size when entries are of ordinary size again", async () => {
  await using tenant = await startLargeLog({ count: 51, maxBodyBytes: 30_000 });
  await tenant.log.after("0", options);
  tenant.sizes.length = 0;
  for (let read = 0; read < 40; read++) expect((await tenant.log.after("50", options)).isShort).toBe(true);
  expect(tenant.sizes).toEqual([...Array(19).fill(25), ...Array(20).fill(50), 100]);
});

test("searches for fewer entries, too", async () => {
  await using tenant = await startLargeLog({ count: 1000, maxBodyBytes: 30_000 });
  expect((await tenant.log.search("oldest", options)).entries).toHaveLength(25);
  expect(tenant.sizes).toEqual([100, 50, 25]);
});

test("names the cause when one entry alone is too large", async () => {
  await using tenant = await startLargeLog({ count: 1000, maxBodyBytes: 500 });
  await expect(tenant.log.after("0", options)).rejects.toMatchObject({
    code: "RETRYABLE",
    message: expect.stringMatching(
      /^acme\.eu\.auth0\.com was asked for one entry alone\. The answer of 127\.0\.0\.1:\d+ is larger than 500 bytes\.$/,
    ),
    remedy:
      "This entry is too large to be read; a smaller batch_size does not help. To go on without it, set start_from to its log_id.",
  });
  expect(tenant.sizes).toEqual([100, 50, 25, 12, 6, 3, 1]);
});
