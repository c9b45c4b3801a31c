import { seekLogId } from "./log-id.ts";
import { type LogEntry, logStore } from "./log-store.ts";
import { type LogWriter, logWriter, type WriterSetup } from "./log-writer.ts";

/** The log of a tenant: what is written into it, and what of it can be read now. */
export interface TenantLog extends Pick<LogWriter, "generate" | "append" | "appendLate"> {
  /** Every entry ever written. */
  all(): readonly LogEntry[];
  /** Where in `all()` the first entry is that retention has left. */
  firstKept(): number;
  /** Where in `all()` the first readable entry is behind this id. */
  indexAfter(logId: string): number;
  /** Undefined also when retention has taken it. */
  find(logId: string): LogEntry | undefined;
}

export interface LogSetup extends WriterSetup {
  /** Infinity: kept for ever. */
  readonly retentionMs: number;
}

export function tenantLog(setup: LogSetup): TenantLog {
  const { retentionMs, now } = setup;
  const store = logStore();
  const writer = logWriter(store, setup);

  // Ids begin with the time of ingestion, so what is too old lies in front of a made-up id.
  function firstKept(): number {
    return retentionMs === Number.POSITIVE_INFINITY ? 0 : store.indexAfter(seekLogId(now() - retentionMs));
  }

  return {
    generate: writer.generate,
    append: writer.append,
    appendLate: writer.appendLate,
    all() {
      writer.writeWhatIsDue();
      return store.entries;
    },
    firstKept,
    indexAfter: (logId) => Math.max(firstKept(), store.indexAfter(logId)),
    find: (logId) => (store.indexAfter(logId) > firstKept() ? store.find(logId) : undefined),
  };
}
