import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { startTenant } from "./index.ts";

const run = promisify(execFile);
const script = fileURLToPath(new URL("./testdata/original-engine.cjs", import.meta.url));

test("the original extension's engine runs unchanged against it and reads all entries", async () => {
  // Minutes apart: the engine takes its first page by date and goes on by id, so entries that are ingested out of
  // order at the seam would escape it.
  await using tenant = await startTenant({ https: true, domainIsAddress: true, entries: 431 });
  const folder = await mkdtemp(join(tmpdir(), "simulator-"));
  try {
    const certificate = join(folder, "ca.pem");
    await writeFile(certificate, tenant.caCertificate ?? "");
    const { stdout } = await run(
      process.execPath,
      ["--no-deprecation", script, tenant.domain, tenant.clientId, tenant.clientSecret],
      { env: { ...process.env, NODE_EXTRA_CA_CERTS: certificate }, maxBuffer: 50_000_000 },
    );
    const { status, checkpoint, logs } = JSON.parse(stdout);
    expect(status.error).toBeUndefined();
    expect(status.warning).toBeUndefined();
    expect(logs).toEqual(tenant.entries.map(({ json }) => JSON.parse(json)));
    expect(checkpoint).toBe(tenant.entries.at(-1)?.logId);
    expect(logs.at(-1).type).toBe("seccft");
  } finally {
    await rm(folder, { recursive: true });
  }
});
