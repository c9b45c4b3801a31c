import { setTimeout as wait } from "node:timers/promises";
import { type Runner, startLoghook, type Usage } from "./loghook-process.ts";
import type { PeerCounts } from "./peer.ts";
import { askCounts, startPeer, temporaryFolder } from "./run-stock.ts";

/** Tenants that are always writing, each with a lane that keeps up. */
export interface TenantsRun {
  readonly tenants: number;
  readonly entriesPerSecond: number;
  readonly pollIntervalSeconds: number;
  /** Undefined: the default. */
  readonly overlap?: string;
  readonly warmUpSeconds: number;
  readonly seconds: number;
  readonly runner: Runner;
}

export interface TenantsResult {
  readonly tenants: number;
  readonly pollIntervalSeconds: number;
  readonly overlap: string;
  readonly seconds: number;
  /** Of one core. */
  readonly cpuShare: number;
  readonly entriesPerSecond: number;
  readonly latencyMs: PeerCounts["latencyMs"];
  readonly apiCallsPerTenantMinute: number;
  readonly requestsPerSecond: number;
  readonly peakRssBytes: number;
  readonly memoryBytes: Usage["memoryBytes"];
  readonly loopDelayMs: Usage["loopDelayMs"];
  readonly repeated: number;
  /** Entries before the last one of their tenant that have not come. */
  readonly missing: number;
}

export async function runTenants(run: TenantsRun): Promise<TenantsResult> {
  const { tenants, entriesPerSecond, pollIntervalSeconds, overlap, warmUpSeconds, seconds } = run;
  await using used = new AsyncDisposableStack();
  const folder = await temporaryFolder(used);
  const { peer, origin } = await startPeer(
    { kind: "growing", lanes: tenants, entriesPerSecond, historySeconds: warmUpSeconds },
    used,
  );
  const receiver = { poll_interval: `${pollIntervalSeconds}s`, ...(overlap !== undefined && { overlap }) };
  const loghook = used.use(
    await startLoghook(
      { origin, folder, lanes: tenants, tenantEach: true, receiver },
      { once: false, runner: run.runner },
    ),
  );
  await wait(warmUpSeconds * 1000);
  const [before] = await Promise.all([loghook.ask<Usage>("begin", "usage"), askCounts(peer, "begin")]);
  await wait(seconds * 1000);
  const after = await loghook.ask<Usage>("usage", "usage");
  const counts = await askCounts(peer);
  loghook.process.kill("SIGTERM");
  await loghook.ended;
  const elapsedSeconds = (after.at - before.at) / 1000;
  return {
    tenants,
    pollIntervalSeconds,
    overlap: overlap ?? "1m",
    seconds,
    cpuShare: (after.cpuMicros - before.cpuMicros) / 1e6 / elapsedSeconds,
    entriesPerSecond: counts.entries / elapsedSeconds,
    latencyMs: counts.latencyMs,
    apiCallsPerTenantMinute: (counts.apiCalls / tenants / elapsedSeconds) * 60,
    requestsPerSecond: counts.requests / elapsedSeconds,
    peakRssBytes: after.peakRssBytes,
    memoryBytes: after.memoryBytes,
    loopDelayMs: after.loopDelayMs,
    repeated: counts.repeated,
    missing: counts.missing,
  };
}
