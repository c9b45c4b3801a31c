import { startTenant } from "@loghook/auth0-simulator";
import { type ComponentSettings, type LogBatch, silentLogger, systemClock } from "@loghook/pipeline";
import { auth0Config, createAuth0Receiver } from "@loghook/receiver-auth0";

/**
 * One plausible entry of a type: made by the simulator, and turned into a record by the receiver, so that it is what a
 * tenant would have led to.
 */
export async function sampleRecord(type: string, { signal }: { signal: AbortSignal }): Promise<LogBatch> {
  await using tenant = await startTenant({ logsItsOwnTokens: false });
  tenant.generate(1, { type });
  const config = auth0Config.parse({
    domain: tenant.domain,
    endpoint: tenant.url,
    token: await tenant.issueToken(),
    retry_on_failure: { max_elapsed_time: "5s" },
  });
  await using receiver = createAuth0Receiver(config, forgetfulSettings());
  for await (const { batch } of receiver.receive({ lane: "sample", follow: false, signal })) {
    if (batch.length > 0) return batch;
  }
  signal.throwIfAborted();
  throw new Error(`The simulator wrote no entry of type ${type}.`);
}

/** For a component that lives for one entry. */
function forgetfulSettings(): ComponentSettings {
  const values = new Map<string, string>();
  return {
    id: "auth0",
    logger: silentLogger,
    clock: systemClock,
    storage: {
      get: async (key) => values.get(key),
      set: async (key, value) => void values.set(key, value),
      delete: async (key) => void values.delete(key),
    },
    emit() {},
  };
}
