import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LaneChanges, type LoghookConfig, loadConfigFile, silentLogger } from "@loghook/pipeline";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { factories } from "./components.ts";
import { fakeIo } from "./fake-io.ts";
import { reloadOnDemand } from "./reload.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "loghook-test-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function write(name: string, { types = "f", webhook = {} }: { types?: string; webhook?: object } = {}) {
  const file = join(folder, name);
  const text = stringify({
    receivers: { auth0: { domain: "acme.eu.auth0.com", client_id: "a", client_secret: "b" } },
    processors: { filter: { types } },
    exporters: { webhook: { url: "http://127.0.0.1:9", ...webhook } },
    extensions: { sqlite_storage: {} },
    service: {
      extensions: ["sqlite_storage"],
      pipelines: { logs: { receivers: ["auth0"], processors: ["filter"], exporters: ["webhook"] } },
    },
  });
  await writeFile(file, text);
  return file;
}

const nothing: LaneChanges = { started: [], restarted: [], stopped: [], untouched: ["logs/auth0/webhook"] };

/** Writes until it is heard: the first look at a file may come after a first change. Files are looked at every second. */
async function changedUntil(file: string, isHeard: () => boolean): Promise<void> {
  const change = async (): Promise<boolean> => {
    await writeFile(file, `Bearer ${performance.now()}`);
    return isHeard();
  };
  await expect.poll(change, { timeout: 20_000, interval: 2000 }).toBe(true);
}

/** The reloading of a run that does nothing else. `reload`: what the pipelines make of the next config. */
async function start(
  file: string,
  { watch = false, reload = async () => nothing }: { watch?: boolean; reload?(): Promise<LaneChanges> } = {},
) {
  const world = fakeIo();
  let hangUp = (): void => {};
  const io = {
    ...world,
    onHangup(listener: () => void) {
      hangUp = listener;
      return { [Symbol.dispose]() {} };
    },
  };
  const told: string[] = [];
  const note = (level: string) => (_fields: object, message: string) => void told.push(`${level} ${message}`);
  const logger = { ...silentLogger, info: note("info"), warn: note("warn"), error: note("error") };
  const taken: LoghookConfig[] = [];
  const running = Promise.resolve({
    async reload(config: LoghookConfig) {
      taken.push(config);
      return await reload();
    },
    outcome: Promise.resolve([]),
  });
  const config = await loadConfigFile({ file, factories, env: {} });
  const reloading = reloadOnDemand({ io, config, running, logger, watch });
  return { io, told, taken, hangUp: () => hangUp(), [Symbol.dispose]: () => reloading[Symbol.dispose]() };
}

test("warns of what a start warns of", async () => {
  const file = await write("warns.yaml");
  using running = await start(file);
  await write("warns.yaml", { types: "fpx" });
  running.hangUp();
  await expect
    .poll(() => running.told)
    .toContainEqual(expect.stringContaining("warn processors.filter.types names fpx"));
});

test("says what becomes of a lane that has another name now", async () => {
  const reload = async () => ({ ...nothing, started: ["logs/auth0/b"], stopped: ["logs/auth0/a"] });
  using running = await start(await write("renamed.yaml"), { reload });
  running.hangUp();
  await expect
    .poll(() => running.told)
    .toContainEqual(expect.stringContaining("warn A lane under another name is a new one"));
});

test("a stop that overtakes it is not told as a fault of the config", async () => {
  const { promise, reject } = Promise.withResolvers<LaneChanges>();
  using running = await start(await write("stopped.yaml"), { reload: () => promise });
  running.hangUp();
  await expect.poll(() => running.taken).toHaveLength(1);
  running.io.interrupt();
  reject(running.io.stop.reason);
  await promise.catch(() => {});
  expect(running.told).toEqual([]);
});

test("watching, it takes a refused config as soon as the file is there that was missing", async () => {
  const file = await write("missing.yaml");
  using running = await start(file, { watch: true });
  await write("missing.yaml", { webhook: { authorization: "${file:token.txt}" } });
  running.hangUp();
  await expect.poll(() => running.told).toContainEqual(expect.stringContaining("goes on as before"));
  await changedUntil(join(folder, "token.txt"), () => running.taken.length > 0);
});

test("watches the certificates that settings name", async () => {
  const ca = join(folder, "ca.pem");
  await writeFile(ca, "old");
  using running = await start(await write("certificate.yaml", { webhook: { tls: { ca_file: ca } } }), {
    watch: true,
  });
  running.hangUp();
  await expect.poll(() => running.taken).toHaveLength(1);
  await changedUntil(ca, () => running.taken.length > 1);
  const fingerprints = running.taken.map(({ pipelines }) => pipelines[0]?.exporters[0]?.fingerprint);
  expect(new Set(fingerprints).size).toBeGreaterThan(1);
});
