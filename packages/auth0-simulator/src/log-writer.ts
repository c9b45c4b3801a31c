import { entryGenerator, trailMs } from "./entries/entry-generator.ts";
import { type GivenEntry, ownLogId, toLogEntry } from "./given-entry.ts";
import { ingestedAtMs, isLogId, logIdBetween, logIdSource } from "./log-id.ts";
import type { LogEntry, LogStore } from "./log-store.ts";
import { seededRandom } from "./random.ts";

export interface WriterSetup {
  /** What the entries name as their tenant. */
  readonly domain: string;
  readonly seed: number;
  readonly types: readonly string[] | undefined;
  /** Written at once, spread over the time before. */
  readonly entries: number;
  readonly spanMs: number;
  readonly ratePerSecond: number;
  readonly now: () => number;
}

/** Puts entries into the log, under ids as Auth0 gives them. */
export interface LogWriter {
  /** Writes what the rate has made due since the last look. */
  writeWhatIsDue(): void;
  generate(count: number, options?: { type?: string | undefined; at?: number | undefined }): LogEntry[];
  append(given: GivenEntry): LogEntry;
  appendLate(given: GivenEntry, afterLogId: string): LogEntry;
}

export function logWriter(store: LogStore, setup: WriterSetup): LogWriter {
  const { now } = setup;
  const ids = logIdSource(setup.seed);
  const generator = entryGenerator(setup);
  const random = seededRandom(setup.seed, -3);

  function draw(logId: string, atMs: number, type?: string): LogEntry {
    const entry = generator.draw(logId, atMs, type);
    store.insert(entry);
    return entry;
  }

  function insert(given: GivenEntry, logId: string): LogEntry {
    const entry = toLogEntry(given, { logId, dateMs: (ingestedAtMs(logId) ?? now()) - trailMs(random) });
    store.insert(entry);
    return entry;
  }

  const schedule = writingSchedule(setup);
  for (const atMs of schedule.history()) draw(ids.next(atMs), atMs);
  function writeWhatIsDue(): void {
    for (const atMs of schedule.due()) draw(ids.next(atMs), atMs);
  }

  return {
    writeWhatIsDue,
    generate(count, { type, at } = {}) {
      writeWhatIsDue();
      const atMs = at ?? now();
      const nextId = at === undefined ? ids.next : ids.at;
      const written = Array.from({ length: count }, () => draw(nextId(atMs), atMs, type));
      return written.sort((a, b) => (a.logId < b.logId ? -1 : 1));
    },
    append(given) {
      writeWhatIsDue();
      return insert(given, ownLogId(given) ?? ids.next(now()));
    },
    appendLate(given, afterLogId) {
      writeWhatIsDue();
      if (!isLogId(afterLogId)) {
        throw new TypeError(`afterLogId must be a log_id of 56 digits, found ${afterLogId}.`);
      }
      const next = store.entries[store.indexAfter(afterLogId)];
      return insert(given, ownLogId(given) ?? logIdBetween(afterLogId, next?.logId));
    },
  };
}

/** When entries are due, in milliseconds since 1970: before the start, and at the rate from then on. */
function writingSchedule({ entries, spanMs, ratePerSecond, now }: WriterSetup) {
  const startedAt = now();
  let passed = 0;
  return {
    *history(): Generator<number> {
      for (let n = 1; n <= entries; n++) yield startedAt - spanMs + (spanMs * n) / entries;
    },
    /** No timer, so that it keeps to the tenant's clock. */
    *due(): Generator<number> {
      const due = Math.floor(((now() - startedAt) / 1000) * ratePerSecond);
      while (passed < due) yield startedAt + (++passed * 1000) / ratePerSecond;
    },
  };
}
