import {
  type ComponentSettings,
  type ListOptions,
  type LogBatch,
  SourceRefusedError,
} from "@loghook/pipeline";
import type { Auth0Config } from "./config.ts";
import { findStart } from "./find-start.ts";
import { createLaneReads } from "./lane-reads.ts";
import { logIdTime } from "./log-id.ts";
import type { LogSearches } from "./open-lane.ts";
import { createRecentIds } from "./recent-ids.ts";
import { type Page, toPage } from "./recent-pages.ts";
import { createSharedReads } from "./shared-reads.ts";
import type { TenantLog } from "./tenant-log.ts";
import { recordTime, type ToLogRecord } from "./to-log-record.ts";

export interface ListParts {
  readonly config: Auth0Config;
  readonly settings: ComponentSettings;
  readonly searches: LogSearches;
  readonly log: TenantLog;
  readonly toLogRecord: ToLogRecord;
  /** Aborted when the receiver is disposed of. */
  readonly closing: AbortSignal;
}

/** Ids carry the time of ingestion. An entry with a later one than this behind the span has hardly happened in it. */
const latestIngestionMs = 900_000;

/**
 * Lists the entries of a span of time, read afresh: it neither uses nor fills the pages that lanes share. It goes by id,
 * like a lane, beginning at a made-up one some minutes before the span and ending well behind it.
 */
export async function* listSpan(
  parts: ListParts,
  { from, to, signal }: ListOptions,
): AsyncGenerator<LogBatch, void, undefined> {
  if (!(from < to)) return;
  const stop = AbortSignal.any([signal, parts.closing]);
  const read = createListReads(parts, stop);
  const isInSpan = createSpanSelection({ from, to });
  let at = await findBegin(parts, { from, signal: stop });
  for (;;) {
    const page = await read(at);
    const records = page.entries.filter(isInSpan).map(({ record }) => record);
    if (records.length > 0) yield records;
    if (page.next === at) return refuseDeadEnd(page, parts.config.domain);
    at = page.next;
    if ((logIdTime(at) ?? 0) >= to + latestIngestionMs) return;
  }
}

/** Beyond it the year has five digits, which an id has no room for. */
const lastTime = Date.UTC(9999, 0, 1);

async function findBegin(
  { config, settings, searches }: ListParts,
  { from, signal }: { from: number; signal: AbortSignal },
): Promise<string> {
  const patiently = createLaneReads(readOptions(config, settings));
  const newerThan = searches.latestSerial;
  const time = Math.min(from, lastTime);
  const { logId } = await findStart(
    { kind: "date", text: "", time },
    {
      search: (first) => patiently((patient) => searches.read(first, { ...patient, newerThan }), signal),
      now: settings.clock.now(),
      logger: settings.logger,
    },
  );
  return logId;
}

function createListReads(
  { config, settings, log, toLogRecord }: ListParts,
  signal: AbortSignal,
): (from: string) => Promise<Page> {
  const { clock } = settings;
  const patiently = createLaneReads(readOptions(config, settings));
  const reads = createSharedReads<string, Page>({
    async ask(from, attempt) {
      const askedAt = clock.now();
      const page = await log.after(from, attempt);
      return toPage(page, { from, askedAt, serial: attempt.serial, toLogRecord });
    },
    policy: config.retry,
    clock,
  });
  return (from) => patiently((patient) => reads.read(from, { ...patient, newerThan: 0 }), signal);
}

/** As a run has them. */
function readOptions({ domain, retry }: Auth0Config, { clock, logger, emit }: ComponentSettings) {
  return { lane: "list", domain, policy: retry, follow: false, clock, logger, emit };
}

function createSpanSelection({
  from,
  to,
}: {
  from: number;
  to: number;
}): (entry: Page["entries"][number]) => boolean {
  const recent = createRecentIds();
  return ({ uid, record }) => {
    const time = recordTime(record);
    return time >= from && time < to && recent.add(uid);
  };
}

function refuseDeadEnd({ entries }: Page, domain: string): void {
  if (entries.length === 0 || entries.some(({ logId }) => logId !== undefined)) return;
  throw new SourceRefusedError(
    `${domain} answered with ${entries.length} entries without a log_id, so nobody can say where to read on.`,
    { remedy: "Look at what GET /api/v2/logs answers, and at any proxy in between." },
  );
}
