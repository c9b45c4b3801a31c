// What the ledger of settled entries costs: bytes on disk, CPU time in the way of a checkpoint, time to read a day back.
// Run by `node --conditions=source bench/ledger-cost.ts [entries]`; a million without an argument.
import { mkdtempDisposableSync, readdirSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Settlement, Storage } from "@loghook/pipeline";
import { openStorage } from "@loghook/storage-sqlite";
import { manualClock } from "@loghook/testkit";
import { logIdSource } from "../packages/auth0-simulator/src/log-id.ts";

const entries = Number(process.argv[2] ?? 1_000_000);
/** A commit of one entry costs a sync of the disk: of these there are fewer, and the figures are scaled. */
const singleEntries = Math.min(entries, 50_000);
const dayMs = 86_400_000;
const meanGapMs = 173; // half a million a day
const lane = "logs/auth0/webhook";

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** Settlements as a lane with a filter notes them, with ids as Auth0 and the simulator form them. */
function* settle(count: number): Generator<Settlement> {
  const ids = logIdSource(7);
  let time = Date.UTC(2026, 2, 2);
  for (let n = 0; n < count; n++) {
    time += ((n * 7_919) % (2 * meanGapMs)) + 1;
    const outcome = n % 5 < 2 ? ({ as: "filtered", by: "filter" } as const) : ({ as: "delivered" } as const);
    yield { uid: ids.next(time), time, ...outcome };
  }
}

function* inGroups<T>(items: Iterable<T>, size: number): Generator<T[]> {
  let group: T[] = [];
  for (const item of items) {
    if (group.push(item) < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

interface Load {
  readonly count: number;
  readonly perCommit: number;
}

/** Settles so many entries. Only the writes count: entries are made before, some at a time, so that memory stays small. */
async function write(storage: Storage, { count, perCommit }: Load): Promise<number> {
  const client = storage.client(lane);
  let cpuMicros = 0;
  for (const entries of inGroups(settle(count), 10_000)) {
    const groups = [...inGroups(entries, perCommit)];
    const before = process.cpuUsage();
    for (const group of groups) {
      storage.ledger?.note(lane, group);
      await client.set("checkpoint", group.at(-1)?.uid ?? "");
    }
    const { user, system } = process.cpuUsage(before);
    cpuMicros += user + system;
  }
  return cpuMicros;
}

interface Cost {
  readonly bytes: number;
  readonly cpuMicros: number;
  readonly readDayMs: number;
  readonly dayEntries: number;
}

async function measure(load: Load, ledgerWindowMs: number): Promise<Cost> {
  using folder = mkdtempDisposableSync(join(tmpdir(), "loghook-ledger-cost-"));
  const clock = manualClock(Date.UTC(2026, 2, 2));
  const storage = await openStorage({ directory: folder.path, clock, ledgerWindowMs });
  const cpuMicros = await write(storage, load);
  const newest = Math.max(
    ...[...inGroups(settle(load.count), 10_000)].map((group) => group.at(-1)?.time ?? 0),
  );
  const started = performance.now();
  const known = await storage.ledger?.read(lane, { since: newest - dayMs });
  const readDayMs = performance.now() - started;
  const dayEntries = settle(load.count)
    .filter(({ uid }) => known?.get(uid) !== undefined)
    .toArray().length;
  await storage[Symbol.asyncDispose]();
  const bytes = readdirSync(folder.path).reduce(
    (sum, name) => sum + statSync(join(folder.path, name)).size,
    0,
  );
  return { bytes, cpuMicros, readDayMs, dayEntries };
}

async function compare(count: number, perCommit: number): Promise<void> {
  const without = await measure({ count, perCommit }, 0);
  const cost = await measure({ count, perCommit }, 7 * dayMs);
  const perEntry = (micros: number): string => (micros / count).toFixed(2);
  const bytes = cost.bytes - without.bytes;
  print(`${count} entries, ${perCommit} per commit`);
  print(
    `  bytes on disk        ${bytes}: ${(bytes / count).toFixed(1)} per entry, ${(bytes / count).toFixed(1)} MB per million`,
  );
  print(
    `  CPU µs per entry     ${perEntry(without.cpuMicros)} without, ${perEntry(cost.cpuMicros)} with the ledger: ${perEntry(cost.cpuMicros - without.cpuMicros)} for it`,
  );
  print(`  to read a day back   ${Math.round(cost.readDayMs)} ms for ${cost.dayEntries} entries`);
}

await compare(Math.min(entries, 100_000), 100); // until the code is compiled
print("");
await compare(entries, 100);
await compare(singleEntries, 1);
