import type { DatabaseSync } from "node:sqlite";
import type { Clock, RunHistory, RunRecord } from "@loghook/pipeline";
import { toStorageError } from "./sqlite-errors.ts";
import type { Write } from "./writing.ts";

interface RunRow {
  readonly id: string;
  readonly lane: string;
  readonly started_by: RunRecord["trigger"];
  readonly status: RunRecord["status"];
  readonly started_at: number;
  readonly ended_at: number | null;
  readonly entries_read: number;
  readonly entries_kept: number;
  readonly entries_delivered: number;
  readonly entries_parked: number;
  readonly entries_dropped: number;
  readonly checkpoint: string | null;
  readonly error_code: string | null;
  readonly error_message: string | null;
  readonly error_remedy: string | null;
  readonly next_run_at: number | null;
}

interface RunHistoryOptions {
  readonly directory: string;
  readonly write: Write;
  /** Runs to keep per lane. */
  readonly keepRuns: number;
  readonly clock: Clock;
}

export function runHistory(database: DatabaseSync, options: RunHistoryOptions): RunHistory {
  const { directory, write, keepRuns, clock } = options;
  const replace = database.prepare(`
    REPLACE INTO run (id, lane, started_by, status, started_at, ended_at, entries_read, entries_kept,
      entries_delivered, entries_parked, entries_dropped, checkpoint, error_code, error_message, error_remedy, next_run_at, saved_at)
    VALUES ($id, $lane, $started_by, $status, $started_at, $ended_at, $entries_read, $entries_kept,
      $entries_delivered, $entries_parked, $entries_dropped, $checkpoint, $error_code, $error_message, $error_remedy, $next_run_at, $saved_at)`);
  const prune = database.prepare(`
    DELETE FROM run WHERE id IN (
      SELECT id FROM run WHERE lane = ? ORDER BY started_at DESC, rowid DESC LIMIT -1 OFFSET ?)`);
  const select = database.prepare(`
    SELECT * FROM run
    WHERE ($lane IS NULL OR lane = $lane)
      AND ($status IS NULL OR status = $status)
      AND ($since IS NULL OR ended_at IS NULL OR ended_at >= $since)
    ORDER BY started_at DESC, rowid DESC
    LIMIT $limit`);
  return {
    async save(run) {
      await write(() => {
        replace.run({ ...toRow(run), saved_at: clock.now() });
        prune.run(run.lane, keepRuns);
      });
    },
    async list({ lane, status, since, limit = 50 } = {}) {
      try {
        const filter = { lane: lane ?? null, status: status ?? null, since: since ?? null };
        const rows = select.all({ ...filter, limit });
        return rows.map((row) => toRunRecord(row as unknown as RunRow));
      } catch (error) {
        throw toStorageError(error, "read", directory);
      }
    },
  };
}

/** For runs that the last owner left behind. As far as is known they ended when they were last saved. */
export function markInterrupted(database: DatabaseSync): void {
  database.exec("UPDATE run SET status = 'interrupted', ended_at = saved_at WHERE status = 'running'");
}

function toRow(run: RunRecord): RunRow {
  return {
    id: run.id,
    lane: run.lane,
    started_by: run.trigger,
    status: run.status,
    started_at: run.startedAt,
    ended_at: run.endedAt ?? null,
    entries_read: run.read,
    entries_kept: run.kept,
    entries_delivered: run.delivered,
    entries_parked: run.parked,
    entries_dropped: run.dropped,
    checkpoint: run.checkpoint ?? null,
    error_code: run.error?.code ?? null,
    error_message: run.error?.message ?? null,
    error_remedy: run.error?.remedy ?? null,
    next_run_at: run.nextRunAt ?? null,
  };
}

function toRunRecord(row: RunRow): RunRecord {
  return {
    id: row.id,
    lane: row.lane,
    trigger: row.started_by,
    status: row.status,
    startedAt: row.started_at,
    endedAt: row.ended_at ?? undefined,
    read: row.entries_read,
    kept: row.entries_kept,
    delivered: row.entries_delivered,
    parked: row.entries_parked,
    dropped: row.entries_dropped,
    checkpoint: row.checkpoint ?? undefined,
    error: toRunError(row),
    nextRunAt: row.next_run_at ?? undefined,
  };
}

function toRunError({ error_code, error_message, error_remedy }: RunRow): RunRecord["error"] {
  if (error_code === null) return undefined;
  return { code: error_code, message: error_message ?? "", remedy: error_remedy ?? undefined };
}
