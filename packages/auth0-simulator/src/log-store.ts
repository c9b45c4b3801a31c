/** An entry as the tenant keeps it. */
export interface StoredEntry {
  readonly logId: string;
  /** The exact text that the API serves. */
  readonly json: string;
}

/** With what search needs, so that it need not read every text. */
export interface LogEntry extends StoredEntry {
  readonly type: string;
  /** Milliseconds since 1970; NaN where the entry has no date, or none that can be read. */
  readonly dateMs: number;
}

export interface LogStore {
  /** In the order of the ids. */
  readonly entries: readonly LogEntry[];
  /** @throws RangeError when the id is taken */
  insert(entry: LogEntry): void;
  /** Where the first entry is whose id is greater. The id need not exist. */
  indexAfter(logId: string): number;
  find(logId: string): LogEntry | undefined;
}

export function logStore(): LogStore {
  const entries: LogEntry[] = [];

  /** Where the first entry is whose id is not smaller. */
  function indexOf(logId: string): number {
    let low = 0;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (idAt(middle) < logId) low = middle + 1;
      else high = middle;
    }
    return low;
  }
  // Ids of equal length compare as texts.
  const idAt = (index: number): string => entries[index]?.logId ?? "";

  return {
    entries,
    insert(entry) {
      // Nearly all come in order.
      const last = entries.at(-1);
      if (last === undefined || last.logId < entry.logId) {
        entries.push(entry);
        return;
      }
      const index = indexOf(entry.logId);
      if (idAt(index) === entry.logId) throw new RangeError(`There is an entry ${entry.logId} already.`);
      entries.splice(index, 0, entry);
    },
    indexAfter(logId) {
      const index = indexOf(logId);
      return idAt(index) === logId && index < entries.length ? index + 1 : index;
    },
    find(logId) {
      const entry = entries[indexOf(logId)];
      return entry?.logId === logId ? entry : undefined;
    },
  };
}
