import { startTenant } from "@loghook/auth0-simulator";
import { type LogBatch, standaloneSettings } from "@loghook/pipeline";
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
  await using receiver = createAuth0Receiver(config, standaloneSettings());
  for await (const { batch } of receiver.receive({ lane: "sample", follow: false, signal })) {
    if (batch.length > 0) return batch;
  }
  signal.throwIfAborted();
  throw new Error(`The simulator wrote no entry of type ${type}.`);
}
