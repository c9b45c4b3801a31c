/** Keys and values of one owner. Every write is durable when its promise resolves. */
export interface StorageClient {
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string): Promise<void>;
  delete(key: string): Promise<void>;
}

/** What happened to a run. `interrupted`: the process ended without saying so. */
export type RunStatus = "running" | "succeeded" | "failed" | "stopped" | "interrupted";

/** One pass of a lane until caught up, as the history shows it. Times are milliseconds since 1970. */
export interface RunRecord {
  readonly id: string;
  readonly lane: string;
  readonly trigger: "once" | "schedule" | "poll";
  readonly status: RunStatus;
  readonly startedAt: number;
  readonly endedAt?: number | undefined;
  /** Entries that came from the source, that the processors kept, that the destination took. */
  readonly read: number;
  readonly kept: number;
  readonly delivered: number;
  /** Id of the last entry that is settled. */
  readonly checkpoint?: string | undefined;
  readonly error?:
    | { readonly code: string; readonly message: string; readonly remedy?: string | undefined }
    | undefined;
  /** When the schedule starts the next one. */
  readonly nextRunAt?: number | undefined;
}

export interface RunHistory {
  /** Adds the run, or replaces the one with the same id. */
  save(run: RunRecord): Promise<void>;
  /** Newest first. `limit` defaults to 50. */
  list(options?: {
    lane?: string | undefined;
    status?: RunStatus | undefined;
    /** Runs that had not ended before this time. */
    since?: number | undefined;
    limit?: number | undefined;
  }): Promise<RunRecord[]>;
}

export interface Storage extends AsyncDisposable {
  /** The keys of one owner, apart from everybody else's. */
  client(owner: string): StorageClient;
  readonly runs: RunHistory;
}
