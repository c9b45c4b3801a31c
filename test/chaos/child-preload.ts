// Loaded into the process under test before anything else, by `--import`. It does to the process from inside what cannot be
// done from outside at an exact place: the end in the middle of a write, a full disk, a clock that jumps.
import { appendFileSync } from "node:fs";
import { DatabaseSync, StatementSync } from "node:sqlite";
import { isMainThread, Worker } from "node:worker_threads";
import { type ChildOrders, monotonicMs } from "./child-notes.ts";

function obey(orders: ChildOrders): void {
  const note = (kind: string, fields: object = {}): void =>
    appendFileSync(orders.notes, `${JSON.stringify({ kind, at: monotonicMs(), ...fields })}\n`);
  noteStalls(note);
  const jumpClock = movableClock();
  const kill = prepareKill(orders, note);
  const written = { count: 0, failed: 0 };
  const { exec } = DatabaseSync.prototype;

  interceptWrites((database, write, { canFail }) => {
    written.count += 1;
    for (const { at, byMs } of orders.clockJumps) {
      if (at !== written.count) continue;
      jumpClock(byMs);
      note(byMs > 0 ? "clock forward" : "clock back");
    }
    const fault = orders.storageFaults.find(
      ({ at, writes }) => written.count >= at && written.failed < writes,
    );
    if (fault && canFail) {
      written.failed += 1;
      note(fault.kind);
      return fault.kind === "disk full" ? onFullDisk(database, exec, write) : readOnly(database, exec, write);
    }
    // Later when a fault was due at that very write.
    if (orders.kill && written.count >= orders.kill.count) return kill(database, exec, write);
    return write();
  });
}

type Note = (kind: string, fields?: object) => void;
type Exec = DatabaseSync["exec"];
type Intercept = (database: DatabaseSync, write: () => unknown, options: { canFail: boolean }) => unknown;

/** Every write to the storage goes through `intercept`. The lock beside the database is none. */
function interceptWrites(intercept: Intercept): void {
  const { exec, prepare } = DatabaseSync.prototype;
  const { run } = StatementSync.prototype;
  const databaseOf = new WeakMap<StatementSync, DatabaseSync>();
  const isStorage = (database: DatabaseSync): boolean => /loghook\.db/.test(database.location() ?? "");

  DatabaseSync.prototype.prepare = function (...args) {
    const statement = prepare.apply(this, args);
    databaseOf.set(statement, this);
    return statement;
  };
  DatabaseSync.prototype.exec = function (sql) {
    if (!isStorage(this)) return exec.call(this, sql);
    return intercept(this, () => exec.call(this, sql), { canFail: false }) as undefined;
  };
  StatementSync.prototype.run = function (this: StatementSync, ...args: Parameters<typeof run>) {
    const write = () => run.apply(this, args);
    const database = databaseOf.get(this);
    if (!database || !isStorage(database)) return write();
    return intercept(database, write, { canFail: true }) as ReturnType<typeof write>;
  } as typeof run;
}

/** Takes what is written back, with SQLite's own error: there is no page left for it. */
function onFullDisk(database: DatabaseSync, exec: Exec, write: () => unknown): unknown {
  exec.call(database, "SAVEPOINT chaos");
  try {
    const { page_count: pages } = database.prepare("PRAGMA page_count").get() ?? {};
    exec.call(database, `PRAGMA max_page_count = ${Number(pages)}`);
    write();
    exec.call(database, "CREATE TABLE chaos (filler); INSERT INTO chaos VALUES (zeroblob(100000000))");
    throw new Error("The disk was to be full, and was not.");
  } catch (error) {
    if (database.isTransaction) exec.call(database, "ROLLBACK TO chaos; RELEASE chaos");
    throw error;
  } finally {
    exec.call(database, "PRAGMA max_page_count = 1073741823");
  }
}

function readOnly(database: DatabaseSync, exec: Exec, write: () => unknown): unknown {
  exec.call(database, "PRAGMA query_only = ON");
  try {
    return write();
  } finally {
    exec.call(database, "PRAGMA query_only = OFF");
  }
}

function prepareKill({ kill }: ChildOrders, note: Note) {
  const killer = kill?.when === "during" ? startKiller(kill.delayMicros) : undefined;
  const die = (): void => {
    note(`killed ${kill?.when} a write`);
    process.kill(process.pid, "SIGKILL");
  };
  return (database: DatabaseSync, exec: Exec, write: () => unknown): unknown => {
    if (kill?.when === "before") die();
    if (kill?.when === "during") {
      note("killed during a write");
      killer?.strike();
    }
    if (kill?.when === "inside" && !database.isTransaction) exec.call(database, "BEGIN");
    try {
      return write();
    } finally {
      if (kill?.when === "during") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5000);
      die();
    }
  };
}

/** Another thread, since this one is inside SQLite when it is to end. */
function startKiller(delayMicros: number): { strike(): void } {
  const flag = new Int32Array(new SharedArrayBuffer(4));
  const code = `
    const { workerData: { flag, delayMicros } } = require("node:worker_threads");
    Atomics.wait(flag, 0, 0);
    const end = process.hrtime.bigint() + BigInt(delayMicros) * 1000n;
    while (process.hrtime.bigint() < end);
    process.kill(process.pid, "SIGKILL");`;
  const worker = new Worker(code, { eval: true, execArgv: [], workerData: { flag, delayMicros } });
  worker.unref();
  return {
    strike() {
      Atomics.store(flag, 0, 1);
      Atomics.notify(flag, 0);
    },
  };
}

function movableClock(): (byMs: number) => void {
  const trueNow = Date.now;
  let offsetMs = 0;
  Date.now = () => trueNow() + offsetMs;
  return (byMs) => {
    offsetMs += byMs;
  };
}

const stallIntervalMs = 20;

/** A process that gets no time gives up requests that were answered in time. */
function noteStalls(note: Note): void {
  let last = monotonicMs();
  setInterval(() => {
    const now = monotonicMs();
    if (now - last > 5 * stallIntervalMs) note("stall", { from: last });
    last = now;
  }, stallIntervalMs).unref();
}

if (isMainThread && process.env.LOGHOOK_CHAOS) obey(JSON.parse(process.env.LOGHOOK_CHAOS) as ChildOrders);
