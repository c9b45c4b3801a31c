import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { startTenant } from "@loghook/auth0-simulator";
import { ConfigError, type Logger } from "@loghook/pipeline";
import { receiverContract } from "@loghook/testkit";
import { expect, test } from "vitest";
import { receiverOf, recordsOf, run } from "./receiver.test-kit.ts";

receiverContract("receiver-auth0", async (entries) => {
  const tenant = await startTenant({ entries, logsItsOwnTokens: false });
  return {
    uids: tenant.entries.map(({ logId }) => logId),
    createReceiver: (settings) => receiverOf(tenant, { batch_size: 3, poll_interval: "10ms" }, settings),
    append(count) {
      const before = tenant.entries.length;
      tenant.generate(count);
      return tenant.entries.slice(before).map(({ logId }) => logId);
    },
    refuse: () => tenant.rotateSecret("the-next-one"),
    [Symbol.asyncDispose]: () => tenant.stop(),
  };
});

test("hands over every entry as Auth0 wrote it, to the letter", async () => {
  await using tenant = await startTenant({ entries: 250, logsItsOwnTokens: false });
  tenant.append(
    '{"log_id":"{{log_id}}","type":"f","big":12345678901234567890,"tiny":1e-400,"__proto__":{"own":1.50}}',
  );
  await using receiver = receiverOf(tenant);
  const bodies = recordsOf(await run(receiver)).map(({ body }) => JSON.stringify(body));
  expect(bodies).toEqual(tenant.entries.map(({ json }) => json));
});

test("reads the entry about its own token, too", async () => {
  await using tenant = await startTenant({ entries: 3 });
  await using receiver = receiverOf(tenant);
  const types = recordsOf(await run(receiver)).map(({ attributes }) => attributes["auth0.type"]);
  expect(types.at(-1)).toBe("seccft");
  expect(types).toHaveLength(4);
});

test("trusts a certificate authority of one's own when its file is named", async () => {
  await using tenant = await startTenant({ https: true, entries: 2, logsItsOwnTokens: false });
  await using folder = await mkdtempDisposable(join(tmpdir(), "loghook-"));
  const file = join(folder.path, "ca.pem");
  await writeFile(file, tenant.caCertificate ?? "");
  await using receiver = receiverOf(tenant, { tls: { ca_file: file } });
  expect(recordsOf(await run(receiver))).toHaveLength(2);
});

test.for([
  ["is not there", undefined, (file: string) => `names the file ${file}, which cannot be read.`],
  [
    "holds no certificate",
    "-----BEGIN NONSENSE-----",
    (file: string) => `(${file}) must hold a certificate in PEM form.`,
  ],
] as const)("refuses to be created with a file of authorities that %s", async ([, text, flaw]) => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "loghook-"));
  const file = join(folder.path, "ca.pem");
  if (text !== undefined) await writeFile(file, text);
  const tenant = {
    url: "https://127.0.0.1:1",
    domain: "acme.eu.auth0.com",
    clientId: "a",
    clientSecret: "b",
  };
  const create = (): unknown => receiverOf(tenant, { tls: { ca_file: file } });
  expect(create).toThrow(ConfigError);
  expect(create).toThrow(`receivers.test.tls.ca_file ${flaw(file)}`);
});

test("trusts no certificate of an unknown authority", async () => {
  await using tenant = await startTenant({ https: true });
  await using receiver = receiverOf(tenant, { retry_on_failure: { max_elapsed_time: "1ms" } });
  await expect(run(receiver)).rejects.toMatchObject({
    code: "RETRYABLE",
    remedy: expect.stringContaining("name its PEM file in tls.ca_file"),
  });
  expect(tenant.requests).toEqual([]);
});

test.for([
  { url: "http://auth0.example.com", warnings: 1 },
  { url: "http://127.0.0.1:4010", warnings: 0 },
  { url: "https://auth0.example.com", warnings: 0 },
])("warns $warnings times that the token travels openly to $url", async ({ url, warnings }) => {
  const said: string[] = [];
  const say = (_fields: object, message: string): unknown => said.push(message);
  const logger: Logger = { debug: say, info: say, warn: say, error: say };
  const tenant = { url, domain: "acme.eu.auth0.com", clientId: "a", clientSecret: "b" };
  await using _receiver = receiverOf(tenant, {}, { logger });
  expect(said.filter((message) => message.includes("without encryption"))).toHaveLength(warnings);
});

test("stops all its lanes, without an error, when it is disposed of", async () => {
  await using tenant = await startTenant({ entries: 3 });
  const receiver = receiverOf(tenant);
  const deliveries = await run(receiver, {
    follow: true,
    handle: ({ caughtUp }) => caughtUp && receiver[Symbol.asyncDispose](),
  });
  expect(recordsOf(deliveries).length).toBeGreaterThan(0);
});

test("says what it does, and never a secret or a token", async () => {
  await using tenant = await startTenant({ entries: 3 });
  const { clientSecret } = tenant;
  const said: string[] = [];
  const say = (fields: object, message: string): unknown =>
    said.push(`${message} ${inspect(fields, { depth: 9 })}`);
  const logger: Logger = { debug: say, info: say, warn: say, error: say };
  await using receiver = receiverOf(tenant, { retry_on_failure: { initial_interval: "1ms" } }, { logger });
  tenant.fault({ on: "logs", status: 503 });
  await run(receiver);
  const { value: token } = JSON.parse((await receiver.settings.storage.get("token")) ?? "");
  tenant.expireTokens();
  tenant.rotateSecret("rotated");
  const error = await run(receiver, { lane: "other" }).catch((thrown: unknown) => thrown);

  const messages = said.map((line) => line.split(/[.;] ?/)[0]);
  expect(messages).toEqual(
    expect.arrayContaining([
      "There is no checkpoint yet",
      "Fetched an access token",
      "Reading failed, will retry",
      "Caught up: there is nothing newer to read",
      "The access token was refused",
    ]),
  );
  const everything = [
    ...said,
    inspect(receiver.settings.events, { depth: 9 }),
    inspect(error, { depth: 9 }),
  ].join();
  expect(token).toMatch(/^ey/);
  expect(everything).not.toContain(token);
  expect(everything).not.toContain(clientSecret);
  expect(everything).not.toContain("Bearer");
});
