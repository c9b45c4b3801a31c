// Loaded by --import=work-counter.mjs?kind=…&to=FILE into the process whose work is counted; writes counts when it ends.
// kind=heap counts bytes allocated alone, because the other counters allocate, too.
import { createHook } from "node:async_hooks";
import { subscribe } from "node:diagnostics_channel";
import { writeFileSync } from "node:fs";
import { Session } from "node:inspector";
import { DatabaseSync, StatementSync } from "node:sqlite";
import { GCProfiler, getHeapStatistics } from "node:v8";

const { searchParams } = new URL(import.meta.url);
const count = searchParams.get("kind") === "heap" ? countHeap() : countCalls();
process.once("exit", () => writeFileSync(searchParams.get("to"), JSON.stringify(count())));

/** What is on the heap at the end, if nothing was ever taken from it. */
function countHeap() {
  const collections = new GCProfiler();
  collections.start();
  return () => {
    const { length } = collections.stop().statistics;
    if (length > 0)
      throw new Error(`The heap was collected ${length} times: give it a larger young generation.`);
    return { heapBytes: getHeapStatistics().used_heap_size, bufferBytes: process.memoryUsage().arrayBuffers };
  };
}

function countCalls() {
  const counts = { promises: 0, commits: 0, requests: 0 };
  countCommits(counts);
  subscribe("undici:request:create", () => {
    counts.requests += 1;
  });
  const sockets = [];
  subscribe("net.client.socket", ({ socket }) => sockets.push(socket));
  const session = new Session();
  session.connect();
  session.post("Profiler.enable");
  session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
  createHook({
    init(_id, type) {
      if (type === "PROMISE") counts.promises += 1;
    },
  }).enable();
  return () => ({
    ...counts,
    sentBytes: sockets.reduce((sum, { bytesWritten }) => sum + bytesWritten, 0),
    ...callsIn(session),
  });
}

/** Each is a sync of the disk. */
function countCommits(counts) {
  const { exec, prepare } = DatabaseSync.prototype;
  const { run } = StatementSync.prototype;
  const databases = new WeakMap();
  const counted = (database, act) => {
    const within = database.isTransaction;
    const result = act();
    if (!database.isTransaction && within) counts.commits += 1;
    return result;
  };
  DatabaseSync.prototype.exec = function (sql) {
    return counted(this, () => exec.call(this, sql));
  };
  DatabaseSync.prototype.prepare = function (sql) {
    const statement = prepare.call(this, sql);
    databases.set(statement, this);
    return statement;
  };
  StatementSync.prototype.run = function (...values) {
    // By itself it is a transaction of its own.
    if (databases.get(this)?.isTransaction === false) counts.commits += 1;
    return run.apply(this, values);
  };
}

function callsIn(session) {
  const calls = { ownCalls: 0, packageCalls: 0, nodeCalls: 0 };
  session.post("Profiler.takePreciseCoverage", (error, { result }) => {
    if (error) throw error;
    for (const { url, functions } of result) {
      const kind = kindOf(url);
      for (const { ranges } of functions) if (kind) calls[kind] += ranges[0].count;
    }
  });
  return calls;
}

/** Undefined: this counter itself. */
function kindOf(url) {
  if (url === import.meta.url) return undefined;
  if (url.startsWith("node:")) return "nodeCalls";
  return url.includes("/node_modules/") ? "packageCalls" : "ownCalls";
}
