// Loaded into loghook by --import: ends it within the write of a checkpoint, as a power cut would. Of what SQLite adds to
// its log with that transaction, half is on the disk.
import { statSync, truncateSync } from "node:fs";
import { DatabaseSync, StatementSync } from "node:sqlite";

const { DIE_IN_CHECKPOINT_WRITE: which, DIE_BESIDE_LOG: log } = process.env;
const { run } = StatementSync.prototype;
const { exec } = DatabaseSync.prototype;
let checkpoints = 0;

StatementSync.prototype.run = function (...values) {
  const isCheckpoint = values.some((value) => typeof value === "string" && value.startsWith("checkpoint/"));
  if (isCheckpoint) checkpoints += 1;
  return run.apply(this, values);
};

const sizeOf = (file) => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

DatabaseSync.prototype.exec = function (sql) {
  if (sql !== "COMMIT" || checkpoints < Number(which)) return exec.call(this, sql);
  const before = sizeOf(log);
  exec.call(this, sql);
  const after = sizeOf(log);
  if (after > before) truncateSync(log, Math.floor((before + after) / 2));
  process.kill(process.pid, "SIGKILL");
};
