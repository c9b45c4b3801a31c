import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Runner, startLoghook, type Usage } from "./loghook-process.ts";
import type { PeerCounts, PeerNews, PeerOptions } from "./peer.ts";
import { type Started, start } from "./started.ts";

/** Lanes that catch up with one large log, and end. */
export interface StockRun {
  readonly lanes: number;
  readonly entries: number;
  readonly exporter?: Readonly<Record<string, unknown>>;
  readonly runner: Runner;
}

/** The first entries are a warm-up: neither time nor CPU of these count. Calls and memory do. */
export interface StockResult {
  readonly lanes: number;
  readonly entries: number;
  /** Of each lane. */
  readonly entriesPerSecond: number;
  /** For each entry of a lane. */
  readonly cpuMicrosPerEntry: number;
  readonly peakRssBytes: number;
  /** At the end. */
  readonly memoryBytes: Usage["memoryBytes"];
  readonly loopDelayMs: Usage["loopDelayMs"];
  readonly apiCalls: number;
  readonly requests: number;
  readonly repeated: number;
  readonly missing: number;
}

const warmUpShare = 0.1;
/** Longer is not warmer. */
const mostWarmUp = 20_000;

export async function runStock({ lanes, entries, exporter = {}, runner }: StockRun): Promise<StockResult> {
  await using used = new AsyncDisposableStack();
  const folder = await temporaryFolder(used);
  const warmUp = Math.min(entries * warmUpShare, mostWarmUp);
  const { peer, origin } = await startPeer({ kind: "stock", lanes, entries, warmUp }, used);
  const loghook = used.use(
    await startLoghook({ origin, folder, lanes, tenantEach: false, exporter }, { once: true, runner }),
  );
  await untilReached("warm", peer, loghook);
  const before = await loghook.ask<Usage>("begin", "usage");
  const warm = await askCounts(peer);
  await untilReached("complete", peer, loghook);
  const after = await loghook.ask<Usage>("usage", "usage");
  const counts = await askCounts(peer);
  peer.process.send("answer");
  await loghook.ended;
  const counted = counts.entries - warm.entries;
  return {
    lanes,
    entries,
    entriesPerSecond: (counted / lanes / (after.at - before.at)) * 1000,
    cpuMicrosPerEntry: (after.cpuMicros - before.cpuMicros) / counted,
    peakRssBytes: after.peakRssBytes,
    memoryBytes: after.memoryBytes,
    loopDelayMs: after.loopDelayMs,
    ...callsOf(counts),
  };
}

function callsOf({ apiCalls, requests, repeated, missing }: PeerCounts) {
  return { apiCalls, requests, repeated, missing };
}

/** Rejects when loghook ends before. */
async function untilReached(stage: "warm" | "complete", peer: Started, loghook: Started): Promise<void> {
  const tooSoon = loghook.ended.then(() => Promise.reject(new Error("loghook has ended before the end.")));
  await Promise.race([peer.hear(stage), tooSoon]);
}

/** @param message `begin`: what comes from now on is counted from 0 */
export async function askCounts(peer: Started, message: "counts" | "begin" = "counts"): Promise<PeerCounts> {
  const { counts } = await peer.ask<PeerNews & { news: "counts" }>(message, "counts");
  return counts;
}

/** Where the storage lies. It goes when `used` is disposed of. */
export async function temporaryFolder(used: AsyncDisposableStack): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "loghook-scale-"));
  used.defer(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export async function startPeer(
  options: PeerOptions,
  used: AsyncDisposableStack,
): Promise<{ peer: Started; origin: string }> {
  const program = fileURLToPath(new URL("peer.ts", import.meta.url));
  const peer = used.use(start(["--conditions=source", program, JSON.stringify(options)]));
  const { port } = await peer.hear<PeerNews & { news: "ready" }>("ready");
  return { peer, origin: `http://127.0.0.1:${port}` };
}
