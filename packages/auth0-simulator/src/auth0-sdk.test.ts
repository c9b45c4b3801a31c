import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { startTenant } from "./index.ts";

const run = promisify(execFile);
const script = fileURLToPath(new URL("./testdata/auth0-sdk.mjs", import.meta.url));

test("Auth0's SDK runs unchanged against it: grants by secret and by key, reading by checkpoint and by search", async () => {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  await using tenant = await startTenant({ https: true, domainIsAddress: true, entries: 250, publicKey });
  const folder = await mkdtemp(join(tmpdir(), "simulator-"));
  try {
    const certificate = join(folder, "ca.pem");
    await writeFile(certificate, tenant.caCertificate ?? "");
    const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const { stdout } = await run(
      process.execPath,
      ["--no-deprecation", script, tenant.domain, tenant.clientId, tenant.clientSecret, pem],
      { env: { ...process.env, NODE_EXTRA_CA_CERTS: certificate }, maxBuffer: 50_000_000 },
    );
    const read = JSON.parse(stdout);
    expect(read.granted).toMatchObject({ expires_in: 86_400, scope: "read:logs", token_type: "Bearer" });
    const entries = tenant.entries.map(({ json }) => JSON.parse(json));
    // Each grant has left an entry: 250, then three of them.
    expect(entries).toHaveLength(253);
    expect(read.bySecret).toEqual(entries.slice(0, 252));
    expect(read.byPrivateKey).toEqual(entries);
    expect(read.byToken).toEqual(entries);
    expect(read.newest).toHaveLength(50);
  } finally {
    await rm(folder, { recursive: true });
  }
});
