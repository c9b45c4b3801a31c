/** Keys and values of one owner. Every write is durable when its promise resolves. */
export interface StorageClient {
  get(key: string): Promise<string | undefined>;
  /**
   * `mayWait`: such values follow each other quickly, so that it may be written a moment later, at most a tenth of a
   * second, together with others. Default: at once.
   */
  set(key: string, value: string, options?: { readonly mayWait?: boolean }): Promise<void>;
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
  /** Entries that the destination refused: kept in the storage, and given up. */
  readonly parked: number;
  readonly dropped: number;
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

/** A record that a destination refused, with all that is needed to find out why and to send it again. */
export interface ParkedRecord {
  readonly lane: string;
  /** Its `log.record.uid`. */
  readonly uid: string;
  /** Milliseconds since 1970. */
  readonly parkedAt: number;
  /** What the exporter said of it. */
  readonly reason: string;
  readonly remedy?: string | undefined;
  /** The beginning of what the destination answered, where it answered. */
  readonly answer?: string | undefined;
  /** Requests with it that were refused, alone and among others. */
  readonly attempts: number;
  /** The record, as `recordToText` writes it. */
  readonly record: string;
}

export interface ParkedRecords {
  /**
   * Keeps a record, durably when the promise resolves. A record of the same lane with the same uid takes the place of the
   * former one. Resolves with false, and keeps nothing, when it were one more of this lane than `atMost`.
   */
  add(record: ParkedRecord, options: { readonly atMost: number }): Promise<boolean>;
  /**
   * Oldest first. One that the storage finds changed stands for itself only: it comes with its lane and uid as they can be
   * read, `record: "null"`, a reason that says so, and zeros; it can be removed, not sent.
   */
  list(which?: {
    lane?: string | undefined;
    uid?: string | undefined;
    limit?: number | undefined;
  }): Promise<ParkedRecord[]>;
  /** How many there are, of one lane or of all. */
  count(lane?: string): Promise<number>;
  /** Durable when the promise resolves, with how many of these there were. */
  remove(lane: string, uids: readonly string[]): Promise<number>;
}

/** How a record was settled. */
export interface Settlement {
  /** Its `log.record.uid`. */
  readonly uid: string;
  /** When its entry happened, as the source says. Milliseconds since 1970. */
  readonly time: number;
  readonly as: "delivered" | "filtered" | "parked" | "dropped";
  /** The processor that left it out, as the config names it. */
  readonly by?: string | undefined;
}

/**
 * Which records each lane has settled, and how, for as long as its window is. It forgets what is older than that by this
 * machine's clock and by the newest entry of the lane, too: a jump of the clock, or one wrong date, makes it forget
 * nothing.
 */
export interface Ledger {
  /**
   * Notes records of a lane, in the order in which they were read. Durable at the latest with the next write to the
   * storage that resolves: a checkpoint never gets ahead of it. The same uid again takes the place of the former one.
   */
  note(lane: string, settlements: readonly Settlement[]): void;
  /** What it knows of a lane's records whose time is `since` or later; it may know of earlier ones, too. */
  read(lane: string, options?: { since?: number | undefined }): Promise<LedgerPart>;
}

export interface LedgerPart {
  get(uid: string): Pick<Settlement, "as" | "by"> | undefined;
  /**
   * The first record from which on everything that the lane has settled is in the ledger. Undefined: there is nothing of
   * this lane.
   */
  readonly begin: Pick<Settlement, "uid" | "time"> | undefined;
}

export interface Storage extends AsyncDisposable {
  /** The keys of one owner, apart from everybody else's. */
  client(owner: string): StorageClient;
  readonly runs: RunHistory;
  readonly parked: ParkedRecords;
  /** Undefined: none is kept. */
  readonly ledger: Ledger | undefined;
}
