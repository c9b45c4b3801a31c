import { startTenant } from "@loghook/auth0-simulator";
import { expect, test } from "vitest";

/** What you want to test: something of yours that reads a tenant's log. */
async function readLog(endpoint: string, token: string): Promise<object[]> {
  const headers = { authorization: `Bearer ${token}` };
  const entries: { log_id: string }[] = [];
  for (;;) {
    const from = entries.at(-1)?.log_id ?? `900${"0".repeat(53)}`;
    const response = await fetch(`${endpoint}/api/v2/logs?from=${from}&take=100`, { headers });
    if (response.status === 429) continue;
    const page = (await response.json()) as { log_id: string }[];
    if (page.length === 0) return entries;
    entries.push(...page);
  }
}

test("reads every entry, though the tenant is busy", async () => {
  await using tenant = await startTenant({ entries: 250 });
  tenant.fault({ on: "logs", status: 429, times: 2 });

  const read = await readLog(tenant.url, await tenant.issueToken());

  expect(read).toEqual(tenant.entries.map(({ json }) => JSON.parse(json)));
  expect(tenant.requests.map(({ status }) => status)).toEqual([429, 429, 200, 200, 200, 200]);
});
