import { startTenant } from "@loghook/auth0-simulator";
import { testSettings } from "@loghook/testkit";
import { expect, test } from "vitest";
import { auth0Receiver } from "./factory.ts";
import { recordsOf, run } from "./receiver.test-kit.ts";

const settings = { domain: "acme.eu.auth0.com", client_id: "abc", client_secret: "hush" };

test.for([{ schedule: "*/5 * * * *" }, { schedule: undefined }])("runs at $schedule", ({ schedule }) => {
  const config = auth0Receiver.config.parse({ ...settings, schedule });
  expect(auth0Receiver.schedule?.(config)).toBe(schedule);
});

test("does nothing before it is read from", async () => {
  await using tenant = await startTenant({ entries: 2, logsItsOwnTokens: false });
  const given = {
    ...settings,
    endpoint: tenant.url,
    client_id: tenant.clientId,
    client_secret: tenant.clientSecret,
  };
  await using receiver = await auth0Receiver.create(auth0Receiver.config.parse(given), testSettings());
  expect(tenant.requests).toEqual([]);
  expect(recordsOf(await run(receiver))).toHaveLength(2);
});
