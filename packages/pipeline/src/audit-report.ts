/**
 * What an audit found, and the JSON that `loghook audit --json` prints. While `version` stays, fields are added and none
 * is changed. Times are ISO 8601, in UTC.
 */
export interface AuditReport {
  readonly version: 1;
  /** When it began. What was written or delivered later may not be in it. */
  readonly at: string;
  /** The worst of the lanes': `missing` before `unknown` before `complete`. */
  readonly verdict: AuditVerdict;
  readonly lanes: readonly LaneAudit[];
}

/**
 * `complete`: every entry of the window that the checkpoint has passed was settled, and the ledger says how. `missing`: not
 * of all. `unknown`: of some it could not be found out, and of none it is known that it is missing.
 */
export type AuditVerdict = "complete" | "missing" | "unknown";

/** What became of an entry. */
export type AuditKind =
  | "delivered"
  /** Left out by a processor. */
  | "filtered"
  /** Refused by the destination, and kept in the storage. */
  | "parked"
  /** Parked once, and since then sent again or discarded by a person: the storage does not keep it any more. */
  | "taken_up"
  /** Refused by the destination, and given up, as the config says. */
  | "dropped"
  /** Not settled yet, or delivered ahead of one that is not: the checkpoint has not passed it. */
  | "waiting"
  /** The checkpoint has passed it, before the ledger begins. */
  | "not_covered"
  /** The checkpoint has passed it, and the ledger, which reaches back to it, does not know it. */
  | "missing";

export interface AuditedEntry {
  /** Its `log.record.uid`. */
  readonly id: string;
  readonly time: string;
  /** Its event name, such as `auth0.f`. */
  readonly type?: string | undefined;
}

export interface FilteredCount {
  /** As the config names it. */
  readonly processor: string;
  /** Why the processor, as the config has it now, leaves these out; or that it does not. */
  readonly rule: string;
  readonly count: number;
  readonly example: AuditedEntry;
}

export interface LaneAudit {
  /** `pipeline/receiver/exporter` */
  readonly lane: string;
  readonly verdict: AuditVerdict;
  /**
   * The window, by the times of entries: `from` is part of it, `to` is not. Where no end was asked for, `to` is when the
   * audit began, and what is dated later is part of it, too.
   */
  readonly from: string;
  readonly to: string;
  /** The first entry from which on the ledger has everything. Absent: it has nothing of this lane. */
  readonly ledgerBegin?: AuditedEntry | undefined;
  /** Entries of the window that the source holds. */
  readonly entries: number;
  readonly counts: Readonly<Record<AuditKind, number>>;
  /** Most frequent first. */
  readonly filteredBy: readonly FilteredCount[];
  /** The first five of each kind. */
  readonly examples: Readonly<Record<AuditKind, readonly AuditedEntry[]>>;
  /** In the source's order; the first 100,000 of them, should there be more. */
  readonly missing: readonly AuditedEntry[];
  /** Why it could not be found out. What is counted then is only what was listed until it happened. */
  readonly error?: AuditError | undefined;
}

export interface AuditError {
  readonly code: string;
  readonly message: string;
  readonly remedy?: string | undefined;
}
